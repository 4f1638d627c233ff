"""Every counter that an alert watches is told before the first event, so that the first burst of it alerts (P3)."""

import re
from importlib import import_module
from pathlib import Path

import pytest
import yaml

from billing.bootstrap import service as billing
from billing.domain.rejection import Reason
from hearthline_cli.laptop import SERVICES
from tests.observability.promql import Selector, parse, selectors
from tests.support.running import Starter
from tests.support.scraping import Scrape

ALERTS = Path(__file__).parents[2] / "deploy" / "helm" / "hearthline" / "observability" / "alerts"


def watched() -> list[tuple[str, Selector]]:
    """Counters by the alert that asks how fast they grow."""
    rules = [rule for path in sorted(ALERTS.glob("*.yaml")) for rule in yaml.safe_load(path.read_text())["rules"]]
    found = [(rule["alert"], each) for rule in rules for each in selectors(parse(rule["expr"]))]
    return [(alert, each) for alert, each in found if each.name.endswith("_total")]


@pytest.fixture(scope="module")
def untouched(start_once: Starter) -> Scrape:
    """What the six services tell before anything happened."""
    running = [
        start_once(import_module(f"{each}.bootstrap").service, metrics_listen="127.0.0.1:0") for each in SERVICES
    ]
    return Scrape.of(*(each.kit.metrics.port for each in running))


def test_the_alerts_watch_counters() -> None:
    assert len(watched()) >= 8


@pytest.mark.parametrize(
    ("alert", "selector"), watched(), ids=lambda each: each if isinstance(each, str) else each.name
)
def test_a_watched_counter_is_there_from_zero(untouched: Scrape, alert: str, selector: Selector) -> None:
    assert selector.name in untouched.names()
    for matcher in selector.matchers:
        if matcher.op in ("=", "=~") and matcher.label not in ("job", "namespace"):
            values = untouched.values(matcher.label, selector.name)
            wanted = matcher.value.split("|") if matcher.op == "=~" else [matcher.value]
            assert {each for each in wanted if re.fullmatch(r"\w+", each)} <= values, alert
    assert untouched.total(selector.name) == 0


def test_each_bank_of_the_settings_has_each_reason_from_zero(start: Starter) -> None:
    scrape = Scrape.of(start(billing, banks="icbc,boc", metrics_listen="127.0.0.1:0").kit.metrics.port)
    name = "hearthline_bank_events_quarantined_total"
    assert scrape.values("bank", name) == {"icbc", "boc"}
    assert scrape.values("reason", name) == set(Reason)
