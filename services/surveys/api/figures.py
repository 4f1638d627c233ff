"""Indexes, statistics and factor trees as their callers see them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from hearthline.surveys.v1 import index_pb2 as pb
from servicekit.times import to_timestamp
from surveys.api.texts import text_to_proto
from surveys.domain.estimate import Estimate, mean, net_promoter, proportion
from surveys.domain.factors import FactorTree
from surveys.domain.index import FactorIndex, service_index
from surveys.store.index import Slice, Totals

_COUNTS = (
    "invited",
    "answered",
    "refused",
    "expired",
    "open",
    "unreached",
    "low_score",
    "complaint_wanted",
    "answered_back",
)


def tree_to_proto(tree: FactorTree) -> pb.FactorTree:
    return pb.FactorTree(
        name=tree.name,
        code=tree.code,
        version=tree.version,
        factors=[
            pb.Factor(
                factor_id=factor.id,
                parent=factor.parent,
                display_name=text_to_proto(factor.display_name),
                question=factor.question,
            )
            for factor in tree.factors
        ],
        create_time=to_timestamp(tree.create_time),
    )


def index_to_proto(tree: FactorTree, part: Slice, found: Totals) -> pb.SatisfactionIndex:
    return pb.SatisfactionIndex(
        start_time=to_timestamp(part.start),
        end_time=to_timestamp(part.end),
        factor_tree=tree.name,
        answer_count=found.answers,
        factors=[_factor(each) for each in service_index(tree, found.answers, found.factors)],
        csat=_estimate(proportion(found.satisfied, found.answers)),
        nps=_estimate(net_promoter(found.promoters, found.detractors, found.recommending)),
        mean_score=_estimate(mean(found.score_sum, found.score_squares, found.answers, minimum=1.0, maximum=5.0)),
    )


def _factor(index: FactorIndex) -> pb.FactorIndex:
    return pb.FactorIndex(
        factor_id=index.factor.id,
        parent=index.factor.parent,
        display_name=text_to_proto(index.factor.display_name),
        level=index.level,
        occurrence_count=index.occurrences,
        probability=_estimate(index.probability),
        consequence=_estimate(index.consequence),
        index=_estimate(index.index),
        normalised_index=index.normalised,
    )


def _estimate(estimate: Estimate) -> pb.Estimate:
    return pb.Estimate(value=estimate.value, low=estimate.low, high=estimate.high, sample_size=estimate.sample_size)


def statistics_to_proto(
    start: datetime, end: datetime, rows: Sequence[Row[Any]], outcomes: Mapping[str, int]
) -> pb.SurveyStatistics:
    counts = [{key: int(value) for key, value in row._mapping.items() if key != "business_type"} for row in rows]
    total = {key: sum(each[key] for each in counts) for key in counts[0]} if counts else {}
    return pb.SurveyStatistics(
        start_time=to_timestamp(start),
        end_time=to_timestamp(end),
        total=_invitations("", total),
        by_business_type=[_invitations(row.business_type, each) for row, each in zip(rows, counts, strict=True)],
        occasions=outcomes,
    )


def _invitations(business_type: str, counts: Mapping[str, int]) -> pb.InvitationStatistics:
    message = pb.InvitationStatistics(
        business_type=business_type,
        answered_by_link_count=counts.get("by_link", 0),
        answered_by_agent_count=counts.get("by_agent", 0),
        attempt_count=counts.get("attempts", 0),
        response_rate=_estimate(proportion(counts.get("answered", 0), counts.get("invited", 0))),
    )
    for name in _COUNTS:
        setattr(message, f"{name}_count", counts.get(name, 0))
    return message
