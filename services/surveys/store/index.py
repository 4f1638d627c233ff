"""The sums behind indexes and statistics, added up by the database in one scan (V3, V4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Row, and_, case, func, or_, select

from servicekit.uow import UnitOfWork
from surveys.domain.factors import FactorTree
from surveys.domain.index import Sums
from surveys.domain.survey import State, Via
from surveys.store.tables import feedback, occasions, responses, surveys


@dataclass(frozen=True, slots=True)
class Slice:
    """Answers given from `start` on and before `end`; an empty field does not narrow."""

    start: datetime
    end: datetime
    business_type: str = ""
    commodity: str = ""
    cell_id: str = ""


@dataclass(frozen=True, slots=True)
class Totals:
    """What the answers of a slice add up to."""

    answers: int
    score_sum: int
    score_squares: int
    satisfied: int  # overall satisfaction 4 or 5
    recommending: int  # answered the NPS question
    promoters: int
    detractors: int
    factors: dict[str, Sums]


def totals(uow: UnitOfWork, tree: FactorTree, part: Slice) -> Totals:
    """One pass over the slice's answers, however many there are."""
    leaves = [factor for factor in tree.factors if factor.question]
    chosen = select(
        responses.c.score,
        responses.c.recommendation,
        *(
            responses.c.satisfaction[leaf.question].astext.cast(BigInteger).label(f"x{place}")
            for place, leaf in enumerate(leaves)
        ),
    ).where(*_within(part))
    # OFFSET 0 keeps PostgreSQL from reading the JSON again for every sum.
    given = chosen.offset(0).subquery()
    satisfaction = {leaf.id: given.c[f"x{place}"] for place, leaf in enumerate(leaves)}
    columns: list[ColumnElement[Any]] = [
        func.count(),
        func.coalesce(func.sum(given.c.score), 0),
        func.coalesce(func.sum(given.c.score * given.c.score), 0),
        func.count().filter(given.c.score >= 4),
        func.count(given.c.recommendation),
        func.count().filter(given.c.recommendation >= 9),
        func.count().filter(given.c.recommendation <= 6),
    ]
    for factor in tree.factors:
        columns += _sums([satisfaction[leaf.id] for leaf in tree.leaves(factor.id)])
    values = [int(value) for value in uow.rows(select(*columns))[0]]
    answers, score_sum, score_squares, satisfied, recommending, promoters, detractors = values[:7]
    factors = {f.id: Sums(*values[7 + 3 * place : 10 + 3 * place]) for place, f in enumerate(tree.factors)}
    return Totals(answers, score_sum, score_squares, satisfied, recommending, promoters, detractors, factors)


def _within(part: Slice) -> list[ColumnElement[bool]]:
    narrowed = (
        (responses.c.business_type, part.business_type),
        (responses.c.commodity, part.commodity),
        (responses.c.cell_id, part.cell_id),
    )
    period = and_(responses.c.respond_time >= part.start, responses.c.respond_time < part.end)
    return [period, *(column == value for column, value in narrowed if value)]


def _sums(leaves: Sequence[ColumnElement[Any]]) -> list[ColumnElement[Any]]:
    """Answers in which any of the leaves occurred, and sum and sum of squares of each answer's total."""
    total = sum((func.coalesce(leaf, 0) for leaf in leaves[1:]), start=func.coalesce(leaves[0], 0))
    occurred = or_(*(leaf.is_not(None) for leaf in leaves))
    return [
        func.count().filter(occurred),
        func.coalesce(func.sum(total), 0),
        func.coalesce(func.sum(total * total), 0),
    ]


def invitations(uow: UnitOfWork, start: datetime, end: datetime) -> Sequence[Row[Any]]:
    """Per business type, what came of the surveys invited in the period."""

    def count(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
        return func.count(case((and_(*conditions), 1)))

    told = select(feedback.c.event_id).where(feedback.c.survey_id == surveys.c.id).exists()
    answer = responses.c
    query = (
        select(
            surveys.c.business_type,
            func.count().label("invited"),
            count(surveys.c.state == State.ANSWERED).label("answered"),
            count(answer.via == Via.LINK).label("by_link"),
            count(answer.via == Via.AGENT).label("by_agent"),
            count(surveys.c.state == State.REFUSED).label("refused"),
            count(surveys.c.state == State.EXPIRED).label("expired"),
            count(surveys.c.state == State.INVITED).label("open"),
            func.sum(surveys.c.attempts).label("attempts"),
            count(surveys.c.state == State.EXPIRED, surveys.c.attempts > 0).label("unreached"),
            count(answer.low_score).label("low_score"),
            count(answer.complaint_wanted).label("complaint_wanted"),
            count(or_(answer.low_score, answer.complaint_wanted), told).label("answered_back"),
        )
        .select_from(surveys.outerjoin(responses, answer.survey_id == surveys.c.id))
        .where(surveys.c.invite_time >= start, surveys.c.invite_time < end)
        .group_by(surveys.c.business_type)
        .order_by(surveys.c.business_type)
    )
    return uow.rows(query)


def outcomes(uow: UnitOfWork, start: datetime, end: datetime) -> dict[str, int]:
    """How many occasions of the period came to which outcome."""
    query = (
        select(occasions.c.outcome, func.count().label("number"))
        .where(occasions.c.occur_time >= start, occasions.c.occur_time < end)
        .group_by(occasions.c.outcome)
    )
    return {row.outcome: row.number for row in uow.rows(query)}
