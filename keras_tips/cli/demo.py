"""`keras-tips demo`: the main job on real digits, from a sick network to a healthy searched one."""

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from keras_tips.cli.results import MEASURE, write_results

if TYPE_CHECKING:
    from keras_tips.callbacks.doctor import Doctor
    from keras_tips.records.diagnosis import Diagnosis
    from keras_tips.records.experiment import Experiment

__all__ = ["demo"]

CONFIG = Path(__file__).with_name("digits_quick.yaml")
DEPTH, UNITS, EPOCHS = 6, 64, 20
TREATMENTS = 3  # one change at a time, and a look at what it did, until the doctor finds nothing serious
SEED = 0


def demo(
    out: Annotated[Path, typer.Option(help="Folder for runs, search, event files and the report.")] = Path("demo"),
) -> None:
    """Trains the lecture's deep sigmoid network on real digits, diagnoses it, treats it, searches on, and reports."""
    from rich.console import Console

    from keras_tips.cli.quiet_import import quiet_import
    from keras_tips.cli.searched import searched
    from keras_tips.search import load_config
    from keras_tips.search.digits import digits

    console, data = Console(), digits()
    console.rule("1. The lecture's deep sigmoid network")
    console.print(
        f"{DEPTH} layers of {UNITS} sigmoid units on scikit-learn's handwritten digits: {len(data.x_train)} for training, "
        f"{len(data.x_validation)} for validation, {len(data.x_test)} untouched for the end.\n"
    )
    # Seconds: Keras, and on every backend TensorFlow, which Keras loads to write models as data.
    with console.status("loading Keras"), quiet_import():
        experiment = sick_experiment(data)
    doctor = trained(experiment, data, out / "sick", console)
    results = {"sick": measured(doctor, experiment, data)}

    console.rule("2. What the doctor's tips make of it")
    results |= treated_until_healthy(experiment, doctor, data, out, console)

    console.rule("3. A search over tips")
    board = searched(load_config(CONFIG), out / "search")
    results["searched"] = measured_file(board.best_model, data)
    finish(results, out, console)


def treated_until_healthy(
    experiment: "Experiment", doctor: "Doctor", data: Any, out: Path, console: Any
) -> dict[str, dict[str, Any]]:
    """Applies what the diagnosis names and looks again; returns what was measured of each network on the way."""
    results: dict[str, dict[str, Any]] = {}
    while len(results) < TREATMENTS and not doctor.diagnosis.healthy:
        name = f"treated_{len(results) + 1}" if results else "treated"
        experiment = treat(experiment, doctor.diagnosis, console)
        doctor = trained(experiment, data, out / name, console)
        results[name] = measured(doctor, experiment, data)
    return results


def sick_experiment(data: Any) -> "Experiment":
    """The network of the lecture that does not learn: deep, sigmoid, small random weights, raw pixels."""
    import keras

    from keras_tips.tips import describe

    hidden = [keras.layers.Dense(UNITS, "sigmoid", name=f"hidden_{number}") for number in range(1, DEPTH + 1)]
    model = keras.Sequential(
        [keras.Input(data.x_train.shape[1:], name="pixels"), *hidden, keras.layers.Dense(10, "softmax", name="output")],
        name="sick",
    )
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return describe(model, seed=SEED, epochs=EPOCHS, batch_size=32)


def trained(experiment: "Experiment", data: Any, folder: Path, console: Any) -> "Doctor":
    """Trains under a doctor, with a progress bar, and prints the diagnosis."""
    from keras_tips.callbacks.doctor import Doctor
    from keras_tips.cli.epoch_bar import EpochBar
    from keras_tips.report.terminal import diagnosis_text
    from keras_tips.tips import train

    doctor = Doctor(log_dir=folder)
    with EpochBar(EPOCHS, f"training the {folder.name} network") as bar:
        validation = (data.x_validation, data.y_validation)
        train(experiment, (data.x_train, data.y_train), validation, callbacks=[doctor, bar])
    console.print(diagnosis_text(doctor.diagnosis, title=f"Diagnosis of the {folder.name} network"), "")
    return doctor


def treat(experiment: "Experiment", diagnosis: "Diagnosis", console: Any) -> "Experiment":
    """Applies, for each serious finding that follows from no other, the best of its tips that fits and is not applied yet."""
    from keras_tips.report.wording import consequence_rules

    consequences = consequence_rules(diagnosis)
    for finding in diagnosis.findings:
        if finding.serious and finding.rule not in consequences:
            experiment = with_first_fitting(finding.tips, experiment)
    console.print(f"Applied, as the diagnosis says: {', '.join(experiment.applied) or 'nothing'}.\n")
    return experiment


def with_first_fitting(names: tuple[str, ...], experiment: "Experiment") -> "Experiment":
    """Applies the first of these tips that a program can apply, that was not applied before, and that changes something."""
    from keras_tips import tips

    for name in names:
        tip = tips.get(name)
        if tip.automatic and name not in experiment.applied:
            with contextlib.suppress(ValueError):  # a tip that does not fit this model says so; the next one may
                changed = tip.apply(experiment)
                if changed != experiment:
                    return changed
    return experiment


def measured(doctor: "Doctor", experiment: "Experiment", data: Any) -> dict[str, Any]:
    """Accuracy on the untouched part, and which tips made the network."""
    return {MEASURE: accuracy(doctor.model, data), "applied": list(experiment.applied)}


def measured_file(path: str, data: Any) -> dict[str, Any]:
    """The same for a stored model."""
    import keras

    return {MEASURE: accuracy(keras.models.load_model(path), data), "applied": []}


def accuracy(model: Any, data: Any) -> float:
    """Share of the untouched digits that are read right."""
    predicted = model.predict(data.x_test, verbose=0).argmax(axis=1)
    return float((predicted == data.y_test).mean())


def finish(results: dict[str, dict[str, Any]], out: Path, console: Any) -> None:
    """Writes results and report; the last lines say what came of it, and where to look."""
    from keras_tips.cli.stored import read_folder
    from keras_tips.report.page import write_page

    write_results(out, results)
    page = write_page(read_folder(out, title="From a sick network to a healthy one"), out / "report.html")
    console.rule("What came of it")
    for name, row in results.items():
        console.print(f"  {name:10} test accuracy {row[MEASURE]:.3f}")
    print(f"\nReport:      {page}\nTensorBoard: keras-tips board {out}")
