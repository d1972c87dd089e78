"""The doctor inside `fit`, on whatever backend is active."""

import copy

import keras
import numpy as np
import pytest
from keras import layers

from keras_tips import Doctor, diagnose, load_run

pytestmark = pytest.mark.backend

ROWS = 64


def data(seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(ROWS, 4)).astype("float32")
    return x, (x[:, 0] > 0).astype("int64")


def network(activation="softmax", units=2, hidden="relu", depth=1, loss="sparse_categorical_crossentropy"):
    keras.utils.set_random_seed(0)
    middle = [layers.Dense(8, hidden, name=f"hidden_{number}") for number in range(depth)]
    model = keras.Sequential([keras.Input((4,), name="place"), *middle, layers.Dense(units, activation, name="last")])
    model.compile(keras.optimizers.Adam(0.01), loss, metrics=["accuracy"])
    return model


def fitted(model, doctor, epochs=2, **options):
    x, y = options.pop("data", None) or data()
    model.fit(x, y, epochs=epochs, batch_size=16, verbose=0, callbacks=[doctor], **options)
    return doctor


def mismatched():
    """A sigmoid cannot reach most of these targets."""
    return network("sigmoid", units=1, loss="mean_squared_error")


def amounts():
    x, _ = data()
    return x, 100.0 * x[:, :1]


def rules_of(doctor):
    return [finding.rule for finding in doctor.diagnosis.findings]


def test_healthy_run_is_called_healthy():
    doctor = fitted(network(), Doctor(), epochs=60, validation_data=data(1))
    assert doctor.diagnosis.healthy, doctor.diagnosis


def test_facts_of_model_data_and_fit():
    run = fitted(network(), Doctor(), validation_data=data(1)).run
    x, y = data()
    assert [layer["name"] for layer in run.fact("layers")] == ["hidden_0", "last"]
    assert run.fact("outputs")[0]["loss"] == "sparse_categorical_crossentropy"
    assert run.fact("inputs")[0]["rows"] == ROWS  # once each, although there were two epochs
    np.testing.assert_allclose(run.fact("inputs")[0]["feature_mean"], x.mean(0), rtol=1e-4, atol=1e-6)
    assert run.fact("targets")[0]["classes"] == 2
    assert run.fact("fit") == {"epochs": 2, "steps": 4, "batch_size": 16, "validation": True, "weighted": False}
    assert run.places("loss") == ("train", "validation")
    assert run.status == "completed"
    assert y.dtype == np.int64


def test_wrong_output_is_found_and_named():
    doctor = fitted(mismatched(), Doctor(), data=amounts())
    finding = doctor.diagnosis.findings[0]
    assert (finding.rule, finding.layers[:1], finding.severity) == ("output_activation_mismatch", ("last",), "critical")


def test_unscaled_inputs_are_found():
    x, y = data()
    doctor = fitted(network(), Doctor(), data=(x * 1e4, y))
    assert rules_of(doctor)[0] == "inputs_not_scaled"


def test_the_lectures_deep_sigmoid_network_is_found():
    doctor = fitted(network(hidden="sigmoid", depth=8), Doctor(), epochs=8)
    assert rules_of(doctor)[0] == "vanishing_gradient"
    assert doctor.diagnosis.findings[0].layers[0].startswith("hidden_")


def test_nan_is_found_and_a_diagnosis_is_there():
    x, y = data()
    x[30] = np.nan
    doctor = fitted(network(), Doctor(), data=(x, y), shuffle=False)
    assert "loss_not_finite" in rules_of(doctor)


def test_kernels_that_turned_to_nan_are_remembered_as_they_began():
    x, y = data()
    model = network()
    began = float(np.std(keras.ops.convert_to_numpy(model.layers[0].kernel)))
    doctor = fitted(model, Doctor(), epochs=2, data=(np.full_like(x, np.nan), y))
    first = doctor.run.fact("layers")[0]
    assert np.isnan(keras.ops.convert_to_numpy(model.layers[0].kernel)).any()
    assert (first["kernel_deviation"], first["fresh"]) == (pytest.approx(began, rel=1e-5), True)


class Raises(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        raise RuntimeError("planned")


def test_a_single_entry_that_is_not_finite_is_found_in_the_next_epoch():
    x, y = (np.tile(part, (4, 1)[: part.ndim]) for part in data())
    x[-9, 2] = np.nan  # in a step that is not recorded in the first epoch
    doctor = fitted(network(), Doctor(every=100), epochs=3, data=(x, y), shuffle=False)
    assert doctor.run.fact("inputs")[0]["non_finite"] == 1
    assert rules_of(doctor)[0] == "inputs_not_finite"


def test_diagnosis_after_an_exception_inside_fit():
    model, doctor = mismatched(), Doctor()
    x, y = amounts()
    with pytest.raises(RuntimeError, match="planned"):
        model.fit(x, y, batch_size=16, verbose=0, callbacks=[doctor, Raises()])
    assert doctor.run.status == "raised"
    assert rules_of(doctor)[0] == "output_activation_mismatch"


class Breaks(keras.Model):
    def train_step(self, *arguments):
        raise RuntimeError("planned")


def test_the_batch_on_which_fit_broke_off_is_known():
    plain, doctor = network(), Doctor()
    model = Breaks(plain.inputs, plain.outputs)
    model.compile("sgd", "sparse_categorical_crossentropy")
    with pytest.raises(RuntimeError, match="planned"):
        fitted(model, doctor)
    assert doctor.run.fact("targets")[0]["classes"] == 2
    assert str(doctor.diagnosis).startswith("No verdict: fit broke off (RuntimeError: planned")


class Slips(keras.utils.PyDataset):
    """Shuffles its inputs after each epoch, and its targets in the same order, or not."""

    def __init__(self, together):
        super().__init__()
        (self.x, self.y), self.together, self.rng = data(), together, np.random.default_rng(0)

    def __len__(self):
        return 4

    def __getitem__(self, index):
        part = slice(16 * index, 16 * index + 16)
        return self.x[part].copy(), self.y[part].copy()

    def on_epoch_end(self):
        order = self.rng.permutation(ROWS)
        self.x, self.y = self.x[order], self.y[order] if self.together else self.y


@pytest.mark.parametrize("together", [True, False])
def test_rows_that_come_again_with_other_targets(together):
    model, doctor = network(), Doctor()
    model.fit(Slips(together), epochs=8, verbose=0, callbacks=[doctor])
    doctor.diagnosis  # noqa: B018 - writes down what was seen
    again = doctor.run.fact("relabelled")
    assert again["rows"] > 60
    assert (again["changed"] > 20) is not together
    assert ("labels_corrupt" in rules_of(doctor)) is not together


class TrainsItsHead(keras.Model):
    """Hands the optimizer the weights of its last layer, and may move the others by itself."""

    moves = 0.0

    def train_step(self, data):
        import tensorflow as tf

        x, y = data
        with tf.GradientTape() as tape:
            loss = self.compute_loss(x=x, y=y, y_pred=self(x, training=True))
        head = self.layers[-1].trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, head), head, strict=True))
        for variable in self.layers[1].trainable_variables:
            variable.assign(variable * (1 + self.moves))
        return {"loss": loss}


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="the step is written for TensorFlow")
@pytest.mark.parametrize("moves, left_out", [(0.0, 1), (0.01, 0)])
def test_layers_that_an_own_step_leaves_out(moves, left_out):
    plain = network()
    model = TrainsItsHead(plain.inputs, plain.outputs)
    model.moves = moves
    model.compile("sgd", "sparse_categorical_crossentropy")
    assert fitted(model, Doctor()).run.fact("left_out") == [layer.path for layer in plain.layers[:left_out]]
    assert fitted(network(), Doctor()).run.fact("left_out") is None


def test_stops_a_hopeless_run():
    doctor = fitted(mismatched(), Doctor(on_critical="stop"), epochs=50, data=amounts())
    assert len(doctor.run.values("loss", "train")) <= 1
    assert (
        int(keras.ops.convert_to_numpy(doctor.model.optimizer.iterations)) == 1
    )  # the contract is broken: known before step one
    assert doctor.run.status == "stopped"


def test_what_is_critical_is_said_before_the_first_step(capsys):
    model = mismatched()
    x, y = amounts()
    model.fit(x, y, epochs=2, batch_size=16, verbose=2, callbacks=[Doctor()])
    text = capsys.readouterr().out
    assert text.count("The doctor warns:") == 1
    assert text.index("The doctor warns: The output 'last'") < text.index("4/4")


def test_looks_before_training_and_at_its_end():
    doctor = fitted(network(), Doctor(), epochs=5, validation_data=data(1))
    run, path = doctor.run, doctor.model.get_layer("hidden_0").path
    steps, scores = run.series("training_score", "last")
    assert steps.tolist() == [0, 15, 19]
    assert scores[0] < scores[-1]
    assert run.series("validation_score", "last")[0].tolist() == [15, 19]
    assert run.series("mode_shift", path)[1].tolist() == [0.0]
    assert run.series("linear_score", path)[0].tolist() == [19]
    (reference,) = run.fact("references")
    assert (reference["kind"], reference["validation_rows"]) == ("classes", ROWS)
    assert run.fact("layers")[0]["fresh"] is True


def test_weights_of_rows_are_noticed():
    assert fitted(network(), Doctor(), class_weight={0: 1.0, 1: 3.0}).run.fact("fit")["weighted"] is True
    assert fitted(network(), Doctor(), sample_weight=np.ones(ROWS)).run.fact("fit")["weighted"] is False


def test_no_data_are_looked_at_where_that_is_forbidden():
    run = fitted(network(), Doctor(probe_data=False), epochs=4, validation_data=data(1)).run
    assert run.fact("inputs") is run.fact("references") is run.fact("split") is None
    assert "inference_loss" not in run.quantities
    assert "gradient_norm" in run.quantities


def test_training_is_bit_for_bit_the_same():
    weights = []
    for callbacks in ([], [Doctor()]):
        model = network(hidden="tanh", depth=2)
        model.fit(*data(), epochs=3, batch_size=10, verbose=0, callbacks=callbacks)
        weights.append(model.get_weights())
    for one, other in zip(*weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_saved_run_gives_the_same_diagnosis(tmp_path):
    doctor = fitted(mismatched(), Doctor(), data=amounts())
    path = doctor.save(tmp_path / "my_run")
    assert path == tmp_path / "my_run"
    assert diagnose(load_run(path)) == doctor.diagnosis


def test_log_dir_holds_the_run_while_it_grows_and_event_files_afterwards(tmp_path):
    seen = []

    class Reads(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.append(len(load_run(tmp_path).values("loss", "train")))

    doctor = Doctor(log_dir=tmp_path)
    network_ = network()
    network_.fit(*data(), epochs=2, verbose=0, callbacks=[doctor, Reads()])
    assert seen == [1, 2]
    assert diagnose(load_run(tmp_path)) == doctor.diagnosis
    assert list(tmp_path.rglob("events.out.tfevents.*"))


def test_what_waits_until_someone_asks_is_what_is_written_at_once(tmp_path):
    runs = []
    for log_dir in (None, tmp_path):
        keras.utils.set_random_seed(0)
        doctor = fitted(network(), Doctor(log_dir=log_dir), epochs=5, validation_data=data(1))
        runs.append(doctor.run)
    asked, written = runs
    assert set(asked.quantities) == set(written.quantities)
    for name in ("inputs", "validation_targets", "split", "fit", "references"):
        assert asked.fact(name) == written.fact(name) is not None
    for quantity, place in (("inference_loss", "train"), ("validation_score", asked.places("validation_score")[0])):
        for ours, theirs in zip(asked.series(quantity, place), written.series(quantity, place), strict=True):
            np.testing.assert_array_equal(ours[[0, -1]], theirs[[0, -1]])  # how often it looks in between, the clock decides


def test_two_doctors_may_not_write_to_one_folder(tmp_path):
    model = network()
    with pytest.raises(BlockingIOError, match="Another writer"):
        model.fit(*data(), verbose=0, callbacks=[Doctor(log_dir=tmp_path), Doctor(log_dir=tmp_path)])
    fitted(model, Doctor(log_dir=tmp_path))  # fit has raised: the folder is free, although both doctors are still held
    assert {path.name for path in tmp_path.glob("run*")} == {"run.jsonl", "run.1.jsonl"}


def test_a_second_fit_continues_the_stored_run(tmp_path):
    model, doctor = network(), Doctor(log_dir=tmp_path)
    for _ in range(2):
        fitted(model, doctor)
    assert load_run(tmp_path).series("loss", "train")[0].tolist() == [3, 7, 11, 15]


def test_a_training_that_goes_on_in_another_process_is_one_run(tmp_path):
    def trained(folder, *epochs):
        keras.utils.set_random_seed(0)
        model, begun = network(), 0
        for end in epochs:  # each part with a doctor of its own, as another process would have it
            model.fit(
                *data(), initial_epoch=begun, epochs=end, shuffle=False, verbose=0, callbacks=[Doctor(every=3, log_dir=folder)]
            )
            begun = end
        return load_run(folder), model

    (whole, one), (parts, other) = trained(tmp_path / "whole", 4), trained(tmp_path / "parts", 1, 4)
    for quantity in ("gradient_norm", "update_ratio"):
        for variable, same in zip(one.trainable_variables, other.trainable_variables, strict=True):
            steps, values = whole.series(quantity, variable.path)
            assert parts.series(quantity, same.path)[0].tolist() == steps.tolist()
            np.testing.assert_allclose(parts.series(quantity, same.path)[1], values, rtol=1e-6)
    assert parts.series("loss", "train")[0].tolist() == whole.series("loss", "train")[0].tolist()
    assert not (tmp_path / "parts" / "run.1.jsonl").exists()


def test_another_model_begins_a_run_of_its_own(tmp_path):
    fitted(network(), Doctor(log_dir=tmp_path), epochs=2)
    network(units=3).fit(*data(), initial_epoch=2, epochs=3, verbose=0, callbacks=[Doctor(log_dir=tmp_path)])
    assert len(load_run(tmp_path).values("loss", "train")) == 1
    assert len(load_run(tmp_path / "run.1.jsonl").values("loss", "train")) == 2


def test_an_exception_outside_of_a_step_is_on_disk_at_once(tmp_path):
    class Fails(keras.callbacks.Callback):
        def on_test_end(self, logs=None):
            raise OSError("planned")

    doctor = Doctor(log_dir=tmp_path)
    with pytest.raises(OSError, match="planned"):
        network().fit(*data(), validation_data=data(), verbose=0, callbacks=[doctor, Fails()])
    assert load_run(tmp_path).status == "raised"
    assert load_run(tmp_path).reason == "OSError: planned"


def test_probe_data_describe_the_data_instead_of_the_batches():
    doctor = fitted(network(), Doctor(probe_data=(np.full((3, 4), 5.0), np.zeros(3))))
    assert doctor.run.fact("inputs")[0]["mean"] == 5.0
    assert doctor.run.fact("inputs")[0]["rows"] == 3


def test_only_the_rules_that_were_asked_for():
    doctor = fitted(mismatched(), Doctor(rules=["overfitting"]), data=amounts())
    assert doctor.diagnosis.findings == ()
    assert [rule for rule, _ in doctor.diagnosis.not_examined] == ["overfitting"]


def test_several_inputs_and_outputs():
    first, second = keras.Input((4,), name="first"), keras.Input((4,), name="second")
    middle = layers.Dense(8, "relu")(layers.concatenate([first, second]))
    outputs = {"side": layers.Dense(1, name="side")(middle), "main": layers.Dense(2, "softmax", name="main")(middle)}
    model = keras.Model({"first": first, "second": second}, outputs)
    model.compile("adam", {"side": "mse", "main": "sparse_categorical_crossentropy"})
    x, y = data()
    doctor = Doctor()
    model.fit({"first": x, "second": x * 2}, {"side": x[:, :1], "main": y}, verbose=0, callbacks=[doctor])
    by_name = {fact["name"]: fact for fact in doctor.run.fact("inputs")}
    assert by_name["second"]["maximum"] == pytest.approx(2 * by_name["first"]["maximum"])
    assert {fact["name"]: fact["width"] for fact in doctor.run.fact("targets")} == {"side": 1, "main": 1}


def test_can_be_copied_before_fit():
    original = Doctor()
    copied = fitted(network(), copy.deepcopy(original))
    assert copied.run.quantities
    assert not original.run.quantities


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"every": 0}, "every=0"),
        ({"rules": ["overfiting"]}, "overfiting.*overfitting"),
        ({"rules": 3}, "rules"),
        ({"on_critical": "halt"}, "on_critical='halt'"),
        ({"probe_data": 5}, "probe_data"),
        ({"log_dir": 5}, "log_dir=5"),
        ({"log_dir": ""}, "log_dir=''"),
        ({"log_dir": __file__}, "log_dir=.*test_doctor"),
    ],
)
def test_refuses(arguments, words):
    with pytest.raises(ValueError, match=words):
        Doctor(**arguments)
