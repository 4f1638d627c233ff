"""What customers thought, as the season's report prints it."""

from collections.abc import Callable, Iterator, Sequence

from hearthline.surveys.v1 import index_pb2

NOTHING = "–"
"""Stands where nobody said anything: a nought would be read as the worst that can be."""


def estimated(estimate: index_pb2.Estimate, text: Callable[[float], str], *, interval: bool = True) -> str:
    """The value, and how far it is sure; nothing without a sample."""
    if not estimate.sample_size:
        return NOTHING
    value = text(estimate.value)
    return f"{value} ({text(estimate.low)} to {text(estimate.high)})" if interval else value


def factor_rows(factors: Sequence[index_pb2.FactorIndex]) -> Iterator[tuple[str, str, str]]:
    """Of each factor its S, what S could reach and the normalised index; and in how many answers it occurred.

    S is a sum, never divided, so that each basic factor below brings one at most (docs/adr/0007): without that number
    nobody can tell a good S from a bad one.
    """
    for factor in factors:
        name = f"{'  ' * factor.level}index {factor.factor_id}"
        said = NOTHING
        if factor.occurrence_count:
            most = _basic_below(factor.factor_id, factors)
            said = f"{factor.index.value:.3f} of {most}, normalised {factor.normalised_index:.3f}"
        yield name, said, f"{factor.occurrence_count:,}"


def _basic_below(factor: str, factors: Sequence[index_pb2.FactorIndex]) -> int:
    below = [each.factor_id for each in factors if each.parent == factor]
    return sum(_basic_below(each, factors) for each in below) if below else 1
