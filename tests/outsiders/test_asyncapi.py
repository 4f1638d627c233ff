"""The AsyncAPI document: valid, and telling all topics and facts."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.architecture.tree import LIBS

ROOT = LIBS.parent
SPECS = "@asyncapi/specs@6.11.1"


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    target = tmp_path_factory.mktemp("asyncapi") / "asyncapi.yaml"
    subprocess.run([sys.executable, ROOT / "proto" / "asyncapi.py", target], check=True, timeout=60)
    found: dict[str, Any] = yaml.safe_load(target.read_text())
    return found


def schema(folder: Path) -> Any:
    """AsyncAPI's own, kept among the tools once it was fetched."""
    kept = ROOT / "build" / "tools" / "asyncapi-3.0.0.json"
    if not kept.exists():
        npm = shutil.which("npm")
        if npm is None:
            (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("there is no npm to fetch the schema with")
        done = subprocess.run([npm, "pack", SPECS], cwd=folder, capture_output=True, text=True, timeout=120)
        if done.returncode:
            (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(done.stderr)
        with tarfile.open(next(folder.glob("*.tgz"))) as archive:
            member = archive.extractfile("package/schemas/3.0.0.json")
            assert member is not None
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(member.read())
    return json.loads(kept.read_text())


def test_it_is_valid(document: dict[str, Any], tmp_path: Path) -> None:
    rules = schema(tmp_path)
    jsonschema.Draft7Validator(rules).validate(document)
    broken = document | {"operations": {"a": {"action": "shout", "channel": {"$ref": "#/channels/none"}}}}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(rules).validate(broken)


def references(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        return own + [one for value in part.values() for one in references(value)]
    return [one for value in part for one in references(value)] if isinstance(part, list) else []


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    found = references(document)
    assert len(found) > 100
    for reference in found:
        place: Any = document
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


def test_it_tells_every_topic_of_facts(document: dict[str, Any]) -> None:
    said = yaml.safe_load((ROOT / "proto" / "topics.yaml").read_text())["topics"]
    facts = {topic["name"] for topic in said if ".audit." not in topic["name"]}
    assert {channel["address"] for channel in document["channels"].values()} == facts
    assert all(channel["messages"] for channel in document["channels"].values())
