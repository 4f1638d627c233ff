"""V4: the service index of seed 002, Si = Pi·Ci and Sj = ΣS(j+1)i, with an example worked by hand."""

import random
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.errors import InvalidArgument
from surveys.domain.factors import FactorTree
from surveys.domain.index import FactorIndex, service_index
from tests.surveys.builders import tree
from tests.surveys.reference import sums_of

TREE = tree(
    ("service", "", ""),
    ("efficiency", "service", ""),
    ("arrival", "efficiency", "arrival"),
    ("repair", "efficiency", "repair"),
    ("attitude", "service", "attitude"),
)
QUESTIONS = ("arrival", "repair", "attitude")

Answers = Sequence[Mapping[str, int]]
answers_of = st.lists(
    st.dictionaries(st.sampled_from(QUESTIONS), st.sampled_from([0, 2_500, 5_000, 7_500, 10_000])),
    min_size=1,
    max_size=30,
)


def index_of(answers: Answers, factors: FactorTree = TREE) -> dict[str, FactorIndex]:
    return {i.factor.id: i for i in service_index(factors, len(answers), sums_of(factors, answers))}


def test_the_example_worked_by_hand() -> None:
    """Four answers on a scale of 1 to 5 (satisfaction 0, ¼, ½, ¾, 1):

        answer   arrival   repair   attitude
        1        5 (1)     4 (¾)    5 (1)
        2        3 (½)     -        4 (¾)
        3        -         -        5 (1)
        4        1 (0)     2 (¼)    -

    arrival: P = 3/4, C = (1 + ½ + 0)/3 = ½, S = 3/8 = 0.375
    repair:  P = 2/4, C = (¾ + ¼)/2 = ½,     S = 1/4 = 0.25
    attitude: P = 3/4, C = (1 + ¾ + 1)/3 = 11/12, S = 11/16 = 0.6875
    efficiency (level 1): S = 0.375 + 0.25 = 0.625; occurred in answers 1, 2, 4: P = 3/4, C = 0.625/0.75 = 5/6
    service (level 0): S = 0.625 + 0.6875 = 1.3125; P = 1, C = 1.3125
    normalised: efficiency 0.625/(3/4 + 2/4) = 0.5; service 1.3125/(3/4 + 2/4 + 3/4) = 0.65625
    """
    found = index_of(
        [
            {"arrival": 10_000, "repair": 7_500, "attitude": 10_000},
            {"arrival": 5_000, "attitude": 7_500},
            {"attitude": 10_000},
            {"arrival": 0, "repair": 2_500},
        ]
    )

    expected = {
        "arrival": (2, 3 / 4, 1 / 2, 0.375, 0.5),
        "repair": (2, 2 / 4, 1 / 2, 0.25, 0.5),
        "attitude": (1, 3 / 4, 11 / 12, 0.6875, 11 / 12),
        "efficiency": (1, 3 / 4, 5 / 6, 0.625, 0.5),
        "service": (0, 1.0, 1.3125, 1.3125, 0.65625),
    }
    for factor, values in expected.items():
        i = found[factor]
        assert (i.level, i.probability.value, i.consequence.value, i.index.value, i.normalised) == pytest.approx(values)


@given(answers_of)
def test_s_is_p_times_c_and_the_sum_of_the_level_below(answers: Answers) -> None:
    found = index_of(answers)

    for factor in TREE.factors:
        i = found[factor.id]
        assert i.index.value == pytest.approx(i.probability.value * i.consequence.value)
        below = TREE.children(factor.id)
        if below:
            parts = [found[child.id] for child in below]
            assert i.index.value == pytest.approx(sum(p.index.value for p in parts))
            assert i.index.value == pytest.approx(sum(p.probability.value * p.consequence.value for p in parts))


@given(answers_of)
def test_every_value_and_interval_is_bounded(answers: Answers) -> None:
    for factor, i in index_of(answers).items():
        leaves = len(TREE.leaves(factor))
        assert 0 <= i.index.low <= i.index.value + 1e-12
        assert i.index.value - 1e-12 <= i.index.high <= leaves
        assert 0 <= i.probability.low <= i.probability.high <= 1
        assert 0 <= i.consequence.value <= leaves
        assert 0 <= i.normalised <= 1


@given(answers_of, st.data())
def test_a_better_answer_never_lowers_any_index(answers: Answers, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(answers) - 1))
    question = data.draw(st.sampled_from(QUESTIONS))
    if question not in answers[place]:
        return
    raised = dict(answers[place]) | {question: min(10_000, answers[place][question] + 2_500)}
    better = index_of([*answers[:place], raised, *answers[place + 1 :]])

    for factor, i in index_of(answers).items():
        assert better[factor].index.value >= i.index.value
        assert better[factor].normalised >= i.normalised


@given(answers_of, st.randoms(use_true_random=False))
def test_the_order_of_the_answers_does_not_matter(answers: Answers, chance: random.Random) -> None:
    shuffled = list(answers)
    chance.shuffle(shuffled)

    assert index_of(shuffled) == index_of(answers)


def test_no_answers_give_an_index_of_nothing_and_no_division_by_zero() -> None:
    for i in service_index(TREE, 0, {}):
        assert (i.index.value, i.index.sample_size, i.normalised) == (0, 0, 0)


@pytest.mark.parametrize(
    ("factors", "field"),
    [
        ([("a", "", "q"), ("b", "", "r")], "factor_tree.factors"),
        ([("a", "", ""), ("b", "x", "q")], "factor_tree.factors[1].parent"),
        ([("a", "", ""), ("b", "a", "q"), ("b", "a", "r")], "factor_tree.factors"),
        ([("a", "", "q"), ("b", "c", ""), ("c", "b", "")], "factor_tree.factors[1].parent"),
        ([("a", "", "q"), ("b", "a", "r")], "factor_tree.factors[0].question"),
        ([("a", "", ""), ("b", "a", "")], "factor_tree.factors[1].question"),
        ([("a", "", ""), ("b", "a", "q"), ("c", "a", "q")], "factor_tree.factors[2].question"),
    ],
)
def test_what_is_no_tree_of_factors_is_refused(factors: list[tuple[str, str, str]], field: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        tree(*factors).check()

    assert field in [named for named, _ in caught.value.violations]
