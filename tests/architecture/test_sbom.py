"""The bill of materials names what the platform runs with (`make sbom`)."""

import json
import re
import subprocess
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.tree import ROOT


def needed(name: str, extras: frozenset[str] = frozenset(), seen: set[str] | None = None) -> Iterator[str]:
    """Names of all that a package needs to run on this machine, however far away."""
    seen = set() if seen is None else seen
    for requirement in map(Requirement, distribution(name).requires or ()):
        wanted = [
            not requirement.marker or requirement.marker.evaluate({"extra": extra}) for extra in sorted({"", *extras})
        ]
        key = f"{canonicalize_name(requirement.name)}{sorted(requirement.extras)}"
        if any(wanted) and key not in seen:
            seen.add(key)
            yield canonicalize_name(requirement.name)
            yield from needed(requirement.name, frozenset(requirement.extras), seen)


def declares_license(name: str) -> bool:
    declared = distribution(name).metadata
    classified = any(each.startswith("License ::") for each in declared.get_all("Classifier", []))
    return classified or "License-Expression" in declared


@pytest.fixture(scope="module")
def components(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    made: Path = tmp_path_factory.mktemp("sbom") / "sbom.json"
    subprocess.run(["make", "sbom", f"SBOM={made}"], cwd=ROOT, check=True, capture_output=True, timeout=120)
    bill = json.loads(made.read_text())
    assert (bill["bomFormat"], bill["metadata"]["component"]["name"]) == ("CycloneDX", "hearthline")
    return {canonicalize_name(each["name"]): each for each in bill["components"]}


def test_what_the_platform_runs_with_is_in_the_bill_as_it_is_pinned(components: dict[str, dict[str, Any]]) -> None:
    lock = (ROOT / "requirements.lock").read_text()
    pinned: dict[str, str] = {
        canonicalize_name(name): version for name, version in re.findall(r"^([\w.-]+)==(\S+)", lock, re.M)
    }
    names = set(needed("hearthline"))
    assert {"grpcio", "psycopg-binary", "lz4", "markupsafe"} <= names
    assert {name: components[name]["version"] for name in names} == {name: pinned[name] for name in names}
    assert {components[name]["purl"] for name in names} == {f"pkg:pypi/{name}@{pinned[name]}" for name in names}


def test_licenses_that_packages_declare_are_in_the_bill(components: dict[str, dict[str, Any]]) -> None:
    declared = {name for name in needed("hearthline") if declares_license(name)}
    assert {"grpcio", "sqlalchemy"} <= declared
    assert [name for name in sorted(declared) if not components[name].get("licenses")] == []
