"""V4: intervals beside the figures, against published values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.domain.estimate import Estimate, mean, net_promoter, proportion, student_t


def test_wilson_interval_of_a_known_example() -> None:
    """Newcombe (1998), table I: 81 of 263 gives 0.2553 to 0.3662, 15 of 148 gives 0.0624 to 0.1605."""
    assert (proportion(81, 263).low, proportion(81, 263).high) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert (proportion(15, 148).low, proportion(15, 148).high) == pytest.approx((0.0624, 0.1605), abs=5e-5)


@pytest.mark.parametrize(
    ("freedom", "quantile"),
    [(1, 12.7062), (2, 4.3027), (3, 3.1824), (5, 2.5706), (10, 2.2281), (30, 2.0423), (120, 1.9799)],
)
def test_students_t_against_the_table(freedom: int, quantile: float) -> None:
    assert student_t(freedom) == pytest.approx(quantile, abs=0.004)


def test_mean_of_a_small_sample_by_hand() -> None:
    """0.25, 0.5, 0.75: mean 0.5, variance 0.0625, 0.5 ± 4.3027·0.25/√3 = 0.5 ± 0.6211, cut to 0..1."""
    assert mean(1.5, 0.875, 3) == Estimate(0.5, 0.0, 1.0, 3)
    wide = mean(1.5, 0.875, 3, maximum=2.0)
    assert wide.high == pytest.approx(1.1211, abs=1e-4)


def test_net_promoter_score_by_hand() -> None:
    """50 promoters, 20 detractors of 100: 30 points ± 1.96·√((0.7 - 0.09)/100) = ± 15.3."""
    found = net_promoter(50, 20, 100)

    assert (found.value, found.low, found.high) == pytest.approx((30, 14.69, 45.31), abs=0.01)


def test_one_observation_leaves_everything_open_and_none_is_nothing() -> None:
    assert mean(0.5, 0.25, 1) == Estimate(0.5, 0.0, 1.0, 1)
    assert mean(0, 0, 0) == proportion(0, 0) == net_promoter(0, 0, 0) == Estimate()


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_the_share_and_stays_between_zero_and_one(sample: tuple[int, int]) -> None:
    found = proportion(*sample)

    assert 0 <= found.low <= found.value + 1e-12
    assert found.value - 1e-12 <= found.high <= 1
