"""What the collector in the cluster received: the walk's trace, and which pods answered (P3)."""

from collections import Counter
from pathlib import Path
from typing import Any

import typer

from hearthline_cli.walk import walk
from servicekit.telemetry import sampled_trace, within
from tests.cluster.kube import Cluster, ClusterError, wait_for
from tests.cluster.phases import LOADED, SCALED

_SETTLED_S = 60
_TIMELINE = ("customers", "process hearthline.workorders.v1")


def walked(cluster: Cluster, customers: str, workorders: str, caller: Path) -> int:
    """Walks one repair from here in one trace; the number of its spans, ClusterError when an edge is missing."""
    traceparent = sampled_trace()
    _, trace, root, _ = traceparent.split("-")
    try:
        with within(traceparent):
            walk(customers, workorders, 120, caller)
    except typer.Exit as error:
        raise ClusterError("the walk did not come to its end") from error

    def spans() -> list[dict[str, Any]]:
        return [span for span in cluster.said("collector") if span["trace"] == trace]

    def is_whole() -> bool:
        ids = {root, *(span["id"] for span in spans())}
        seen = {(span["service"], span["name"]) for span in spans()}
        services = {service for service, _ in seen}
        return (
            all(span["parent"] in ids for span in spans())
            and _TIMELINE in seen
            and services >= {"customers", "workorders", "notifications", "surveys"}
        )

    wait_for("the walk's whole trace", _SETTLED_S, is_whole)
    return len(spans())


def spread(cluster: Cluster, window: tuple[float, float]) -> dict[str, list[int]]:
    """How many traced calls each pod of the scaled services answered; ClusterError when one was left out."""
    begin, end = window
    counts: dict[str, Counter[str]] = {service: Counter() for service in LOADED}
    for span in cluster.said("collector"):
        is_call = span["name"].startswith("hearthline.") and span["service"] in counts
        if is_call and begin <= span["at"] < end:
            counts[span["service"]][span["instance"]] += 1
    for service, by_pod in counts.items():
        if len(by_pod) < SCALED:
            raise ClusterError(f"{service}: of {SCALED} pods only {len(by_pod)} were called")
    return {service: sorted(by_pod.values(), reverse=True) for service, by_pod in counts.items()}
