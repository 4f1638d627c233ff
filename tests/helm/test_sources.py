"""What the charts repeat of the sources stays equal to them."""

from importlib import import_module

import pytest
import yaml

from hearthline_cli.laptop import PORTS
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
