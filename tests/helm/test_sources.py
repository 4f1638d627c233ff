"""What the charts repeat of the sources stays equal to them."""

from importlib import import_module

import pytest
import yaml

from hearthline_cli.laptop import PORTS
from servicekit.eventlog.topics import read_topics_file
from servicekit.service import Service
from tests.helm.rendering import environment, of
from tests.helm.tools import CHARTS, ROOT, SERVICES


@pytest.mark.parametrize("service", SERVICES)
def test_workers_scale_on_the_topics_that_their_groups_read(service: str) -> None:
    described = _values(service)["work"]["consumers"]
    groups: dict[str, list[str]] = {}
    for subscription in _service(service).subscriptions:
        groups.setdefault(subscription.consumer, []).append(subscription.topic)
    assert described == {group: list(dict.fromkeys(topics)) for group, topics in groups.items()}


@pytest.mark.parametrize("service", SERVICES)
def test_ports_are_those_of_a_laptop(service: str) -> None:
    assert _values(service)["service"]["port"] == PORTS[service]


@pytest.mark.parametrize("service", SERVICES)
def test_settings_are_ones_that_the_service_takes(service: str) -> None:
    container = of("Deployment", "production")[f"hl-{service}-serve"]["spec"]["template"]["spec"]["containers"][0]
    fields = type(_service(service).settings).model_fields
    known = {f"HEARTHLINE_{name.upper()}" for name in fields} | {str(f.validation_alias) for f in fields.values()}
    # Of billing and the topics Job; the others pass over it.
    known.add("HEARTHLINE_BANKS")
    given = {name for name in environment(container, "production") if not name.startswith("PG")}
    assert given - known == set()


def test_skaffold_forwards_every_service() -> None:
    skaffold = yaml.safe_load((ROOT / "skaffold.yaml").read_text())
    forwarded = {entry["resourceName"].removeprefix("hearthline-"): entry["port"] for entry in skaffold["portForward"]}
    assert forwarded == PORTS


@pytest.mark.parametrize("service", SERVICES)
def test_groups_are_called_like_their_service(service: str) -> None:
    """Its Kafka user may join those that begin with its name, and no others."""
    groups = {subscription.consumer for subscription in _service(service).subscriptions}
    assert [group for group in groups if not group.startswith(f"{service}.")] == []


def test_the_most_workers_are_the_partitions_that_the_file_gives() -> None:
    scaling = (CHARTS / "service" / "templates" / "_scaling.tpl").read_text()
    assert f"default {read_topics_file().defaults.partitions} | int" in scaling


def test_skaffold_leaves_no_archives_in_the_source_tree() -> None:
    skaffold = yaml.safe_load((ROOT / "skaffold.yaml").read_text())
    assert all(release["skipBuildDependencies"] for release in skaffold["deploy"]["helm"]["releases"])
    # What a `helm dependency build` by hand leaves is none of the project's.
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert {"/deploy/helm/*/charts/*.tgz", "/deploy/helm/*/Chart.lock"} <= set(ignored)


def test_skaffold_copies_sources_to_where_the_image_has_them() -> None:
    skaffold = yaml.safe_load((ROOT / "skaffold.yaml").read_text())
    (dev,) = [profile for profile in skaffold["profiles"] if profile["name"] == "dev"]
    (rules,) = [patch["value"]["manual"] for patch in dev["patches"] if patch["path"].endswith("/sync")]
    dockerfile = (ROOT / "Dockerfile").read_text()
    packages = {package for rule in rules for package in _packages(rule)}
    assert packages == {"servicekit", "hearthline_cli", *SERVICES}
    assert {rule["dest"] for rule in rules} == {"/opt/hearthline/lib/python3.11/site-packages"}
    assert f"cd {rules[0]['dest']}" in dockerfile
    assert {patch["value"] for patch in dev["patches"] if patch["path"].endswith("/target")} == {"dev"}
    assert "AS dev\n" in dockerfile
    assert dockerfile.rpartition("FROM ")[2].startswith("base AS run\n"), (
        "what is built by default is what production runs"
    )


def _packages(rule: dict[str, str]) -> set[str]:
    """Names of the packages whose sources a rule copies."""
    return {path.relative_to(ROOT / rule["strip"]).parts[0] for path in ROOT.glob(rule["src"])}


def test_helm_test_walks_where_the_services_are() -> None:
    (container,) = of("Pod", "dev")["hl-walk"]["spec"]["containers"]
    services = of("Service", "dev")
    targets = [f"{name}:{services[name]['spec']['ports'][0]['port']}" for name in ("hl-customers", "hl-workorders")]
    command = ["hearthline", "walk", f"--customers={targets[0]}", f"--workorders={targets[1]}"]
    assert container["args"] == command


def _service(name: str) -> Service:
    made: Service = import_module(f"{name}.bootstrap").service()
    return made


def _values(name: str) -> dict[str, dict[str, object]]:
    values: dict[str, dict[str, object]] = yaml.safe_load((CHARTS / name / "values.yaml").read_text())
    return values
