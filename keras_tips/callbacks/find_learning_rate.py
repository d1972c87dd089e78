"""The learning-rate range test: which rates train this model on these data, and from where on it diverges."""

import types
import warnings
from typing import Any

import keras
import numpy as np

from keras_tips._base.arguments import check_integer, check_number, invalid
from keras_tips.callbacks.another_optimizer import another_optimizer
from keras_tips.callbacks.judge_rates import judge_rates
from keras_tips.callbacks.range_test import RangeTest
from keras_tips.callbacks.untouched import Untouched
from keras_tips.records.learning_rate_test import LearningRateTest

__all__ = ["find_learning_rate"]

FEWEST_STEPS = 50  # below, seven powers of ten leave seven steps for each, too few to tell a fall from noise


def find_learning_rate(
    model: keras.Model,
    x: Any,
    y: Any = None,
    *,
    minimum: float = 1e-6,
    maximum: float = 10.0,
    steps: int = 200,
    batch_size: int | None = None,
    sample_weight: Any = None,
    class_weight: Any = None,
    shuffle: bool = True,
) -> LearningRateTest:
    """Trains for some steps with a learning rate that grows from step to step, says which rate to take, and undoes it all.

        rate(i) = minimum * (maximum / minimum) ** (i / (steps - 1))

    The test ends early when the loss is not finite, or far above what it began with. Afterwards, and after an exception or
    Ctrl-C, weights, states of optimizer, metrics and random numbers, and the learning rate are bit for bit what they were: a
    training that follows is the same as without the test. A test takes as long as `steps` steps and compiling them.

    The loss of a step is that of its own batch, not the running mean that Keras shows, and belongs to the rate of the step
    before, which made the weights. Steps of gradient accumulation are steps of the optimizer.

    Args:
        model: compiled, as it would be given to `fit`; it need not be built. A schedule in its optimizer is replaced for the
            test. Test with the weights that training will begin from: the best rate is another after training.
        x: training data, as `fit` takes them: arrays, a `tf.data.Dataset`, a `PyDataset`, a `DataLoader`, a generator. They
            are gone through as often as needed, save a generator, which must hold enough batches.
        y: targets, where x does not hold them.
        minimum: the first learning rate, above 0.
        maximum: the last one, above `minimum`.
        steps: how many rates to try, at least 50. More steps see through more noise.
        batch_size: as for `fit`. The best rate depends on it.
        sample_weight: as for `fit`.
        class_weight: as for `fit`.
        shuffle: as for `fit`.

    Returns:
        What was measured, `.recommended` and its `.reason`. Where the loss did not fall, nothing is recommended.

    Raises:
        ValueError: an argument is not as described; the model is not compiled or has no one learning rate; a generator is too
            short.

    Example:

    >>> import keras, numpy as np
    >>> keras.utils.set_random_seed(0)
    >>> x = np.random.normal(size=(256, 4))
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    >>> model.compile(keras.optimizers.SGD(), "mse")
    >>> test = find_learning_rate(model, x, x @ [[1.0], [2.0], [-1.0], [0.5]])
    >>> 0.01 < test.recommended < 1.0
    True
    >>> test.save("learning_rate.png")  # doctest: +SKIP

    Reference:
        Leslie N. Smith: "Cyclical Learning Rates for Training Neural Networks", 2017, https://arxiv.org/abs/1506.01186
    """
    if not isinstance(model, keras.Model):
        raise invalid("model", "a compiled Keras model", model)
    minimum = check_number("minimum", minimum, 0.0, low_open=True)
    maximum = check_number("maximum", maximum, minimum, low_open=True)
    steps = check_integer("steps", steps, FEWEST_STEPS)
    optimizer = another_optimizer(model, minimum)
    accumulated = getattr(optimizer, "inner_optimizer", optimizer).gradient_accumulation_steps or 1
    rates = np.geomspace(minimum, maximum, steps)
    test = RangeTest(np.append(rates, maximum), accumulated)  # one step more shows what the last rate did
    with Untouched(model, optimizer) as untouched, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Your input ran out of data")  # looked at below, in other words
        warnings.filterwarnings("ignore", message="`shuffle=True` was passed")  # the default, where it does not apply
        model.fit(
            x,
            y,
            batch_size=batch_size,
            sample_weight=sample_weight,
            class_weight=class_weight,
            shuffle=shuffle,
            epochs=1 if isinstance(x, types.GeneratorType) else (steps + 1) * accumulated,
            verbose=0,
            callbacks=[untouched, test],
        )
    if not test.done:
        expected = f"at least {(steps + 1) * accumulated} batches"
        raise invalid("x", expected, len(test.losses) * accumulated, "Give a generator that goes on, or fewer `steps`.")
    return judge_rates(rates[: len(test.losses) - 1], np.array(test.losses[1:]))
