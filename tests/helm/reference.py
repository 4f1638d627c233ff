"""`python -m tests.helm.reference`: docs/operations/reference.md, out of the charts and proto/topics.yaml."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import yaml

from servicekit.eventlog.topics import DEAD_LETTERS, TopicEntry, read_topics_file
from tests.helm.rendering import Resource, rendered
from tests.helm.tools import PLATFORM, ROOT, SERVICES

PAGE = ROOT / "docs" / "operations" / "reference.md"
RELEASE = "hearthline"
_KEYS = {"tls": "tls.crt, tls.key, ca.crt", "kafka-user": "username, password", "keyring": "keyring.json"}
"""Of secrets that are mounted as a folder, by the name of the volume; other folders hold an authority."""
_HEAD = """# What is there, in tables

Made by `make reference` out of the charts (`values-production.yaml`, and `values-dev.yaml` for what is embedded) and
`proto/topics.yaml`; a test fails when it is not what they say. Metrics and alerts have a page of their own.
"""


def page() -> str:
    """The whole page."""
    parts = {
        "Who may reach whom": _picture(),
        "Ports": _table(("listens", "port", "for", "let in"), sorted(_ports())),
        "Topics": _topics(),
        "Secrets": _table(("secret", "keys", "made by", "for"), sorted(_secrets())),
        "Workloads": _table(("kind", "name", "pods", "CPU, memory", "memory limit"), sorted(_workloads())),
    }
    return _HEAD + "".join(f"\n## {title}\n\n{text}" for title, text in parts.items())


@cache
def _resources(profile: str) -> list[Resource]:
    return [found for found in yaml.safe_load_all(rendered(profile, release=RELEASE)) if found]


def _of(profile: str, *kinds: str) -> list[Resource]:
    return [r for r in _resources(profile) if r["kind"] in kinds]


def _table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    lines = [[*head], ["---"] * len([*head]), *rows] if (head := [*head]) else []
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def _picture() -> str:
    """Every edge that network policies allow; what all six services have alike is drawn once."""
    edges = {_name(p["metadata"]["labels"]): set(_edges(p)) for p in _of("production", "NetworkPolicy")}
    shared = set.intersection(*(edges[service] for service in SERVICES))
    drawn = [("services", *edge) for edge in sorted(shared)]
    own = {name: edges[name] - shared if name in SERVICES else edges[name] for name in sorted(edges)}
    drawn += [(name, *edge) for name in own for edge in sorted(own[name])]
    lines = ["flowchart LR", "  callers -->|gRPC| services", "  subgraph services"]
    lines += [f"    {service}" for service in SERVICES] + ["  end"]
    lines += [f"  {source} -->|{port}| {target}" for source, target, port in drawn if target != "dns"]
    told = "And all may ask DNS. Callers are the pods that a service's `networkPolicy.clients` names."
    return "```mermaid\n" + "\n".join(lines) + f"\n```\n\n{told}\n"


def _edges(policy: Resource) -> Iterator[tuple[str, int]]:
    for edge in policy["spec"].get("egress", []):
        for port in sorted({each["port"] for each in edge["ports"]}):
            yield _target(edge["to"]), port


def _target(peers: list[Any]) -> str:
    values = yaml.safe_load((PLATFORM / "values-production.yaml").read_text())["global"]["networkPolicy"]
    shared = yaml.safe_load((PLATFORM.parent / "service" / "values.yaml").read_text())["exports"]["shared"]
    for name, peer in (shared["global"]["networkPolicy"] | values).items():
        if peers == [*peer.values()]:
            return {"otlp": "collector", "api": "kubernetes"}.get(name, name)
    return _name(peers[0]["podSelector"]["matchLabels"])


def _name(labels: dict[str, str]) -> str:
    name = labels["app.kubernetes.io/name"]
    return "helm-test" if name == "walk" else name


def _ports() -> Iterator[tuple[object, ...]]:
    policies = [*_of("production", "NetworkPolicy"), *_of("dev", "NetworkPolicy")]
    for workload in [*_of("production", "Deployment"), *_of("dev", "StatefulSet")]:
        labels = workload["spec"]["template"]["metadata"]["labels"]
        for container in workload["spec"]["template"]["spec"]["containers"]:
            for port in container.get("ports", []):
                allowed = [_clients(p, port) for p in policies if _selects(p, labels)]
                let_in = next((each for each in allowed if each), "the kubelet alone")
                yield workload["metadata"]["name"], port["containerPort"], port["name"], let_in


def _selects(policy: Resource, labels: dict[str, str]) -> bool:
    return policy["spec"]["podSelector"]["matchLabels"].items() <= labels.items()


def _clients(policy: Resource, port: Resource) -> str:
    """Labels of the pods, or of the namespaces, that a policy lets in at a port."""
    peers = [
        peer
        for edge in policy["spec"].get("ingress", [])
        if {each["port"] for each in edge["ports"]} & {port["containerPort"], port["name"]}
        for peer in edge["from"]
    ]
    selectors = [(peer.get("podSelector") or peer["namespaceSelector"])["matchLabels"] for peer in peers]
    return "; ".join(", ".join(f"`{key}: {value}`" for key, value in labels.items()) for labels in selectors)


def _topics() -> str:
    file = read_topics_file()
    groups = {name: _groups(name) for name in SERVICES}
    head = ("topic", "written by", "read by, as group", "key", "partitions", "kept", "dead letters")

    def row(entry: TopicEntry) -> tuple[object, ...]:
        read = {name: " and ".join(f"`{group}`" for group in groups[name].get(entry.name, ())) for name in groups}
        readers = [read.get(consumer, consumer) for consumer in entry.consumers]
        days = entry.retention_days or file.defaults.retention_days
        letters = f"`{DEAD_LETTERS}`, {file.dead_letters.retention_days} days" if entry.dead_letters else "none"
        kept = "the newest of each key" if entry.compacted else f"{days} days"
        width = entry.partitions or file.defaults.partitions
        return f"`{entry.name}`", entry.producer, ", ".join(readers), entry.key, width, kept, letters

    return _table(head, map(row, file.topics))


def _groups(service: str) -> dict[str, list[str]]:
    """Consumer groups by topic, a bank's topic under the name that stands for all."""
    values = yaml.safe_load((PLATFORM.parent / service / "values.yaml").read_text())
    found: dict[str, list[str]] = {}
    for group, topics in values["work"]["consumers"].items():
        for topic in topics:
            name = "hearthline.bank.{bank}.payments.v1" if topic.startswith("hearthline.bank.") else topic
            found.setdefault(name, [])
            found[name] += [group] if group not in found[name] else []
    return found


def _secrets() -> Iterator[tuple[object, ...]]:
    made = {r["metadata"]["name"] for r in _of("production", "Secret")} | _certificates()
    found: dict[tuple[str, str], set[str]] = {}
    for name, pod in _pods("production"):
        for secret, keys in _used(pod):
            found.setdefault((secret, keys), set()).add(name)
    yield f"`{RELEASE}-authority`", _KEYS["tls"], "the platform", "certificates"
    for (secret, keys), users in found.items():
        yield f"`{secret}`", keys, "the platform" if secret in made else "you", _together(users)


def _together(users: set[str]) -> str:
    """A service for its three workloads, and all services for all of theirs."""
    left, whole = set(users), []
    for service in SERVICES:
        parts = {f"{service}-{part}" for part in ("serve", "work", "migrate")}
        if parts <= left:
            left -= parts
            whole.append(service)
    return ", ".join([*(["all services"] if len(whole) == len(SERVICES) else whole), *sorted(left)])


def _used(pod: Resource) -> Iterator[tuple[str, str]]:
    for volume in pod.get("volumes", []):
        if "secret" in volume:
            yield volume["secret"]["secretName"], _KEYS.get(volume["name"], "ca.crt")
    for container in pod["containers"]:
        for source in container.get("envFrom", []):
            if "secretRef" in source:
                yield source["secretRef"]["name"], "variables by name"
        for variable in container.get("env", []):
            if key := variable.get("valueFrom", {}).get("secretKeyRef"):
                yield key["name"], key["key"]


def _certificates() -> set[str]:
    (job,) = [r for r in _of("production", "CronJob") if r["metadata"]["name"].endswith("-certificates")]
    (container,) = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    return {argument.partition("=")[0] for argument in container["args"] if not argument.startswith("--")}


def _pods(profile: str) -> Iterator[tuple[str, Resource]]:
    for r in _of(profile, "Pod"):
        yield "helm test", r["spec"]
    for r in _of(profile, "Deployment", "StatefulSet", "Job"):
        yield _short(r), r["spec"]["template"]["spec"]


def _short(resource: Resource) -> str:
    """Without the release, and for a Job without its revision."""
    return str(resource["metadata"]["name"]).removeprefix(f"{RELEASE}-").removesuffix("-1")


def _workloads() -> Iterator[tuple[object, ...]]:
    least = {s["spec"]["scaleTargetRef"]["name"]: s["spec"] for s in _of("production", "HorizontalPodAutoscaler")}
    for workload in [*_of("production", "Deployment", "Job"), *_of("dev", "StatefulSet")]:
        name = workload["metadata"]["name"]
        (container,) = workload["spec"]["template"]["spec"]["containers"]
        asked, limit = container["resources"]["requests"], container["resources"]["limits"]["memory"]
        scaled = least.get(name)
        pods = f"{scaled['minReplicas']} to {scaled['maxReplicas']}" if scaled else workload["spec"].get("replicas", 1)
        yield workload["kind"], _short(workload), pods, f"{asked['cpu']}, {asked['memory']}", limit


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
