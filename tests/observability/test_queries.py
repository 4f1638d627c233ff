"""Every query of every dashboard and alert asks for metrics and labels that the services really export (P3)."""

import re
from collections.abc import Iterator, Mapping, Sequence

import pytest

from hearthline_cli.laptop import SERVICES
from tests.helm.observability import alerts, panels, rules, told_labels
from tests.observability.conftest import Observed
from tests.observability.naming import declared, exported_names, label_name
from tests.observability.promql import Selector, groupings, kept_labels, parse, selectors
from tests.support.scraping import Scrape

# Values of these are names out of the code, and some of them come with a fault only.
UNLISTED = {"rpc_status_code", "error_type"}
# What Prometheus puts on each sample by the monitors' relabelling, and a metric of its own.
TARGET = {"namespace", "job", "pod", "instance", "component"}
OWN = {"up"}


def queries() -> dict[str, str]:
    """Every query by where it stands."""
    shown = {f"{name} ({n})": each["expr"] for name, panel in panels() for n, each in enumerate(panel["targets"])}
    watched = {rule.get("alert") or f"{rule['record']} {rule['labels']['slo']}": rule["expr"] for rule in rules()}
    return shown | watched


def recorded() -> dict[str, set[str]]:
    """Labels of the series that recording rules make."""
    return {
        rule["record"]: kept_labels(parse(rule["expr"])) | rule["labels"].keys() for rule in rules() if "record" in rule
    }


@pytest.fixture(scope="module")
def exported(observed: Observed) -> Mapping[str, Scrape]:
    """What each service exports, and all of them under no name."""
    return {name: observed.scrape(name) for name in SERVICES} | {"": observed.scrape()}


def is_known(selector: Selector, exported: Mapping[str, Scrape]) -> bool:
    """Whether somebody exports it, and the service that is asked for exports or declares it.

    A service without timers, or without errors in this story, has not shown all that it can.
    """
    if selector.name in recorded().keys() | OWN:
        return True
    own = exported[selector.service].names()
    if selector.service:
        own |= {name for metric in declared(selector.service) for name in exported_names(metric)}
    return selector.name in exported[""].names() & own


def labels(selector: Selector, exported: Mapping[str, Scrape]) -> set[str]:
    """Those that samples of a metric can have."""
    return TARGET | recorded().get(selector.name, set()) | exported[""].labels(selector.name)


def listed(name: str, label: str) -> Sequence[str]:
    """The values that a label is declared to have; none for names out of the code."""
    metrics = {metric.name: metric for service in SERVICES for metric in declared(service)}.values()
    (metric,) = (each for each in metrics if name in exported_names(each))
    return next((values for key, values in metric.labels.items() if label_name(key) == label), ())


def problems(query: str, exported: Mapping[str, Scrape]) -> Iterator[str]:
    """What the query asks for and nobody has."""
    expr = parse(query)
    for selector in selectors(expr):
        if not is_known(selector, exported):
            yield f"{selector.service or 'nobody'} exports no {selector.name}"
            continue
        for matcher in selector.matchers:
            if matcher.label not in labels(selector, exported):
                yield f"{selector.name} has no label {matcher.label}"
    for named, below in groupings(expr):
        there = set().union(*(labels(selector, exported) for selector in below))
        if named - there:
            yield f"nothing below has {named - there}"


def test_there_are_queries_to_look_at() -> None:
    assert len(queries()) > 150


def test_every_query_asks_for_what_is_exported(exported: Mapping[str, Scrape]) -> None:
    wrong = {where: found for where, query in queries().items() if (found := list(problems(query, exported)))}
    assert wrong == {}


def test_every_value_that_a_query_chooses_by_can_occur(exported: Mapping[str, Scrape]) -> None:
    wrong = []
    for where, query in queries().items():
        for selector in selectors(parse(query)):
            for matcher in selector.matchers:
                if matcher.label in TARGET | UNLISTED or selector.name in recorded():
                    continue
                values = listed(selector.name, matcher.label) or exported[""].values(matcher.label, selector.name)
                chosen = matcher.value if "~" in matcher.op else re.escape(matcher.value)
                if not any(re.fullmatch(chosen, value) for value in values):
                    wrong.append(f"{where}: {selector.name} never has {matcher.label}={matcher.value!r}")
    assert wrong == []


@pytest.mark.parametrize(("name", "panel"), list(panels()))
def test_a_legend_names_labels_that_its_query_keeps(name: str, panel: dict) -> None:
    for target in panel["targets"]:
        assert told_labels(target["legendFormat"]) <= kept_labels(parse(target["expr"])), name


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_an_alert_tells_labels_that_its_query_keeps(alert: dict) -> None:
    told = told_labels(alert["annotations"]["summary"] + alert["annotations"]["description"])
    expr = parse(alert["expr"])
    kept = kept_labels(expr).union(
        *(recorded().get(s.name, TARGET if s.name in OWN else set()) for s in selectors(expr))
    )
    assert told <= kept
