"""The Beta distribution against what is known exactly: whole shapes, half shapes, identities."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product

import pytest

from reputation.queries.beta import cdf, quantile

SHAPES = (0.5, 1.0, 1.37, 2.0, 3.3, 7.0, 12.75, 40.1, 180.0, 900.5)
PLACES = (1e-6, 0.01, 0.1, 0.25, 0.5, 0.55, 0.75, 0.9, 0.999)


def exact(a: int, b: int, x: Fraction) -> Fraction:
    """I_x(a, b) of whole shapes: at least `a` of a+b-1 tries come off. Exact arithmetic."""
    n = a + b - 1
    return sum(
        (math.comb(n, k) * x**k * (1 - x) ** (n - k) for k in range(a, n + 1)), start=Fraction(0)
    )


@pytest.mark.parametrize(("a", "b"), [(1, 1), (2, 3), (5, 2), (9, 1), (17, 30), (120, 45)])
def test_whole_shapes_are_sums_of_binomials(a, b):
    for x in (Fraction(1, 10), Fraction(11, 20), Fraction(3, 4), Fraction(99, 100)):
        assert cdf(a, b, float(x)) == pytest.approx(float(exact(a, b, x)), abs=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
def test_one_shape_of_one_is_a_power(shape):
    for x in PLACES:
        assert cdf(shape, 1, x) == pytest.approx(x**shape, rel=1e-10, abs=1e-15)
        assert cdf(1, shape, x) == pytest.approx(-math.expm1(shape * math.log1p(-x)), rel=1e-10)


def test_the_arcsine_law():
    for x in PLACES:
        assert cdf(0.5, 0.5, x) == pytest.approx(2 / math.pi * math.asin(math.sqrt(x)), abs=1e-12)


@pytest.mark.parametrize("a", SHAPES)
def test_identities_between_neighbouring_shapes(a):
    """The two sides, and the step from a to a+1 (Abramowitz and Stegun 26.5.2 and 26.5.16)."""
    for b, x in product(SHAPES, PLACES):
        assert cdf(a, b, x) + cdf(b, a, 1 - x) == pytest.approx(1, abs=1e-11)
        step = math.exp(
            a * math.log(x)
            + b * math.log1p(-x)
            - math.log(a)
            - (math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b))
        )
        assert cdf(a, b, x) - cdf(a + 1, b, x) == pytest.approx(step, abs=1e-11)


@pytest.mark.parametrize("a", SHAPES)
def test_a_quantile_undoes_the_distribution(a):
    for b, p in product(SHAPES, (1e-4, 0.1, 0.5, 0.9)):
        x = quantile(a, b, p)
        assert 0 < x < 1
        assert cdf(a, b, x) == pytest.approx(p, abs=1e-9)


@pytest.mark.parametrize("shape", SHAPES)
def test_quantiles_that_have_a_formula(shape):
    assert quantile(shape, 1, 0.1) == pytest.approx(0.1 ** (1 / shape), abs=1e-9)
    assert quantile(1, shape, 0.1) == pytest.approx(-math.expm1(math.log(0.9) / shape), abs=1e-9)


def test_what_lies_outside():
    assert (cdf(2, 3, -1), cdf(2, 3, 0), cdf(2, 3, 1), cdf(2, 3, 7)) == (0, 0, 1, 1)
    for shapes in ((0, 1), (1, -1)):
        with pytest.raises(ValueError, match="positive"):
            cdf(*shapes, 0.5)
    for p in (0, 1, 2):
        with pytest.raises(ValueError, match="between"):
            quantile(2, 3, p)
