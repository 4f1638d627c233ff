"""V4: the season's report tells how good an index is, and says nothing where nobody said anything."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from hearthline.surveys.v1 import index_pb2 as pb
from hearthline_cli.season.opinions import NOTHING, estimated, factor_rows
from hearthline_cli.season.report import Findings, _opinions

SHAPE = (  # factor, parent, level, basic factors at or below it
    ("service", "", 0, 4),
    ("efficiency", "service", 1, 3),
    ("arrival", "efficiency", 2, 1),
    ("repair", "efficiency", 2, 1),
    ("waiting", "efficiency", 2, 1),
    ("attitude", "service", 1, 1),
)


def factors(*occurred: int, index: float = 0.5, normalised: float = 0.25) -> list[pb.FactorIndex]:
    return [
        pb.FactorIndex(
            factor_id=factor,
            parent=parent,
            level=level,
            occurrence_count=count,
            index=pb.Estimate(value=index, sample_size=9),
            normalised_index=normalised,
        )
        for (factor, parent, level, _), count in zip(SHAPE, occurred, strict=True)
    ]


def test_s_is_printed_with_what_it_could_reach_and_the_normalised_index() -> None:
    assert [*factor_rows(factors(7, 6, 5, 0, 3, 1_200))] == [
        ("index service", "0.500 of 4, normalised 0.250", "7"),
        ("  index efficiency", "0.500 of 3, normalised 0.250", "6"),
        ("    index arrival", "0.500 of 1, normalised 0.250", "5"),
        ("    index repair", NOTHING, "0"),
        ("    index waiting", "0.500 of 1, normalised 0.250", "3"),
        ("  index attitude", "0.500 of 1, normalised 0.250", "1,200"),
    ]


@settings(deadline=None)  # what a busy machine needs for it says nothing of the rule
@given(st.lists(st.integers(0, 5), min_size=6, max_size=6), st.floats(0, 1), st.floats(0, 1))
def test_nothing_is_printed_exactly_where_no_answer_spoke(counts: list[int], index: float, normalised: float) -> None:
    rows = [*factor_rows(factors(*counts, index=index, normalised=normalised))]

    assert [said == NOTHING for _, said, _ in rows] == [count == 0 for count in counts]
    told = [(said, most) for (_, said, _), (*_, most) in zip(rows, SHAPE, strict=True) if said != NOTHING]
    assert [said for said, most in told if f" of {most}," not in said] == []


def test_the_worst_that_was_said_is_not_nothing() -> None:
    assert next(factor_rows(factors(1, 0, 0, 0, 0, 0, index=0, normalised=0)))[1] == "0.000 of 4, normalised 0.000"


@pytest.mark.parametrize(
    ("estimate", "interval", "text"),
    [
        (pb.Estimate(), True, NOTHING),
        (pb.Estimate(), False, NOTHING),
        (pb.Estimate(value=0, low=0, high=0.2, sample_size=3), True, "0.0% (0.0% to 20.0%)"),
        (pb.Estimate(value=0, low=0, high=0.2, sample_size=3), False, "0.0%"),
        (pb.Estimate(value=0.5, low=0.25, high=0.75, sample_size=1), True, "50.0% (25.0% to 75.0%)"),
    ],
)
def test_an_estimate_without_a_sample_is_nothing(estimate: pb.Estimate, interval: bool, text: str) -> None:
    assert estimated(estimate, "{:.1%}".format, interval=interval) == text


def test_a_season_without_a_single_answer_prints_no_nought_as_an_opinion() -> None:
    found = Findings.__new__(Findings)
    found.surveys = pb.SurveyStatistics()
    found.index = pb.SatisfactionIndex(factors=factors(0, 0, 0, 0, 0, 0, index=0, normalised=0))
    console = Console(width=120)
    with console.capture() as shown:
        console.print(_opinions(found))

    assert re.findall(r"0[.]0+|[+-]0", shown.get()) == []
    assert shown.get().count(NOTHING) == 4 + len(SHAPE)
