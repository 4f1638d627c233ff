"""What the charts render to, as Python sees it."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import yaml

from tests.helm.tools import PLATFORM, helm

Resource = dict[str, Any]

PROFILES = ("dev", "production")
KEDA = ("keda.sh/v1alpha1",)


@cache
def rendered(profile: str, apis: tuple[str, ...] = (), changes: str = "{}", release: str = "hl") -> str:
    """YAML of the whole platform; `changes` are values in JSON that come on top of the profile's."""
    values = PLATFORM / f"values-{profile}.yaml"
    flags = [flag for api in apis for flag in ("--api-versions", api)]
    changed = [
        flag for key, value in json.loads(changes).items() for flag in ("--set-json", f"{key}={json.dumps(value)}")
    ]
    done = helm("template", release, str(PLATFORM), "--namespace", "utility", "--values", str(values), *flags, *changed)
    assert done.returncode == 0, done.stderr
    return done.stdout


@cache
def resources(profile: str, apis: tuple[str, ...] = (), changes: str = "{}") -> list[Resource]:
    """All resources of the whole platform."""
    return [found for found in yaml.safe_load_all(rendered(profile, apis, changes)) if found]


def of(kind: str, profile: str, apis: tuple[str, ...] = ()) -> dict[str, Resource]:
    """Resources of one kind, by name."""
    return {r["metadata"]["name"]: r for r in resources(profile, apis) if r["kind"] == kind}


def pods(profile: str, changes: str = "{}") -> Iterator[tuple[str, Resource]]:
    """Every pod that comes out of it, with the name of what makes it: metadata and spec."""
    for resource in resources(profile, (), changes):
        if resource["kind"] == "Pod":
            yield resource["metadata"]["name"], resource
        elif resource["kind"] in ("Deployment", "StatefulSet", "Job"):
            yield resource["metadata"]["name"], resource["spec"]["template"]
        elif resource["kind"] == "CronJob":
            yield resource["metadata"]["name"], resource["spec"]["jobTemplate"]["spec"]["template"]


def containers(profile: str, changes: str = "{}") -> Iterator[tuple[str, Resource]]:
    """Every container, those that run before the others included."""
    for name, pod in pods(profile, changes):
        for container in [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]:
            yield f"{name}/{container['name']}", container


def environment(container: Resource, profile: str) -> dict[str, str]:
    """Variables that a container takes from its ConfigMap."""
    maps = of("ConfigMap", profile)
    names = [source["configMapRef"]["name"] for source in container["envFrom"] if "configMapRef" in source]
    return {key: value for name in names for key, value in maps[name]["data"].items()}
