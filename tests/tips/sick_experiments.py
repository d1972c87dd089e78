"""For each tip a small experiment, written by hand, that has what the tip treats."""

from plain_models import dense, experiment, layer, sequential

from keras_tips.records import Experiment

PIXELS = layer("InputLayer", "pixels", batch_shape=[None, 64], dtype="float32")
IMAGE = layer("InputLayer", "image", batch_shape=[None, 8, 8, 1], dtype="float32")
L2 = {"module": "keras.regularizers", "class_name": "L2", "config": {"l2": 0.5}, "registered_name": None}

SICK = experiment(
    PIXELS,
    dense("first", "sigmoid"),
    dense("second", "linear"),
    layer("BatchNormalization", "norm"),
    layer("Activation", "squash", activation="tanh"),
    dense("third", "relu"),
    dense("answer", "softmax", units=10),
)


def with_optimizer(kind, **config):
    optimizer = {"module": "keras.optimizers", "class_name": kind, "config": config, "registered_name": None}
    return SICK.replace(compile={**SICK.compile, "optimizer": optimizer})


def with_loss(loss, *layers):
    given = experiment(PIXELS, dense("first"), *layers)
    return given.replace(compile={"optimizer": "adam", "loss": loss})


def loss_object(kind, **config):
    return {"module": "keras.losses", "class_name": kind, "config": config, "registered_name": None}


PENALIZED = experiment(PIXELS, dense("first", kernel_regularizer=L2, bias_regularizer=L2), dense("answer", "softmax"))
DROPPING = experiment(PIXELS, dense("first"), layer("Dropout", "drop", rate=0.8), dense("answer", "softmax"))
ODD = {
    "module": "mine",
    "class_name": "MyDropout",
    "config": {"name": "drop", "rate": 0.5},
    "registered_name": "mine>MyDropout",
}
FROZEN = experiment(PIXELS, dense("first", trainable=False), dense("answer", "softmax"))
TURNED = experiment(IMAGE, layer("RandomRotation", "turn", factor=[-0.5, 0.5]), layer("Flatten", "flat"), dense("answer"))
PLAIN_IMAGES = experiment(IMAGE, layer("Flatten", "flat"), dense("answer", "softmax"))

# Tip -> what it changes. Where a tip is missing it is SICK.
EXPERIMENTS = {
    "augment": PLAIN_IMAGES,
    "default_epsilon": with_optimizer("Adam", learning_rate=0.001, epsilon=1e-30),
    "linear_output": with_loss("mse", dense("answer", "relu", units=1)),
    "lower_dropout": DROPPING,
    "match_logits": with_loss("categorical_crossentropy", dense("answer", "linear", units=10)),
    "mean_reduction": with_loss(loss_object("MeanSquaredError", reduction="sum"), dense("answer", "linear")),
    "momentum": with_optimizer("SGD", learning_rate=0.01),
    "no_bias_penalty": PENALIZED,
    "repair_dropout": experiment(PIXELS, dense("first"), ODD, dense("answer", "softmax")),
    "scale_targets": with_loss("mse", dense("answer", "linear", units=1)),
    "shuffle": SICK.replace(fit={"shuffle": False}),
    "unfreeze": FROZEN,
    "weaker_augmentation": TURNED,
    "weaker_penalty": PENALIZED,
}
# Values that a tip needs of the data.
NEEDED = {"class_weights": {"counts": [90, 10]}, "scale_targets": {"mean": 150.0, "deviation": 50.0}}


def sick_for(name):
    """An experiment that this tip changes."""
    return EXPERIMENTS.get(name, SICK)


def cured(tip, given=None, **values):
    """The experiment that `tip` makes of the one it changes, with the values it needs."""
    return tip.apply(sick_for(tip.name) if given is None else given, **NEEDED.get(tip.name, {}), **values)


SUBCLASSED = Experiment({"class_name": "Mine", "config": {}}, {"optimizer": "adam", "loss": "mse"})
NESTED = Experiment(
    sequential(PIXELS, sequential(dense("in"), dense("side"), name="inner"), dense("out")), {"optimizer": "sgd"}
)
