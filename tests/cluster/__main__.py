"""`python -m tests.cluster`: the platform on a real cluster, shaken while calls go on; the result is build/e2e.json."""

import argparse
import json
import os
import sys
import time
from typing import Any

from tests.cluster import checker
from tests.cluster.callers import certified, refuses_strangers
from tests.cluster.kube import ROOT, Cluster, ClusterError, check, load, run, wait_for
from tests.cluster.phases import PHASES, wanted
from tests.cluster.traces import spread, walked
from tests.support.findings import Findings

_BESIDE = ROOT.parent / "shared" / "cluster" / "cluster"
_INSTALL_LIMIT_S = 180


def main() -> None:
    """Runs all; 2 without a cluster, 1 when anything was lost, doubled, reordered or failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.cluster", description=__doc__)
    parser.add_argument("--namespace", default="hearthline-e2e", help="made anew, and removed at the end")
    parser.add_argument("--image", default="hearthline")
    parser.add_argument("--tag", default="dev")
    parser.add_argument("--only", default="", help="names of phases by comma; all by default")
    parser.add_argument("--only-check", action="store_true", help="only say whether a cluster is there")
    options = parser.parse_args()
    if "LOAD" not in os.environ and _BESIDE.exists():
        os.environ["LOAD"] = f"{_BESIDE} load"
    try:
        check()
    except ClusterError as error:
        print(f"e2e: no Kubernetes cluster to test on (KUBECONFIG, kubectl, helm, docker): {error}", file=sys.stderr)
        sys.exit(2)
    if options.only_check:
        return
    cluster = Cluster(options.namespace, options.image, options.tag)
    try:
        result = _shake(cluster, options.only.split(",") if options.only else [])
    except ClusterError as error:
        print(f"e2e: {error}", file=sys.stderr)
        sys.exit(1)
    _write(result)
    wrong = [each for each in ("failed_after_retry", "lost", "doubled", "reordered") if result[each]]
    if result["install_seconds"] > _INSTALL_LIMIT_S:
        wrong.append("install_seconds")
    if wrong:
        print(f"e2e: {', '.join(wrong)} should be less", file=sys.stderr)
        sys.exit(1)
    cluster.remove()


def _shake(cluster: Cluster, only: list[str]) -> dict[str, Any]:
    seconds = _install(cluster)
    _say(f"installed in {seconds} s")
    customers, workorders = cluster.forwarded("customers"), cluster.forwarded("workorders")
    with customers as to_customers, workorders as to_workorders, certified(cluster) as caller:
        refuses_strangers(to_customers, caller)
        spans = walked(cluster, to_customers, to_workorders, caller)
    _say(f"walked, a trace of {spans} spans")
    cluster.start_script("load", "hearthline")
    wait_for("calls", 120, lambda: bool(cluster.said("load")))
    times: dict[str, tuple[float, float]] = {}
    for phase in PHASES:
        if only and phase.__name__ not in only:
            continue
        begin = time.time()
        phase(cluster)
        times[phase.__name__] = (begin, time.time())
        _say(f"{phase.__name__}: {times[phase.__name__][1] - begin:.0f} s")
    cluster.kubectl("exec", "e2e-load", "--", "touch", "/tmp/stop")
    wait_for("the last calls", 360, lambda: "done" in cluster.said("load")[-1])
    calls = cluster.said("load")[:-1]
    instances = spread(cluster, times["scale"]) if "scale" in times else {}
    found = checker.check(cluster, calls)
    return _result(seconds, calls, times, found) | {"walk_spans": spans, "instances": instances}


def _install(cluster: Cluster) -> float:
    """Seconds from nothing to everything ready, images loaded; the namespace admits only restricted pods."""
    for image in (f"{cluster.image}:{cluster.tag}", "postgres:18", "apache/kafka:4.3.0"):
        load(image)
    cluster.remove()
    run("kubectl", "create", "namespace", cluster.namespace)
    run("kubectl", "label", "namespace", cluster.namespace, "pod-security.kubernetes.io/enforce=restricted")
    cluster.start_script("collector", port=4317)
    begin = time.monotonic()
    cluster.upgrade(*wanted())
    return round(time.monotonic() - begin, 1)


def _result(
    seconds: float, calls: list[checker.Line], times: dict[str, tuple[float, float]], found: Findings
) -> dict[str, Any]:
    p99 = {}
    for name, (begin, end) in times.items():
        took = sorted(call["s"] for call in calls if begin <= call["at"] < end)
        p99[name] = round(1000 * took[int(len(took) * 0.99)]) if took else None
    for lines in (found.failed, found.lost, found.doubled, found.reordered):
        for line in lines[:20]:
            _say(line)
    return {
        "install_seconds": seconds,
        "calls": len(calls),
        "retried": sum(1 for call in calls if call["refused"]),
        "refusals": sorted({name for call in calls for name in call["refused"]}),
        "failed_after_retry": len(found.failed),
        "lost": len(found.lost),
        "doubled": len(found.doubled),
        "reordered": len(found.reordered),
        "events": found.events,
        "republished": found.republished,
        "p99_ms": p99,
    }


def _write(result: dict[str, Any]) -> None:
    text = json.dumps(result, indent=2)
    (ROOT / "build").mkdir(exist_ok=True)
    (ROOT / "build" / "e2e.json").write_text(text + "\n", encoding="utf-8")
    print(text)


def _say(line: str) -> None:
    print(f"e2e: {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
