"""Many examples of a strategy, the same ones for the same seed."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

_DRAW = settings(phases=[Phase.generate], database=None, deadline=None, suppress_health_check=list(HealthCheck))
_RANDOMS = st.randoms(use_true_random=True)

T = TypeVar("T")


class Hand:
    """Draws by strategies, and fair chances beside.

    A number that Hypothesis draws is one of the ends of its range, or another one of note, far more often than chance
    would have it: a message with a chance in 32 for each field to be odd would hardly ever be without.
    """

    def __init__(self, draw: DrawFn) -> None:
        self._draw = draw
        self._random = draw(_RANDOMS)

    def __call__(self, strategy: SearchStrategy[T]) -> T:
        """An example of the strategy."""
        return self._draw(strategy)

    def below(self, limit: int) -> int:
        """From 0 on, each as likely as the other."""
        return self._random.randrange(limit)

    def one_of(self, choices: Sequence[T]) -> T:
        """Each as likely as the other."""
        return self._random.choice(choices)


def draw_each(strategy: SearchStrategy[Any], count: int, start: int, take: Callable[[Any], object]) -> None:
    """Gives each of them to `take`. Nothing is shrunk, for what an input does depends on those before it."""

    @seed(start)
    @settings(_DRAW, max_examples=count)
    @given(strategy)
    def once(value: Any) -> None:
        take(value)

    once()
