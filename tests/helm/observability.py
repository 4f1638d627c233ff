"""The dashboards and rules of the chart, as Grafana and Prometheus get them."""

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.helm.rendering import Resource, resources

MONITORING = ("monitoring.coreos.com/v1",)


def of(kind: str, changes: str = "{}") -> dict[str, Resource]:
    """Resources of one kind in production, on a cluster that knows monitors and rules."""
    return {r["metadata"]["name"]: r for r in resources("production", MONITORING, changes) if r["kind"] == kind}


def dashboards() -> dict[str, dict[str, Any]]:
    """Every dashboard by its title."""
    texts = [
        text
        for found in of("ConfigMap").values()
        if found["metadata"]["labels"].get("grafana_dashboard") == "1"
        for text in found["data"].values()
    ]
    made = [json.loads(text) for text in texts]
    return {dashboard["title"]: dashboard for dashboard in made}


def panels() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every panel that shows something, with its name."""
    for title, dashboard in dashboards().items():
        for panel in dashboard["panels"]:
            if panel["type"] != "row":
                yield f"{title}: {panel['title']}", panel


def rules() -> list[dict[str, Any]]:
    """Every alert and recording rule."""
    (found,) = of("PrometheusRule").values()
    return [rule for group in found["spec"]["groups"] for rule in group["rules"]]


def alerts() -> list[dict[str, Any]]:
    """Every alert."""
    return [rule for rule in rules() if "alert" in rule]


def told_labels(text: str) -> set[str]:
    """Labels that a legend (`{{job}}`) or an annotation (`{{ $labels.job }}`) tells."""
    return set(re.findall(r"\{\{(\w+)\}\}", text)) | set(re.findall(r"\$labels\.(\w+)", text))
