"""Metrics in the cluster: ports, who may scrape, monitors, dashboards, alerts (P3)."""

import json
from pathlib import Path

import pytest

from servicekit.settings import ServiceSettings
from tests.helm.observability import MONITORING, alerts, dashboards, of, panels
from tests.helm.rendering import environment, resources
from tests.helm.rendering import of as plain
from tests.helm.tools import CHARTS, PLATFORM, ROOT, SERVICES, helm

RUNBOOKS = ROOT / "docs" / "operations" / "runbooks.md"
POD_MONITOR = '{"global.metrics.serviceMonitor.enabled": false, "global.metrics.podMonitor.enabled": true}'


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("component", ["serve", "work"])
def test_pods_listen_where_they_are_scraped(service: str, component: str) -> None:
    pod = plain("Deployment", "production")[f"hl-{service}-{component}"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    listen = environment(container, "production")["HEARTHLINE_METRICS_LISTEN"]
    assert ServiceSettings(metrics_listen=listen).metrics_listen == f"0.0.0.0:{ports['metrics']}"


def test_without_metrics_there_is_nothing_to_scrape_and_no_way_in() -> None:
    for deployment in plain("Deployment", "dev").values():
        (container,) = deployment["spec"]["template"]["spec"]["containers"]
        assert "metrics" not in [port["name"] for port in container.get("ports", [])]
        assert "HEARTHLINE_METRICS_LISTEN" not in environment(container, "dev")
    ways_in = [way for policy in plain("NetworkPolicy", "dev").values() for way in policy["spec"].get("ingress", [])]
    assert 9464 not in [port["port"] for way in ways_in for port in way["ports"]]


@pytest.mark.parametrize("service", SERVICES)
def test_scrapers_are_let_in_to_the_metrics_alone(service: str) -> None:
    (policy,) = (p for name, p in plain("NetworkPolicy", "production").items() if name == f"hl-{service}")
    callers, scrapers = policy["spec"]["ingress"]
    assert [port["port"] for port in scrapers["ports"]] == [9464]
    assert "namespaceSelector" in scrapers["from"][0]
    assert [port["port"] for port in callers["ports"]] != [9464]


def test_without_the_operators_api_nothing_of_it_is_rendered() -> None:
    kinds = {r["kind"] for r in resources("production")}
    assert kinds.isdisjoint({"ServiceMonitor", "PodMonitor", "PrometheusRule"})


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_monitor_finds_the_pods_of_both_kinds(service: str) -> None:
    monitor = of("ServiceMonitor")[f"hl-{service}"]["spec"]
    found = of("Service")[f"hl-{service}-metrics"]
    assert monitor["selector"]["matchLabels"].items() <= found["metadata"]["labels"].items()
    assert found["spec"]["ports"][0]["name"] == monitor["endpoints"][0]["port"]
    for component in ("serve", "work"):
        labels = of("Deployment")[f"hl-{service}-{component}"]["spec"]["template"]["metadata"]["labels"]
        assert found["spec"]["selector"].items() <= labels.items()


@pytest.mark.parametrize("service", SERVICES)
def test_the_job_has_the_name_that_it_has_behind_a_collector(service: str) -> None:
    ways = (("ServiceMonitor", "endpoints", "{}"), ("PodMonitor", "podMetricsEndpoints", POD_MONITOR))
    for kind, endpoints, changes in ways:
        (endpoint,) = of(kind, changes)[f"hl-{service}"]["spec"][endpoints]
        labels = {rule["targetLabel"]: rule for rule in endpoint["relabelings"]}
        assert labels["job"]["replacement"] == f"hearthline/{service}"


def test_a_pod_monitor_takes_the_place_of_the_service_monitor() -> None:
    assert len(of("PodMonitor", POD_MONITOR)) == len(SERVICES)
    assert of("ServiceMonitor", POD_MONITOR) == {}
    labels = of("Deployment")["hl-billing-work"]["spec"]["template"]["metadata"]["labels"]
    assert of("PodMonitor", POD_MONITOR)["hl-billing"]["spec"]["selector"]["matchLabels"].items() <= labels.items()


def test_both_monitors_at_once_are_refused() -> None:
    values = str(PLATFORM / "values-production.yaml")
    both = ["--set", "global.metrics.podMonitor.enabled=true"]
    done = helm("template", "hl", str(PLATFORM), "--values", values, *both)
    assert "global.metrics: serviceMonitor or podMonitor" in done.stderr


def test_a_scraper_must_be_named() -> None:
    values = {"global.metrics.enabled": True, "global.kafka.mode": "embedded", "global.postgresql.mode": "embedded"}
    values["global.keyring.existingSecret"] = "keys"
    flags = [flag for key, value in values.items() for flag in ("--set-json", f"{key}={json.dumps(value)}")]
    done = helm("template", "hl", str(CHARTS / "billing"), *flags)
    assert "global.networkPolicy.metrics: name at least one peer" in done.stderr


def test_monitors_and_rules_have_the_labels_that_prometheus_chooses_by() -> None:
    changes = '{"global.metrics.labels": {"release": "prometheus"}}'
    found = [r for r in resources("production", MONITORING, changes) if r["apiVersion"] in MONITORING]
    assert len(found) == len(SERVICES) + 1
    assert {r["metadata"]["labels"].get("release") for r in found} == {"prometheus"}


def test_there_is_a_dashboard_for_the_platform_for_the_duty_manager_and_for_each_service() -> None:
    titles = {"Hearthline / Platform", "Hearthline / Service quality", *(f"Hearthline / {name}" for name in SERVICES)}
    found = dashboards()
    assert found.keys() == titles
    assert len({dashboard["uid"] for dashboard in found.values()}) == len(titles)


@pytest.mark.parametrize(("name", "panel"), list(panels()))
def test_a_panel_has_a_title_a_unit_and_a_query(name: str, panel: dict) -> None:
    assert panel["title"], name
    assert panel["fieldConfig"]["defaults"]["unit"], name
    assert [target["expr"] for target in panel["targets"] if target["expr"]], name


@pytest.mark.parametrize("title", [f"Hearthline / {name}" for name in ("Platform", "Service quality", *SERVICES)])
def test_panels_stand_beside_each_other(title: str) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in dashboards()[title]["panels"]:
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert max(x for x, _ in cells) < 24, panel["title"]
        assert taken.isdisjoint(cells), panel["title"]
        taken |= cells


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_an_alert_says_what_it_is_about_and_where_help_is(alert: dict) -> None:
    told = alert["annotations"]
    assert told["summary"], alert["alert"]
    assert told["description"].endswith("."), alert["alert"]
    assert alert["labels"]["severity"] in ("critical", "warning")
    page, _, section = told["runbook_url"].partition("#")
    assert page.endswith(RUNBOOKS.relative_to(ROOT).with_suffix("").name)
    assert section in sections(RUNBOOKS)


def test_every_section_of_the_runbooks_belongs_to_an_alert() -> None:
    assert sections(RUNBOOKS) == {alert["alert"].lower() for alert in alerts()}


def sections(path: Path) -> set[str]:
    """Anchors of the sections about alerts."""
    lines = path.read_text().splitlines()
    return {line.removeprefix("### ").lower() for line in lines if line.startswith("### Hearthline")}
