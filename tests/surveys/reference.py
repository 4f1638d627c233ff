"""The sums of an index computed the slow, obvious way, answer by answer: what SQL and domain are compared with."""

from collections.abc import Mapping, Sequence

from surveys.domain.factors import FactorTree
from surveys.domain.index import Sums


def sums_of(tree: FactorTree, answers: Sequence[Mapping[str, int]]) -> dict[str, Sums]:
    """From each answer's satisfaction in basis points by question id."""
    found = {}
    for factor in tree.factors:
        questions = [leaf.question for leaf in tree.leaves(factor.id)]
        totals = [sum(a[q] for q in questions if q in a) for a in answers]
        occurred = sum(any(q in a for q in questions) for a in answers)
        found[factor.id] = Sums(occurred, sum(totals), sum(total * total for total in totals))
    return found
