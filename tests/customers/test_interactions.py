"""Calls and visits: who took them first, and when people come (C7)."""

from datetime import timedelta

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from hearthline.customers.v1 import interactions_pb2
from servicekit.times import to_timestamp
from tests.customers.calls import open_desk, person, refusal
from tests.support.running import MORNING, Starter


def test_the_first_contact_owner_is_kept(start: Starter) -> None:
    desk = open_desk(start)
    desk.customers.CreateCustomer(person("c1"))
    call = interactions_pb2.RecordInteractionRequest(
        channel="hotline",
        contact_address="138 0013 8000",
        agent="staff/1007",
        summary="暖气不热",
        confirmed_facts=["三单元502"],
        queue_seconds=12,
    )
    recorded = desk.interactions.RecordInteraction(call)
    assert (recorded.customer, recorded.first_contact_owner) == ("customers/c1", "staff/1007")
    call.agent = ""
    with pytest.raises(grpc.RpcError) as refused:
        desk.interactions.RecordInteraction(call)
    assert "agent" in refusal(refused.value)[1]
    call.outcome = interactions_pb2.Interaction.OUTCOME_ABANDONED
    assert desk.interactions.RecordInteraction(call).outcome == call.outcome
    given_up = interactions_pb2.ListInteractionsRequest(filter='outcome = "ABANDONED" AND customer = "customers/c1"')
    assert [i.queue_seconds for i in desk.interactions.ListInteractions(given_up).interactions] == [12]


def test_calls_are_counted_by_the_hour_of_the_week(start: Starter) -> None:
    desk = open_desk(start)
    monday_nine = MORNING - timedelta(days=3)
    outcome = interactions_pb2.Interaction
    for minutes, channel, ended, queue in (
        (0, "hotline", outcome.OUTCOME_ANSWERED, 12),
        (59, "hotline", outcome.OUTCOME_ABANDONED, 300),
        (60, "hotline", outcome.OUTCOME_OFFERED, 1),
        (5, "counter", outcome.OUTCOME_ANSWERED, 0),
        (7 * 1440, "hotline", outcome.OUTCOME_ANSWERED, 9),
    ):
        at = to_timestamp(monday_nine - timedelta(days=7) + timedelta(minutes=minutes))
        call = interactions_pb2.RecordInteractionRequest(
            channel=channel, agent="staff/1", outcome=ended, queue_seconds=queue, occur_time=at
        )
        desk.interactions.RecordInteraction(call)
    first_week = interactions_pb2.GetInteractionStatisticsRequest(end_time=to_timestamp(monday_nine))
    told = desk.interactions.GetInteractionStatistics(first_week)
    assert [(r.channel, r.weekday, r.hour, r.offered, r.answered, r.abandoned) for r in told.rows] == [
        ("counter", 1, 9, 0, 1, 0),
        ("hotline", 1, 9, 0, 1, 1),
        ("hotline", 1, 10, 1, 0, 0),
    ]
    assert [(r.queue_seconds, r.longest_queue_seconds) for r in told.rows] == [(0, 0), (312, 300), (1, 1)]
    every = desk.interactions.GetInteractionStatistics(interactions_pb2.GetInteractionStatisticsRequest())
    assert (told.total, every.total) == (4, 5)
    beyond = interactions_pb2.GetInteractionStatisticsRequest(end_time=Timestamp(seconds=10**15))
    with pytest.raises(grpc.RpcError) as refused:
        desk.interactions.GetInteractionStatistics(beyond)
    assert "end_time" in refusal(refused.value)[1]


def test_an_interaction_in_the_future_is_refused(start: Starter) -> None:
    desk = open_desk(start)
    call = interactions_pb2.RecordInteractionRequest(
        channel="hotline", agent="staff/1", occur_time=to_timestamp(MORNING + timedelta(days=1))
    )
    with pytest.raises(grpc.RpcError) as refused:
        desk.interactions.RecordInteraction(call)
    assert "occur_time" in refusal(refused.value)[1]
