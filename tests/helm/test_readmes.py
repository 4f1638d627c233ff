"""The tables of values in the charts' READMEs say what the values are."""

import json
from typing import Any

import pytest
import yaml

from tests.helm.tools import CHARTS

_DEEPEST = 3


def rows(values: dict[str, Any], above: tuple[str, ...] = ()) -> list[str]:
    """A row for each value; maps are written out to a depth of three names, and shown whole below that."""
    found = []
    for key, value in values.items():
        path = (*above, key)
        if isinstance(value, dict) and value and len(path) < _DEEPEST:
            found += rows(value, path)
        else:
            found.append(f"| `{'.'.join(path)}` | `{json.dumps(value)}` |")
    return found


@pytest.mark.parametrize("chart", ["service", "hearthline"])
def test_the_readme_lists_every_value_with_its_default(chart: str) -> None:
    values = yaml.safe_load((CHARTS / chart / "values.yaml").read_text())
    if "exports" in values:
        values = values["exports"]["shared"] | values["exports"]["defaults"]
    written = (CHARTS / chart / "README.md").read_text().partition("| value | default |")[2].splitlines()
    assert [line for line in written if line.startswith("| `")] == rows(values)
