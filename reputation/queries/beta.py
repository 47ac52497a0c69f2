"""The Beta distribution: its distribution function and quantiles, to 1e-9 (R5)."""

from __future__ import annotations

from math import exp, lgamma, log, log1p

TINY = 1e-300
CLOSE = 1e-15
MOST_TERMS = 10_000


def cdf(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function I_x(a, b): how likely Beta(a, b) is at most `x`.

    By the continued fraction of DiDonato and Morris, on the side of the mean where it converges
    fast. Raises ValueError for a shape that is not positive.
    """
    if a <= 0 or b <= 0:
        raise ValueError("the shapes of a Beta distribution are positive")
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - _lower(b, a, 1 - x)
    return _lower(a, b, x)


def quantile(a: float, b: float, p: float) -> float:
    """The x with cdf(a, b, x) = p: Newton's steps, halving where one would leave the bracket."""
    if not 0 < p < 1:
        raise ValueError("a quantile is asked for between 0 and 1")
    low, high = 0.0, 1.0
    x = a / (a + b)
    for _ in range(200):
        excess = cdf(a, b, x) - p
        low, high = (x, high) if excess < 0 else (low, x)
        slope = _density(a, b, x)
        then = x - excess / slope if slope > TINY else low
        if not low < then < high:
            then = (low + high) / 2
        if abs(then - x) <= CLOSE * then or high - low <= CLOSE * high:
            return then
        x = then
    return x


def _density(a: float, b: float, x: float) -> float:
    return exp((a - 1) * log(x) + (b - 1) * log1p(-x) - _log_beta(a, b))


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def _lower(a: float, b: float, x: float) -> float:
    front = exp(a * log(x) + b * log1p(-x) - _log_beta(a, b)) / a
    return front * _fraction(a, b, x)


def _fraction(a: float, b: float, x: float) -> float:
    """Lentz's method: 1/(1 + d1/(1 + d2/(1 + …)))."""
    c, d = 1.0, _away(1 - (a + b) * x / (a + 1))
    d = 1 / d
    value = d
    for m in range(1, MOST_TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d, c = 1 / _away(1 + even * d), _away(1 + even / c)
        value *= d * c
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d, c = 1 / _away(1 + odd * d), _away(1 + odd / c)
        value *= d * c
        if abs(d * c - 1) < CLOSE:
            break
    return value


def _away(value: float) -> float:
    """Never quite 0, to be divided by."""
    return value if abs(value) > TINY else TINY
