"""Data for the programs: scikit-learn's sets that ship, and drawn ones, mostly as (x, y), (x_validation, y_validation)."""

import numpy as np
from sklearn import datasets

__all__ = ["blobs", "cut", "digits", "houses", "moons", "one_hot", "reviews", "shapes", "standard_table", "topics", "waves"]


def cut(x, y, rng, train=0.8):
    """Shuffles rows and cuts them into training and validation; `x` and `y` may be arrays or lists of arrays."""
    rows = len(x[0] if isinstance(x, list) else x)
    order = rng.permutation(rows)
    first, second = order[: int(train * rows)], order[int(train * rows) :]

    def take(part, chosen):
        return [each[chosen] for each in part] if isinstance(part, list) else part[chosen]

    return (take(x, first), take(y, first)), (take(x, second), take(y, second))


def one_hot(labels, classes):
    """Rows with one 1 among 0s."""
    return np.eye(classes, dtype="float32")[np.asarray(labels, int)]


def digits(rng, flat=False, scale=16.0):
    """8 x 8 pixels divided by `scale`, the largest pixel; ten classes; 1437 rows and 360."""
    x, y = datasets.load_digits(return_X_y=True)
    x = (x / scale).astype("float32")
    return cut(x if flat else x.reshape(-1, 8, 8, 1), y.astype("int32"), rng)


def standard_table(name, rng):
    """One of scikit-learn's tables, "wine", "iris", "breast_cancer" or "diabetes", standardized by the training rows."""
    x, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    y = y.astype("float32") if name == "diabetes" else y.astype("int32")
    (x, y), (x_validation, y_validation) = cut(x.astype("float32"), y, rng)
    mean, deviation = x.mean(0), x.std(0)
    return ((x - mean) / deviation, y), ((x_validation - mean) / deviation, y_validation)


def moons(rng, rows=1000, noise=0.15):
    """Two interleaved half circles, standardized."""
    x, y = datasets.make_moons(rows, noise=noise, random_state=int(rng.integers(1000)))
    return cut(((x - x.mean(0)) / x.std(0)).astype("float32"), y.astype("int32"), rng)


def blobs(rng, rows=1200, features=10, classes=4, spread=1.0):
    """Classes as normal clouds around random centres, standardized."""
    centres = rng.normal(size=(classes, features))
    y = rng.integers(0, classes, rows)
    x = centres[y] + spread * rng.normal(size=(rows, features))
    return cut(((x - x.mean(0)) / x.std(0)).astype("float32"), y.astype("int32"), rng)


def houses(rng, rows=1500):
    """Prices: area, rooms, age and distance multiply, with 10 % of noise. Inputs are standardized, prices are in money."""
    area, rooms = rng.uniform(30, 250, rows), rng.integers(1, 8, rows)
    age, distance = rng.uniform(0, 80, rows), rng.gamma(2.0, 4.0, rows)
    price = 2500 * area * (1 + 0.05 * rooms) * np.exp(-0.006 * age - 0.04 * distance + 0.1 * rng.normal(size=rows))
    x = np.stack([area, rooms, age, distance], 1)
    return cut(((x - x.mean(0)) / x.std(0)).astype("float32"), price.astype("float32"), rng)


def topics(rng, rows=1500, length=40, words=300, classes=4):
    """Documents as word numbers from 1 on; each topic prefers some words; 0 fills up what is shorter than `length`."""
    shares = 0.5 * rng.dirichlet(np.full(words, 0.2), size=classes) + 0.5 / words
    y = rng.integers(0, classes, rows)
    x = np.zeros((rows, length), "int32")
    for row, topic in enumerate(y):
        used = int(rng.integers(length // 2, length + 1))
        x[row, :used] = 1 + rng.choice(words, used, p=shares[topic])
    return cut(x, y.astype("int32"), rng)


def reviews(rng, rows=2000, length=12):
    """Sentences of word numbers: 1 to 8 praise, 9 to 16 blame, 17 turns the next word around, 18 to 59 mean nothing."""
    x, y = [], []
    while len(x) < rows:
        sentence = rng.choice(60, length, p=np.r_[0, np.full(16, 0.03), 0.1, np.full(42, 0.42 / 42)])
        meaning = np.where(sentence <= 8, 1, np.where(sentence <= 16, -1, 0))
        turned = np.r_[1, np.where(sentence[:-1] == 17, -1, 1)]
        total = int((meaning * turned).sum())
        if total:
            x.append(sentence)
            y.append(total > 0)
    return cut(np.array(x, "int32"), np.array(y, "int32"), rng)


def shapes(rng, rows=800, size=16, noise=0.15):
    """Images of one disc, square or cross each: returns images, class numbers, masks and centres in [0, 1]."""
    kind, centre = rng.integers(0, 3, rows), rng.uniform(4, size - 4, (rows, 2))
    radius = rng.uniform(2.0, 4.0, rows)[:, None, None]
    down, right = np.mgrid[:size, :size]
    away = np.abs(down - centre[:, :1, None]), np.abs(right - centre[:, 1:, None])
    disc, square = away[0] ** 2 + away[1] ** 2 <= radius**2, np.maximum(*away) <= radius
    cross = square & (np.minimum(*away) <= 1)
    mask = np.choose(kind[:, None, None], [disc, square, cross])[..., None].astype("float32")
    images = np.clip(0.7 * mask + 0.15 + noise * rng.normal(size=mask.shape), 0, 1).astype("float32")
    return images, kind.astype("int32"), mask, (centre / size).astype("float32")


def waves(rng, length=24, rows=2000, ahead=1):
    """Windows of a sum of three waves with 5 % of noise, and the `ahead` values that follow; the last fifth is validation."""
    time = np.arange(rows + length + ahead)
    periods, phases = (12.0, 31.0, 7.3), rng.uniform(0, 6.28, 3)
    series = sum(np.sin(6.2832 * time / period + phase) for period, phase in zip(periods, phases, strict=True))
    series = (series / series.std() + 0.05 * rng.normal(size=len(time))).astype("float32")
    windows = np.lib.stride_tricks.sliding_window_view(series, length + ahead)[:rows]
    x, y, begin = windows[:, :length, None].copy(), windows[:, length:].copy(), int(0.8 * rows)
    return (x[:begin], y[:begin]), (x[begin:], y[begin:])
