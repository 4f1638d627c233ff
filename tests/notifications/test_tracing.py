"""One trace goes from what caused a message to the message, and on to those who are told (P3)."""

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import select

from notifications.bootstrap import service
from servicekit import telemetry
from servicekit.tables import outbox as events
from tests.notifications import facts

CAUSE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
TRACE = 0x0AF7651916CD43DD8448EB211C80319C


@pytest.fixture
def spans(monkeypatch):
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(telemetry, "_TRACER", provider.get_tracer("hearthline"))
    return exporter


def parent_of(span: ReadableSpan) -> int:
    assert span.parent
    return span.parent.span_id


def test_message_continues_the_trace_of_its_cause(start, spans):
    svc = start(service)
    record = facts.ticket()
    record.headers["traceparent"] = CAUSE  # type: ignore[index]  # a plain dict, as built
    svc.kit.eventlog.producer().publish([facts.customer(facts.sms()), record])
    svc.settle()
    of_trace = {s.name: s for s in spans.get_finished_spans() if s.context.trace_id == TRACE}
    processed, sent = of_trace["process hearthline.workorders.v1"], of_trace["send sms"]
    assert parent_of(processed) == int(CAUSE.split("-")[2], 16)
    assert parent_of(sent) == processed.context.span_id
    assert sent.attributes["hearthline.outcome"] == "ACCEPTED"
    assert parent_of(of_trace["notification delivered"]) == processed.context.span_id
    with svc.kit.unit() as uow:
        (told,) = uow.rows(select(events))
    assert told.headers["traceparent"].split("-")[1] == f"{TRACE:032x}"


def test_each_message_of_a_batch_stays_in_its_own_trace(start, spans):
    svc = start(service, work=False)
    traces = []
    for number in (1, 2, 3):
        record = facts.ticket(number)
        traces.append(f"{number:032x}")
        record.headers["traceparent"] = f"00-{traces[-1]}-b7ad6b7169203331-01"  # type: ignore[index]
        svc.deliver([record])
    svc.deliver([facts.customer(facts.sms())])
    from notifications.sender import Sender

    Sender(svc.kit.settings).run_once(svc.kit)
    sent = [s for s in spans.get_finished_spans() if s.name == "send sms"]
    assert sorted(f"{s.context.trace_id:032x}" for s in sent) == traces
