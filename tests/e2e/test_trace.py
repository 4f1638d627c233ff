"""P3: one trace from the call to the last SMS, every edge of it, on both event logs.

What the services export is received as OTLP and compared with the trees below: a span a line, below the span that
is its parent, in square brackets its kind. Spans that look alike and have the same parent are one line.
"""

import json
import time
from collections.abc import Iterable
from contextlib import suppress
from textwrap import indent

import pytest

from hearthline_cli.laptop import SERVICES
from hearthline_cli.otlp import Node, Receiver, Span
from tests.e2e.conftest import Told

pytestmark = pytest.mark.trace

WORKORDERS = "hearthline.workorders.v1"

ON_THE_TIMELINE = f"""\
workorders: send {WORKORDERS} [producer]
  customers: process {WORKORDERS} [consumer]
"""

# Whoever is told: the SMS is sent in the trace of what caused it, and so is the fact that it came.
SMS = """\
notifications: notification delivered [internal]
  notifications: send hearthline.notifications.v1 [producer]
    customers: process hearthline.notifications.v1 [consumer]
notifications: send sms [client]
"""

TOLD = f"""\
{ON_THE_TIMELINE}\
  notifications: process {WORKORDERS} [consumer]
{indent(SMS, "    ")}"""

CALL = f"""\
workorders: {WORKORDERS}.TicketService/CreateTicket [server]
{indent(TOLD, "  ")}\
    workorders: process {WORKORDERS} [consumer]
{indent(TOLD, "      ")}"""

REFUSED = f"workorders: {WORKORDERS}.WorkOrderService/StartWorkOrder [server]\n"


def step(rpc: str, below: str = ON_THE_TIMELINE) -> str:
    """A step of the crew, and what follows from it."""
    return f"workorders: {WORKORDERS}.WorkOrderService/{rpc} [server]\n{indent(below, '  ')}"


# The clock that was set when the crew was sent runs out on the way.
LATE = f"""\
{ON_THE_TIMELINE}\
workorders: timer work-order [internal]
{indent(TOLD, "  ")}"""

COMPLETED = f"""\
{TOLD}\
  surveys: process {WORKORDERS} [consumer]
    surveys: timer survey-delay [internal]
      surveys: send hearthline.surveys.v1 [producer]
        customers: process hearthline.surveys.v1 [consumer]
        notifications: process hearthline.surveys.v1 [consumer]
{indent(SMS, "          ")}"""

# Notifications notes that nobody need be told any more who comes.
ARRIVED = f"""\
{ON_THE_TIMELINE}\
  notifications: process {WORKORDERS} [consumer]
"""

# Notifications looks whether the answer was told already.
RESOLVED = f"""\
{ON_THE_TIMELINE}\
  notifications: process {WORKORDERS} [consumer]
  surveys: process {WORKORDERS} [consumer]
"""

# A low score: complaints judges it, workorders opens the recovery ticket.
ANSWERED = f"""\
surveys: hearthline.surveys.v1.SurveyService/RecordResponse [server]
  surveys: send hearthline.surveys.v1 [producer]
    complaints: process hearthline.surveys.v1 [consumer]
    customers: process hearthline.surveys.v1 [consumer]
    notifications: process hearthline.surveys.v1 [consumer]
    workorders: process hearthline.surveys.v1 [consumer]
{indent(TOLD, "      ")}\
        workorders: process {WORKORDERS} [consumer]
"""

EXPECTED = [
    CALL,
    REFUSED,
    step("AcknowledgeWorkOrder"),
    step("StartWorkOrderTravel", LATE),
    step("ArriveWorkOrder", ARRIVED),
    step("StartWorkOrder"),
    step("CompleteWorkOrder", COMPLETED),
    step("ConfirmWorkOrder"),
    step("CloseWorkOrder", RESOLVED),
    ANSWERED,
]


def drawn(nodes: Iterable[Node]) -> str:
    """The trees as text: those alike are one, siblings by name."""
    groups: dict[str, list[Node]] = {}
    for node in nodes:
        groups.setdefault(f"{node.span.service}: {node.span.name} [{node.span.kind}]", []).extend(node.children)
    return "".join(f"{label}\n{indent(drawn(children), '  ')}" for label, children in sorted(groups.items()))


def trace_of(told: Told) -> str:
    return told.story.traceparent.split("-")[1]


def by_call(receiver: Receiver, trace: str) -> list[str]:
    """Each root's tree, in the order of the calls."""
    return [drawn([root]) for root in sorted(receiver.tree(trace), key=lambda node: node.span.start_ns)]


@pytest.fixture(scope="session")
def spans(told: Told) -> list[Span]:
    """All spans of the trace, once all have come."""
    trace = trace_of(told)
    with suppress(AssertionError):  # the comparison below tells more
        told.spans.wait_for(lambda receiver: by_call(receiver, trace) == EXPECTED, patience_s=10)
    return told.spans.spans(trace)


def test_every_edge_is_there_and_no_other(told: Told, spans: list[Span]) -> None:
    assert by_call(told.spans, trace_of(told)) == EXPECTED


def test_only_what_the_caller_called_has_a_parent_outside(told: Told, spans: list[Span]) -> None:
    caller, ours = told.story.traceparent.split("-")[2], {span.id for span in spans}
    outside = {(span.kind, span.parent) for span in spans if span.parent not in ours}
    assert outside == {("server", caller)}


def test_spans_say_what_the_conventions_ask_for(told: Told, spans: list[Span]) -> None:
    system = told.log.system
    for span in spans:
        verb, _, rest = span.name.partition(" ")
        if span.kind == "server":
            assert dict(span.attributes).items() >= {"rpc.system.name": "grpc", "rpc.method": span.name}.items()
        elif span.kind in ("producer", "consumer"):
            assert verb == {"producer": "send", "consumer": "process"}[span.kind]
            assert dict(span.attributes).items() >= messaging(system, verb, rest).items()
        if span.kind == "consumer":
            assert str(span.attributes["messaging.consumer.group.name"]).startswith(f"{span.service}.")
            assert isinstance(span.attributes[f"messaging.{system}.offset"], int)
        if span.kind == "client":
            assert span.attributes["hearthline.outcome"] == "ACCEPTED"


def messaging(system: str, verb: str, topic: str) -> dict[str, object]:
    return {
        "messaging.system": system,
        "messaging.destination.name": topic,
        "messaging.operation.name": verb,
        "messaging.operation.type": verb,
    }


def test_only_the_refused_call_failed(spans: list[Span]) -> None:
    failed = [(span.name, span.attributes["error.type"]) for span in spans if span.failed]
    assert failed == [(f"{WORKORDERS}.WorkOrderService/StartWorkOrder", "FailedPrecondition")]


def test_nothing_happens_before_what_caused_it(told: Told, spans: list[Span]) -> None:
    for root in told.spans.tree(trace_of(told)):
        for node in root.walk():
            assert all(child.span.start_ns >= node.span.start_ns for child in node.children)


def test_log_lines_of_the_trace_carry_its_ids(told: Told, spans: list[Span]) -> None:
    ours = {(span.service, span.id): span.name for span in spans}
    lines = [
        json.loads(line)
        for service in SERVICES
        for line in told.laptop.log_file(service).read_text().splitlines()
        if line.startswith("{")
    ]
    about = [line for line in lines if line.get("trace_id") == trace_of(told)]
    assert [(line["event"], ours[line["service"], line["span_id"]]) for line in about] == [
        ("call refused", f"{WORKORDERS}.WorkOrderService/StartWorkOrder")
    ]
    # Kafka's library warns of what no trace is about.
    outside = {line["event"] for line in lines if "trace_id" not in line and line["level"] == "info"}
    assert outside == {"serving"}


def test_the_durations_of_calls_and_events_lead_to_the_trace(told: Told) -> None:
    """As exemplars, pushed every second; each is told with the first push after it."""
    trace = trace_of(told)
    led = told.spans.metrics.traces
    wanted = {("workorders", "rpc.server.call.duration"), ("notifications", "messaging.process.duration")}
    end = time.monotonic() + 20
    while not all(trace in led.get(each, ()) for each in wanted):
        assert time.monotonic() < end, led.keys()
        time.sleep(0.1)
