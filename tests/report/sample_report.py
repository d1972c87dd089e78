"""A small report to look at: a deep sigmoid network whose gradient vanishes, the same after treatment, and a search."""

import numpy as np

from keras_tips.records import Diagnosis, Finding, Leaderboard, Record, Run, Trial
from keras_tips.report.content import Report, ReportedRun

LAYERS = tuple(f"dense_{number}" for number in range(1, 7))
EPOCHS, STEPS = 20, 40  # steps per epoch; every tenth is measured


def sample_run(vanishing, layers=LAYERS):
    """A run of a network with the given layers, each with a kernel and a bias."""
    noise = np.random.default_rng(0)
    facts = [layer_fact(name) for name in layers]
    places = [path for fact in facts for path in fact["variables"]]
    steps = list(range(0, EPOCHS * STEPS, 10))
    strength = [10.0 ** (-1.5 * (len(layers) - 1 - depth)) if vanishing else 0.5 for depth in range(len(layers))]
    kernels = np.array(strength) * np.exp(0.1 * noise.normal(size=(len(steps), len(layers))))
    gradients = np.repeat(kernels, 2, axis=1) * np.tile([0.8, 0.6], len(layers))
    ends = [STEPS * (epoch + 1) - 1 for epoch in range(EPOCHS)]
    epoch = np.arange(EPOCHS)
    fall = 0.01 * np.exp(-epoch / 5) + 2.3 if vanishing else 2 * np.exp(-epoch / 3) + 0.02
    rise = 0 * epoch + 0.1 if vanishing else 1 - 0.85 * np.exp(-epoch / 3)
    overtrained = 0.0 if vanishing else 0.01 * np.maximum(0, epoch - 12)
    return Run(
        (
            Record("start", {"step": 0}),
            Record("fact", {"name": "layers", "value": facts}),
            series("gradient_norm", places, steps, gradients),
            series("update_ratio", places, steps, 1e-3 * gradients),
            series("loss", ["train", "validation"], ends, np.stack([fall, fall + 0.02 + overtrained], 1)),
            series("accuracy", ["train", "validation"], ends, np.stack([rise, rise - 0.03], 1)),
            Record("end", {"status": "completed", "reason": ""}),
        )
    )


def layer_fact(name):
    return {
        "name": name,
        "kind": "Dense",
        "activation": "sigmoid",
        "units": 32,
        "parameters": 1056,
        "trainable": True,
        "variables": [f"mlp/{name}/kernel", f"mlp/{name}/bias"],
        "output": False,
    }


def series(quantity, places, steps, values):
    return Record(
        "series", {"quantity": quantity, "places": list(places), "steps": list(steps), "values": np.asarray(values).tolist()}
    )


VANISHING = Finding(
    "vanishing_gradient",
    "critical",
    "training",
    "The gradient of dense_1 is 31 million times smaller than that of dense_6.",
    layers=LAYERS[:3],
    evidence={"ratio": 3.2e-8, "loss_fall": 0.004},
    tips=("relu_activation", "he_initialization"),
    confidence=0.97,
)
SATURATED = Finding(
    "saturated_units",
    "warning",
    "training",
    "91 % of the units of dense_2 are at a border.",
    layers=("dense_2",),
    evidence={"saturated_share": 0.91},
    tips=("relu_activation",),
    confidence=0.8,
)
REMARK = Finding("inputs_not_scaled", "info", "setup", "Inputs reach from 0 to 16.", evidence={"maximum": 16.0})
SICK = Diagnosis(
    (VANISHING, SATURATED, REMARK),
    stage="training",
    not_examined=(("overfitting", "the training result is not good yet"),),
    consequences={"vanishing_gradient": ("saturated_units",)},
)
HEALTHY = Diagnosis(stage="done")


def sample_leaderboard():
    """Seven trials: five completed, one pruned, one failed; one of them has a parameter that the others lack."""
    trials = [
        Trial(f"{number:04d}", "completed", 0.9 + 0.01 * number, {"lr": 10.0**-number, "units": 32, "norm": True}, 20)
        for number in range(4)
    ]
    trials.append(Trial("0004", "completed", 0.981, {"lr": 0.01, "units": 64, "norm": False, "pieces": 2}, 20))
    trials.append(Trial("0005", "pruned", 0.6, {"lr": 1.0, "units": 32, "norm": True}, 4, "below the median"))
    trials.append(Trial("0006", "failed", None, {"lr": 10.0, "units": 32, "norm": True}, 1, "the loss became NaN"))
    return Leaderboard(tuple(trials), "val_accuracy", "max", "runs/demo/search/best.keras")


def sample_report():
    """Everything that a report can hold."""
    return Report(
        "Handwritten digits",
        runs=(
            ReportedRun("sick", sample_run(vanishing=True), SICK),
            ReportedRun("treated", sample_run(vanishing=False), HEALTHY, ("relu_activation", "he_initialization")),
        ),
        leaderboard=sample_leaderboard(),
        results={
            "sick": {"test accuracy": 0.103, "test loss": 2.303},
            "treated": {"test accuracy": 0.961, "test loss": 0.142},
            "searched": {"test accuracy": 0.981, "test loss": 0.081},
        },
        notes=("Measured on 360 digits that took no part in training or search.",),
        folder="runs/demo",
    )
