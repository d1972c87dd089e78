"""The square of a maximum: against closed forms, SciPy's integration, and throwing dice."""

import math

import numpy as np
import pytest
from scipy import integrate, stats

from keras_tips.initializers.maximum_moment import maximum_moment

ROOT_3 = math.sqrt(3)
CLOSED = {
    1: 1.0,
    2: 1.0,
    3: 1 + ROOT_3 / (2 * math.pi),
    4: 1 + ROOT_3 / math.pi,
    5: 1 + 5 * ROOT_3 / (4 * math.pi) + 5 * ROOT_3 / (2 * math.pi**2) * math.asin(1 / 4),
}


@pytest.mark.parametrize("pieces", CLOSED)
def test_equals_the_closed_forms(pieces):
    assert maximum_moment(pieces) == pytest.approx(CLOSED[pieces], rel=1e-14)


@pytest.mark.parametrize("pieces", [3, 8, 100, 10_000])
def test_equals_integration_by_scipy(pieces):
    def integrand(x):
        return x * x * pieces * np.exp(stats.norm.logpdf(x) + (pieces - 1) * stats.norm.logcdf(x))

    middle = math.sqrt(2 * math.log(pieces))
    value, _ = integrate.quad(integrand, -12, 12, points=[middle], epsabs=1e-13, epsrel=1e-13, limit=500)
    assert maximum_moment(pieces) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize("pieces", [2, 3, 5, 8])
def test_equals_what_is_drawn(pieces):
    maxima = np.random.default_rng(0).normal(size=(400_000, pieces)).max(axis=1)
    assert maximum_moment(pieces) == pytest.approx(np.mean(maxima**2), rel=0.01)
