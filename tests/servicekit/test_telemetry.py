"""What is logged about an event belongs to the event's trace, also when its span has ended."""

from servicekit.telemetry import current_trace_id, sampled_trace, within


def test_within_a_trace_its_id_is_the_current_one() -> None:
    traceparent = sampled_trace()
    with within(traceparent):
        assert current_trace_id() == traceparent.split("-")[1]
    assert current_trace_id() == ""


def test_without_a_trace_there_is_none() -> None:
    with within(""):
        assert current_trace_id() == ""
