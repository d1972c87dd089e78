"""Small networks that are really trained, in NumPy, and recorded as the doctor would: for rules about how training goes."""

from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from doctor_runs import fact, fit, layer, one_hot_target, optimizer, output, run

from keras_tips.records.record import Record

CLASSES, FEATURES = 3, 6


@dataclass(frozen=True)
class Training:
    """What is trained and how; the defaults are healthy."""

    rate: float = 0.3
    epochs: int = 12
    batch: int = 32
    rows: int = 256
    widths: tuple = (16,)
    gain: float = 1.0  # of the initial weights, times those of He
    momentum: float = 0.0
    sign: float = 1.0  # -1: the loss is negated
    applied: float = 1.0  # -1: the gradient is, before the optimizer receives it
    spread: float = 0.7  # of the classes' rows around their centres, which lie about 2 apart
    shuffled_labels: bool = False
    clip: float = np.inf
    seed: int = 0

    def data(self):
        draw = np.random.default_rng(self.seed)
        labels = np.arange(self.rows) % CLASSES
        centres = draw.normal(0, 1, (CLASSES, FEATURES))
        x = centres[labels] + draw.normal(0, self.spread, (self.rows, FEATURES))
        return x / x.std(), np.eye(CLASSES)[draw.permutation(labels) if self.shuffled_labels else labels]

    def weights(self):
        draw = np.random.default_rng(self.seed + 1)
        sizes = (FEATURES, *self.widths, CLASSES)
        return [
            part
            for into, out in pairwise(sizes)
            for part in (draw.normal(0, self.gain * np.sqrt(2 / into), (into, out)), np.zeros(out))
        ]


def loss_and_gradients(weights, x, y):
    """Cross-entropy of a network of ReLUs, and its gradient by hand."""
    values = [x]
    for kernel, bias in zip(weights[:-2:2], weights[1:-2:2], strict=True):
        values.append(np.maximum(values[-1] @ kernel + bias, 0))
    logits = values[-1] @ weights[-2] + weights[-1]
    logits = logits - logits.max(axis=1, keepdims=True)
    log = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    back = (np.exp(log) - y) / len(x)
    gradients = []
    for place in range(len(weights) - 2, -1, -2):
        value = values[place // 2]
        gradients = [value.T @ back, back.sum(axis=0), *gradients]
        back = (back @ weights[place].T) * (value > 0)
    return -(y * log).sum(axis=1).mean(), gradients


def names(settings):
    return [f"h{i}/{part}" for i in range(len(settings.widths) + 1) for part in ("kernel", "bias")]


def recorded_at(steps):
    """Dense for 8 steps, then each a quarter further, as the doctor records."""
    chosen, place = set(range(min(8, steps))), 8.0
    while place < steps:
        chosen.add(int(place))
        place = max(place + 1, place * 1.25)
    return chosen


def trained(*more, **settings):
    """Trains and returns the Run; `more` are further records."""
    settings = Training(**settings)
    with np.errstate(all="ignore"):
        points, losses = train(settings)
    places = names(settings)
    records = [
        Record("series", {"quantity": quantity, "places": where, "steps": [step], "values": [values]})
        for step, measured in points
        for quantity, where, values in measured
    ]
    steps = settings.rows // settings.batch
    for epoch, loss in enumerate(losses):
        records.append(
            Record(
                "series",
                {"quantity": "loss", "places": ["train"], "steps": [(epoch + 1) * steps - 1], "values": [[float(loss)]]},
            )
        )
    count = len(settings.widths) + 1
    facts = [
        fact("layers", [layer(f"h{i}", variables=places[2 * i : 2 * i + 2], output=i == count - 1) for i in range(count)]),
        fact("outputs", [output("softmax", "negated" if settings.sign < 0 else "categorical_crossentropy")]),
        fact("targets", [one_hot_target(CLASSES)]),
        fit(epochs=settings.epochs, steps=steps, batch_size=settings.batch),
        optimizer(learning_rate=settings.rate, momentum=settings.momentum),
    ]
    return run(facts, records, *more)


@cache
def train(settings):
    x, y = settings.data()
    weights = settings.weights()
    speed = [np.zeros_like(weight) for weight in weights]
    steps = settings.rows // settings.batch
    chosen, points, losses = recorded_at(steps * settings.epochs), [], []
    draw = np.random.default_rng(settings.seed + 2)
    for step in range(steps * settings.epochs):
        if step % steps == 0:
            order, epoch = draw.permutation(len(x)), []
        rows = order[step % steps * settings.batch :][: settings.batch]
        loss, gradients = loss_and_gradients(weights, x[rows], y[rows])
        loss, gradients = settings.sign * loss, [settings.sign * settings.applied * gradient for gradient in gradients]
        length = np.sqrt(sum(np.sum(gradient**2) for gradient in gradients))
        clipped = [gradient * min(1.0, settings.clip / length) for gradient in gradients]
        speed = [settings.momentum * old - settings.rate * new for old, new in zip(speed, clipped, strict=True)]
        if step in chosen:
            points.append((step, measured(names(settings), loss, weights, gradients, speed)))
        weights = [weight + change for weight, change in zip(weights, speed, strict=True)]
        epoch.append(loss)
        if step % steps == steps - 1:
            losses.append(np.mean(epoch))
    return points, losses


def measured(places, loss, weights, gradients, changes):
    """(quantity, places, values) of one step."""
    norms = [[float(np.linalg.norm(part)) for part in parts] for parts in (weights, gradients, changes)]
    ratios = [move / size if size else float("nan") for move, size in zip(norms[2], norms[0], strict=True)]
    predicted = sum(float(np.sum(gradient * change)) for gradient, change in zip(gradients, changes, strict=True))
    return [
        ("weight_norm", places, norms[0]),
        ("gradient_norm", places, norms[1]),
        ("update_ratio", places, ratios),
        ("batch_loss", ["train"], [float(loss)]),
        ("predicted_loss_change", ["train"], [predicted]),
    ]
