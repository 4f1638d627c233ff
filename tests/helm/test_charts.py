"""The charts as Helm and Kubernetes judge them (P5)."""

import json
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.helm.rendering import PROFILES, rendered
from tests.helm.tools import CHARTS, PLATFORM, ROOT, SERVICES, helm, tool

KUBERNETES = "1.36.0"
SKAFFOLD_SCHEMA = ROOT.parent / "shared" / "data" / "skaffold" / "v4beta14.json"
EMBEDDED = {"keyring": {"existingSecret": "keys"}, "kafka": {"mode": "embedded"}, "postgresql": {"mode": "embedded"}}


@pytest.fixture(scope="session")
def kubernetes_schemas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Kubernetes' schemas out of the package kubernetes-validate, with references that kubeconform can follow."""
    package = find_spec("kubernetes_validate")
    assert package is not None
    assert package.origin is not None
    target = tmp_path_factory.mktemp("schemas")
    source = Path(package.origin).parent / "kubernetes-json-schema" / f"v{KUBERNETES}-local-strict"
    for schema in source.glob("*.json"):
        text = schema.read_text().replace('"/api/_definitions.json', '"_definitions.json')
        # Their addresses answer nobody; without them references are files of the same folder.
        (target / schema.name).write_text(text.replace('"$id": "https:', '"$comment": "https:'))
    return target


@pytest.mark.parametrize("chart", ["hearthline", *SERVICES])
def test_a_chart_has_nothing_that_helm_warns_of(chart: str) -> None:
    done = helm(
        "lint",
        "--strict",
        str(CHARTS / chart),
        "--set-json",
        f"global={json.dumps(EMBEDDED)}",
        *(["--set", "embeddedPostgresql.password=x"] if chart == "hearthline" else []),
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("profile", PROFILES)
def test_kubernetes_knows_every_field(profile: str, kubernetes_schemas: Path) -> None:
    location = f"{kubernetes_schemas}/{{{{ .ResourceKind }}}}{{{{ .KindSuffix }}}}.json"
    command = [tool("kubeconform"), "-strict", "-kubernetes-version", KUBERNETES, "-schema-location", location]
    done = subprocess.run(command, input=rendered(profile), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("profile", PROFILES)
def test_the_same_values_render_to_the_same_text(profile: str) -> None:
    values = str(PLATFORM / f"values-{profile}.yaml")
    again = helm("template", "hl", str(PLATFORM), "--namespace", "utility", "--values", values)
    assert again.stdout == rendered(profile)


@pytest.mark.parametrize("profile", PROFILES)
def test_whoever_installs_it_is_told_what_to_do_next(profile: str) -> None:
    values = str(PLATFORM / f"values-{profile}.yaml")
    done = helm("install", "hl", str(PLATFORM), "--namespace", "utility", "--values", values, "--dry-run=client")
    notes = done.stdout.partition("\nNOTES:\n")[2]
    for command in (
        "kubectl -n utility wait",
        "helm -n utility test hl",
        "kubectl -n utility port-forward service/hl-",
    ):
        assert command in notes, done.stderr
    assert ("hl-caller-tls" in notes, "its data is lost" in notes) == (profile == "production", profile == "dev")


def test_a_service_can_be_installed_alone() -> None:
    done = helm("template", "hl", str(CHARTS / "billing"), "--set-json", f"global={json.dumps(EMBEDDED)}")
    assert "name: hl-billing-serve" in done.stdout, done.stderr


def test_skaffold_yaml_is_valid() -> None:
    if not SKAFFOLD_SCHEMA.exists():
        pytest.skip("../shared/data/skaffold has no schema")
    command = [tool("kubeconform"), "-strict", "-schema-location", str(SKAFFOLD_SCHEMA), str(ROOT / "skaffold.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
