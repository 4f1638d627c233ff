"""Six real services in this process that have told a repair's whole story, and what they tell Prometheus of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from importlib import import_module

import pytest

from hearthline.billing.v1 import payments_pb2
from hearthline.billing.v1.events_pb2 import MinorUnits
from hearthline.complaints.v1 import complaints_pb2
from hearthline.customers.v1 import interactions_pb2
from hearthline.surveys.v1.events_pb2 import SurveyResponseRecorded
from hearthline_cli.laptop import SERVICES
from servicekit.eventlog import EventLog, Record
from tests.e2e.story import CUSTOMER, Story
from tests.support.postgres import Databases
from tests.support.running import RunningService, Starter, fact
from tests.support.scraping import Scrape


@dataclass(frozen=True, slots=True)
class Observed:
    """Services that still run, after the story."""

    services: Mapping[str, RunningService]

    def scrape(self, *names: str) -> Scrape:
        """What these services tell now, or all of them."""
        return Scrape.of(*(self.services[name].kit.metrics.port for name in names or self.services))


def tell_the_rest(story: Story, log: EventLog) -> None:
    """What a good day has none of: a call about a bill, a refund, broken events, a complaint that is let lie."""
    platform = story.platform
    call = interactions_pb2.RecordInteractionRequest(customer=CUSTOMER, channel="hotline", agent="1007", summary="账单")
    platform.interactions.RecordInteraction(call)
    (payment,) = platform.payments.ListPayments(payments_pb2.ListPaymentsRequest()).payments
    back = MinorUnits(amount=100, currency_code="CNY")
    platform.payments.RefundPayment(payments_pb2.RefundPaymentRequest(name=payment.name, amount=back, reason="多收"))
    poison = replace(fact(SurveyResponseRecorded(), "surveys", "surveys/poison"), value=b"no protobuf")
    log.producer().publish([Record("hearthline.bank.icbc.payments.v1", "broken", b"no JSON"), poison])
    platform.complaints.FileComplaint(
        complaints_pb2.FileComplaintRequest(
            subject="没人理", customer=CUSTOMER, channel="12345", severity="grave", external_number="2026-1"
        )
    )
    story.pass_(timedelta(days=30))


@pytest.fixture(scope="session")
def observed(databases: Databases, migrated_templates: dict[str, str]) -> Iterator[Observed]:
    """One repair, told with every endpoint on."""
    start = Starter(databases, migrated_templates)
    try:
        services = {
            name: start(
                import_module(f"{name}.bootstrap").service, metrics_listen="127.0.0.1:0", metrics_watch_seconds=0.2
            )
            for name in SERVICES
        }
        story = Story({name: service.target for name, service in services.items()}, start.eventlog, start.clock)
        story.tell()
        tell_the_rest(story, start.eventlog)
        yield Observed(services)
        story.close()
    finally:
        start.stop()
