"""Many examples of a strategy, the same ones for the same seed."""

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

_DRAW = settings(phases=[Phase.generate], database=None, deadline=None, suppress_health_check=list(HealthCheck))


def draw_each(strategy: SearchStrategy[Any], count: int, start: int, take: Callable[[Any], object]) -> None:
    """Gives each of them to `take`. Nothing is shrunk, for what an input does depends on those before it."""

    @seed(start)
    @settings(_DRAW, max_examples=count)
    @given(strategy)
    def once(value: Any) -> None:
        take(value)

    once()
