"""What the doctor measures after training: only where the diagnosis would stay open, and when someone asks."""

import keras
import numpy as np
import pytest
from keras import layers

from keras_tips import Doctor
from keras_tips.callbacks import open_questions
from keras_tips.callbacks.open_questions import OpenQuestions
from keras_tips.callbacks.rows import Rows
from keras_tips.probes.model_facts import model_facts
from keras_tips.records.record import Record
from keras_tips.records.run import Run

pytestmark = pytest.mark.backend
FACTS = ("critical_point", "one_batch")


@pytest.fixture(autouse=True)
def _enough_time(monkeypatch):
    keras.utils.set_random_seed(0)  # layers draw the seeds of their weights when they are made
    monkeypatch.setattr(open_questions, "SECONDS", 600.0)


def data(classes=3, rows=256):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, 4)).astype("float32")
    return x, (x @ rng.normal(size=(4, classes))).argmax(1)


def fitted(*parts, rate=0.1, epochs=12, loss="sparse_categorical_crossentropy", known=None, doctor=None, batch=32, **options):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), *parts])
    model.compile(keras.optimizers.SGD(rate), loss)
    doctor = doctor or Doctor(**options)
    x, y = known or data()
    model.fit(x, y, epochs=epochs, batch_size=batch, verbose=0, callbacks=[doctor])
    return doctor


def saturated(**options):
    parts = layers.Dense(8, "sigmoid", bias_initializer=keras.initializers.Constant(40.0)), layers.Dense(3, "softmax")
    return fitted(*parts, **options)


def found(doctor):
    return {finding.rule: finding for finding in doctor.diagnosis.findings}


def test_a_healthy_run_is_measured_no_further():
    doctor = fitted(layers.Dense(16, "relu"), layers.Dense(3, "softmax"), epochs=30)
    assert doctor.diagnosis.healthy
    assert [doctor.run.fact(name) for name in FACTS] == [None, None]


@pytest.mark.parametrize("rate, optimizer, slow", [(0.01, "sgd", True), (0.1, "sgd", False), (0.01, "adam", False)])
def test_curvature_tells_that_steps_are_too_short(rate, optimizer, slow):
    keras.utils.set_random_seed(0)
    x, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], "float32"), np.array([[0], [1], [1], [0]])
    model = keras.Sequential([keras.Input((2,)), layers.Dense(4, "tanh"), layers.Dense(1, "sigmoid")])
    model.compile({"sgd": keras.optimizers.SGD, "adam": keras.optimizers.Adam}[optimizer](rate), "binary_crossentropy")
    doctor = Doctor()
    model.fit(x, y, epochs=600, verbose=0, callbacks=[doctor])
    assert ("learning_rate_too_low" in found(doctor)) is slow


def test_a_plateau_is_seen_to_be_one():
    doctor = saturated()
    assert doctor._measuring.recorder.run.fact("critical_point") is None  # nobody has asked yet
    point = doctor.run.fact("critical_point")
    assert point["loss"] == pytest.approx(np.log(3), abs=0.1)
    assert "no direction curves clearly down" in found(doctor)["plateau"].message
    assert "local_minimum" not in found(doctor)
    assert doctor.run.fact("one_batch") is None  # saturated units explain enough


def test_a_saddle_is_seen_to_be_one():
    x, _ = data()
    parts = layers.Dense(8, kernel_initializer="zeros"), layers.Dense(1, kernel_initializer="zeros")
    doctor = fitted(*parts, loss="mse", known=(x, x[:, :1] + x[:, 1:2]))
    assert "a direction curves down" in found(doctor)["saddle_point"].message
    assert "plateau" not in found(doctor)


def test_a_minimum_is_seen_to_be_one():
    """A linear model at the best that a line can do about a bend, which the neighbours of rows know."""
    x = np.repeat(data()[0][:, :1], 4, axis=1)
    known = x, 0.8 * x[:, :1] + 1.5 * np.abs(x[:, :1])
    doctor = fitted(layers.Dense(1), loss="mse", rate=0.05, epochs=100, batch=256, known=known)  # without the noise of batches
    assert "no direction curves clearly down" in found(doctor)["local_minimum"].message
    assert not {"plateau", "saddle_point"} & set(found(doctor))


def little_learned():
    """A run that learned less than simple predictors do, and tells nothing of why."""
    scores = {
        "rows": 128,
        "constant": 0.34,
        "deviation": 0.04,
        "linear": 0.95,
        "linear_held_out": 0.9,
        "neighbours_held_out": 0.9,
    }
    unseen = {"validation_rows": 0, "constant_validation": None, "linear_validation": None, "neighbours_validation": None}
    unseen["within_validation"] = None
    known = [{"name": "last", "kind": "classes", **scores, **unseen}]
    learned = {"quantity": "training_score", "places": ["last"], "steps": [0, 99], "values": [[0.3], [0.4]]}
    loss = {
        "quantity": "loss",
        "places": ["train"],
        "steps": [49, 99],
        "values": [[1e3], [1e3]],
    }  # so large that it tells nothing
    return Run((Record("fact", {"name": "references", "value": known}), Record("series", learned), Record("series", loss)))


def test_an_open_answer_is_settled_by_one_batch():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(32, "relu"), layers.Dense(3, "softmax", name="last")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    written, notes = {}, []
    questions = OpenQuestions(model, written.__setitem__, notes.append)
    questions.end()
    outputs = model_facts(model)["outputs"]
    questions.settle(little_learned, outputs, Rows(*data()), 32)
    assert (list(written), notes) == (["one_batch"], [])
    assert written["one_batch"]["score"] > 0.9


def test_a_network_that_learns_too_slowly_is_not_too_small():
    doctor = fitted(layers.Dense(32, "relu"), layers.Dense(3, "softmax"), rate=1e-5)
    assert "learning_rate_too_low" in found(doctor)
    assert "capacity_too_low" not in found(doctor)


def test_it_happens_once_and_after_each_fit_anew(monkeypatch):
    asked = []
    plain = open_questions.critical_point
    monkeypatch.setattr(open_questions, "critical_point", lambda *given: asked.append(1) or plain(*given))
    doctor = saturated()
    assert not asked
    assert doctor.diagnosis == doctor.diagnosis
    assert len(asked) == 1
    saturated(doctor=doctor, epochs=1)
    assert doctor._measuring.recorder.run.fact("critical_point") is None
    doctor.diagnosis  # noqa: B018
    assert len(asked) == 2


def test_a_stored_run_holds_it(tmp_path):
    saturated(log_dir=tmp_path)
    from keras_tips import load_run

    assert load_run(tmp_path).fact("critical_point") is not None


def test_not_where_data_may_not_be_looked_at_or_fit_raised():
    assert saturated(probe_data=False).run.fact("critical_point") is None

    class Raises(keras.callbacks.Callback):
        def on_train_end(self, logs=None):
            raise RuntimeError("planned")

        def on_epoch_end(self, epoch, logs=None):
            if epoch == 10:
                raise RuntimeError("planned")

    model = keras.Sequential([keras.Input((4,)), layers.Dense(8, "sigmoid", bias_initializer="ones"), layers.Dense(3)])
    model.compile(keras.optimizers.SGD(0.0), keras.losses.SparseCategoricalCrossentropy(True))
    doctor = Doctor()
    with pytest.raises(RuntimeError, match="planned"):
        model.fit(*data(), epochs=12, verbose=0, callbacks=[doctor, Raises()])
    assert [doctor.run.fact(name) for name in FACTS] == [None, None]


def test_what_cannot_be_measured_is_noted(monkeypatch):
    def broken(*given):
        raise ValueError("planned")

    monkeypatch.setattr(open_questions, "critical_point", broken)
    run = saturated().run
    assert "critical_point was not measured: ValueError: planned" in run.notes
    assert run.fact("critical_point") is None


def test_too_little_time_leaves_no_fact(monkeypatch):
    monkeypatch.setattr(open_questions, "SECONDS", -600.0)
    assert saturated().run.fact("critical_point") is None
