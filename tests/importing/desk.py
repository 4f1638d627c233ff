"""The command line of imports, and what the tests feed it."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hearthline_cli.main import app

ROOT = Path(__file__).parents[2]
REAL = ROOT.parent / "shared" / "data"
MAPPINGS = ROOT / "docs" / "import"
REQUESTS = REAL / "service-requests" / "nyc-311-2025-01-02.csv.gz"
HEAT = REAL / "heat" / "nyc-heat-complaints-by-address.csv.gz"

needs_real_data = pytest.mark.skipif(not REAL.exists(), reason="the real data of ../shared is not on this machine")

SMALL = """
source: {time_formats: ["%d.%m.%Y %H:%M"], time_zone: Asia/Shanghai}
skip: [{column: kind, values: [test]}]
ticket:
  ticket_id: {column: number, prefix: old-}
  commodity: {constant: heat}
  category: {column: kind, values: {cold: no_heat, wet: leak}}
  severity: {constant: minor}
  urgency: {constant: routine}
  channel: {constant: hotline}
  summary: {columns: [kind, words]}
  report_time: {column: came}
"""
HEADER = "number,kind,words,came"


def run(kind: str, file: Path, mapping: Path, *more: str) -> Result:
    """`hearthline import KIND FILE`, with its error report beside the file."""
    report = ("--errors", str(report_of(file)))
    return CliRunner().invoke(app, ["import", kind, str(file), "--mapping", str(mapping), *report, *more])


def report_of(file: Path) -> Path:
    return file.with_suffix(".errors.csv")


def csv_file(folder: Path, rows: Sequence[str], name: str = "old.csv") -> Path:
    """A CSV of small tickets."""
    file = folder / name
    file.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return file


def small_mapping(folder: Path, text: str = SMALL) -> Path:
    file = folder / "mapping.yaml"
    file.write_text(text, encoding="utf-8")
    return file
