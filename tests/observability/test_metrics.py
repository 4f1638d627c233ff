"""What services tell Prometheus of a repair's story is what happened in it (P3)."""

import time

import pytest

from hearthline_cli.laptop import SERVICES
from servicekit.metrics.watch import Watch
from tests.observability.conftest import Observed
from tests.observability.naming import declared, exported_names, label_name
from tests.support.scraping import Scrape

KIT_LABELS = {"le"}


def settled(observed: Observed, *names: str) -> Scrape:
    """A scrape after the gauges were looked at once more."""
    loops = [thread.loop for name in names for thread in observed.services[name].running._threads]
    before = {watch: watch._seen_at for watch in loops if isinstance(watch, Watch)}
    assert len(before) == 2 * len(names)
    end = time.monotonic() + 20
    while any(watch._seen_at == at for watch, at in before.items()):
        assert time.monotonic() < end, "the gauges are not looked at"
        time.sleep(0.05)
    return observed.scrape(*names)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_exports_what_it_declares_with_these_labels_and_nothing_else(
    observed: Observed, service: str
) -> None:
    scrape = observed.scrape(service)
    known = {name: metric for metric in declared(service) for name in exported_names(metric)}
    ours = {name for name in scrape.names() if not name.startswith(("target_info", "python_", "process_"))}
    assert ours - known.keys() == set()
    for name in ours:
        allowed = {label_name(label) for label in known[name].labels} | KIT_LABELS
        assert scrape.labels(name) <= allowed, name


def test_everything_that_is_declared_is_exported_by_somebody(observed: Observed) -> None:
    names = observed.scrape().names()
    metrics = {metric.name: metric for service in SERVICES for metric in declared(service)}
    silent = [metric.name for metric in metrics.values() if not set(exported_names(metric)) & names]
    assert silent == []


def test_calls_are_counted_by_method_and_outcome(observed: Observed) -> None:
    scrape = observed.scrape("workorders")
    count, service = "rpc_server_call_duration_seconds_count", "hearthline.workorders.v1.WorkOrderService"
    assert scrape.by("rpc_status_code", count, rpc_method=f"{service}/StartWorkOrder") == {
        "OK": 1,
        "FAILED_PRECONDITION": 1,
    }
    assert scrape.total(count, rpc_method=f"{service}/StartWorkOrder", error_type="FAILED_PRECONDITION") == 1
    assert scrape.total(count, rpc_method="hearthline.workorders.v1.TicketService/CreateTicket") == 1
    assert (
        scrape.total("rpc_server_call_duration_seconds_bucket", rpc_method=f"{service}/CloseWorkOrder", le="+Inf") == 1
    )


def test_promises_are_kept_but_for_the_late_arrival(observed: Observed) -> None:
    scrape = observed.scrape("workorders")
    name = "hearthline_service_standards_total"
    urgent = {"standard": "standards/heat-2", "urgency": "urgent"}
    assert scrape.by("clock", name, outcome="broken", **urgent) == {"arrive": 1}
    assert scrape.by("clock", name, outcome="kept", **urgent) == dict.fromkeys(
        ("respond", "dispatch", "restore", "call_back"), 1
    )
    assert scrape.total("hearthline_dispatches_total", urgency="urgent", attempt="first") == 1
    assert scrape.total("hearthline_escalations_total", clock="arrive", level="crew_lead") == 1


def test_events_are_counted_from_outbox_to_effect(observed: Observed) -> None:
    scrape = settled(observed, "workorders", "notifications")
    sent = scrape.total("messaging_client_sent_messages_total", messaging_destination_name="hearthline.workorders.v1")
    to_tell = {"messaging_consumer_group_name": "notifications.triggers"}
    applied = {**to_tell, "messaging_destination_name": "hearthline.workorders.v1"}
    taken = scrape.total("messaging_process_duration_seconds_count", **applied)
    assert 0 < taken <= sent
    assert scrape.total("hearthline_event_delay_seconds_count", **applied) == taken
    assert scrape.total("hearthline_consumer_lag_events", **to_tell) == 0
    assert scrape.total("hearthline_outbox_events") == scrape.total("hearthline_outbox_oldest_age_seconds") == 0
    assert scrape.total("hearthline_dead_letters_total", **applied) == 0


def test_a_poisoned_event_is_a_dead_letter_of_each_that_wanted_it(observed: Observed) -> None:
    dead = observed.scrape().by("messaging_consumer_group_name", "hearthline_dead_letters_total")
    assert dead == {
        "complaints.surveys": 1,
        "customers.timeline": 1,
        "notifications.triggers": 1,
        "workorders.recovery": 1,
    }


def test_messages_surveys_complaints_and_payments_are_counted(observed: Observed) -> None:
    scrape = settled(observed, *SERVICES)
    assert scrape.total("hearthline_messages_total", channel="sms", state="DELIVERED") == scrape.total(
        "hearthline_messages_total", channel="sms", state="SENT"
    )
    assert scrape.by("score", "hearthline_survey_answers_total", via="link") == {"2": 1}
    stages = ("filed", "acknowledged", "assessed", "investigated", "responded", "decided", "closed")
    assert scrape.by("stage", "hearthline_complaints_total", channel="hotline") == dict.fromkeys(stages, 1)
    assert scrape.by("overdue", "hearthline_complaints_open", state="RECEIVED") == {"yes": 1}
    assert scrape.by("step", "hearthline_complaint_supervisions_total", clock="acknowledge")["criticism"] == 1
    assert scrape.total("hearthline_payments_total", state="posted") == 1
    assert scrape.by("reason", "hearthline_bank_events_quarantined_total", bank="icbc") == {"BAD_SIGNATURE": 1}


def test_the_pool_is_told_by_state(observed: Observed) -> None:
    scrape = observed.scrape("billing")
    states = {"db_client_connection_pool_name": "billing"}
    used, idle = (
        scrape.total("db_client_connection_count", db_client_connection_state=state, **states)
        for state in ("used", "idle")
    )
    assert 0 < used + idle <= scrape.total("db_client_connection_max", **states)
