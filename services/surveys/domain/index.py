"""The service index (服务指数) of seed 002, estimated from answers (V4).

The seed: a basic factor has Si = Pi·Ci, Pi the frequency of the event that the service factor causes, Ci the
satisfaction it leads to; a composite factor at level j has Sj = ΣS(j+1)i = ΣP(j+1)i·C(j+1)i over the factors of
the next level. Of N answers in the period, for answer k and basic factor i:

- the factor's event occurred when the customer had something to say of it, that is, answered its question
  (branching hides the questions of what did not happen): Pi = (answers with i) / N;
- the consequence is the mean satisfaction where it occurred, 0 (worst) to 1 (best): Ci;
- with x(i,k) the satisfaction, and 0 where the event did not occur, Si = Pi·Ci = Σk x(i,k) / N.

A composite factor occurred when any basic factor below it did (P), and Sj is the plain sum of its children's S,
level by level, never divided by the sum of P: sibling events neither exclude each other nor cover everything, so
their P need not sum to 1, and Sj lies between 0 and the number of basic factors below. Its C is Sj/P, so that
S = P·C holds at every level and the sum over children is the sum of their P·C, as the seed writes it.

The raw Sj of trees of different size cannot be compared; `normalised` = Sj / ΣPi over the basic factors below is the
mean satisfaction of an event, 0 to 1 (0 when nothing occurred).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from surveys.domain.answering import FULL
from surveys.domain.estimate import Estimate, mean, proportion
from surveys.domain.factors import Factor, FactorTree


@dataclass(frozen=True, slots=True)
class Sums:
    """Over all answers, of one factor: answers in which it occurred, and the sum and the sum of squares of
    each answer's total satisfaction with it, in basis points."""

    occurrences: int = 0
    total: int = 0
    squares: int = 0


@dataclass(frozen=True, slots=True)
class FactorIndex:
    """P, C and S of one factor, each with its 95 % interval, and the normalised index."""

    factor: Factor
    level: int
    occurrences: int
    probability: Estimate
    consequence: Estimate
    index: Estimate
    normalised: float


def service_index(tree: FactorTree, answers: int, sums: Mapping[str, Sums]) -> list[FactorIndex]:
    """The index of every factor in the tree's order, from the number of answers and each factor's sums."""
    return [_of(tree, factor, answers, sums) for factor in tree.factors]


def _of(tree: FactorTree, factor: Factor, answers: int, sums: Mapping[str, Sums]) -> FactorIndex:
    leaves = tree.leaves(factor.id)
    own = sums.get(factor.id, Sums())
    total, squares, most = own.total / FULL, own.squares / FULL**2, float(len(leaves))
    events = sum(sums.get(leaf.id, Sums()).occurrences for leaf in leaves)
    return FactorIndex(
        factor=factor,
        level=tree.level(factor),
        occurrences=own.occurrences,
        probability=proportion(own.occurrences, answers),
        consequence=mean(total, squares, own.occurrences, most),
        index=mean(total, squares, answers, most),
        normalised=total / events if events else 0.0,
    )
