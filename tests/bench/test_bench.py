"""That the bench still runs, path by path and with little data; its figures are for `make bench`."""

from collections.abc import Iterator

import pytest

from tests.bench import report
from tests.bench.__main__ import measure, paths
from tests.bench.machine import Machine, Missing, machine
from tests.bench.sizes import TINY


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with machine(tmp_path_factory.mktemp("bench")) as made:
        yield made


# Peers come from a package registry, which may be slow or away: their path is for `make bench`.
@pytest.mark.parametrize("name", [name for name in paths() if name != "peers"])
def test_a_path_can_be_measured(made: Machine, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    figures = measure(made, TINY, [name])
    report.show(figures)
    assert set(figures) > {"machine"}
    shown = capsys.readouterr().out
    assert all(part in shown for part in figures)


def test_a_path_that_is_none_is_told_with_those_that_are(made: Machine) -> None:
    with pytest.raises(Missing, match="speed is none of flow, "):
        measure(made, TINY, ["speed"])
