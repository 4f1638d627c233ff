"""Estimates from a sample with their 95 % confidence intervals (V4).

Proportions (CSAT, response rate): Wilson's score interval. Means (satisfaction of a factor, service
index): Student's t on the sample's mean and variance. NPS: normal approximation with the variance of
a difference of two multinomial shares. All from counts and sums, which the database adds up.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

CONFIDENCE = 0.95
_Z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its interval and the number of observations; all zero for an empty sample."""

    value: float = 0.0
    low: float = 0.0
    high: float = 0.0
    sample_size: int = 0


def proportion(hits: int, sample_size: int) -> Estimate:
    """Share of hits, 0 to 1, with Wilson's score interval."""
    if not sample_size:
        return Estimate()
    share = hits / sample_size
    spread = _Z * math.sqrt(share * (1 - share) / sample_size + _Z**2 / (4 * sample_size**2))
    centre, scale = share + _Z**2 / (2 * sample_size), 1 + _Z**2 / sample_size
    return Estimate(share, max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale), sample_size)


def mean(total: float, squares: float, sample_size: int, maximum: float = 1.0, minimum: float = 0.0) -> Estimate:
    """Mean from sum and sum of squares of values in `minimum` to `maximum`, with Student's t interval cut to it.

    One observation says nothing about its spread: the interval is then the whole range.
    """
    if not sample_size:
        return Estimate()
    value = total / sample_size
    if sample_size == 1:
        return Estimate(value, minimum, maximum, 1)
    variance = max(0.0, (squares - total * value) / (sample_size - 1))
    spread = student_t(sample_size - 1) * math.sqrt(variance / sample_size)
    return Estimate(value, max(minimum, value - spread), min(maximum, value + spread), sample_size)


def net_promoter(promoters: int, detractors: int, sample_size: int) -> Estimate:
    """NPS in points, -100 to 100: share of 9 and 10 less share of 0 to 6, with the normal interval."""
    if not sample_size:
        return Estimate()
    up, down = promoters / sample_size, detractors / sample_size
    score = up - down
    spread = _Z * math.sqrt(max(0.0, up + down - score**2) / sample_size)
    return Estimate(100 * score, 100 * max(-1.0, score - spread), 100 * min(1.0, score + spread), sample_size)


def student_t(freedom: int) -> float:
    """Two-sided 95 % quantile of Student's t: exact for 1 and 2, else Cornish-Fisher within 0.004."""
    probability = (1 + CONFIDENCE) / 2
    if freedom == 1:
        return math.tan(math.pi * (probability - 0.5))
    if freedom == 2:
        return (2 * probability - 1) * math.sqrt(2 / (1 - (2 * probability - 1) ** 2))
    z, n = _Z, freedom
    return (
        z
        + (z**3 + z) / (4 * n)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * n**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * n**3)
        + (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / (92160 * n**4)
    )
