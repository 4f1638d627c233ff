"""The clock that a simulation's processes share."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from servicekit.clock import FileClock

START = datetime(2026, 1, 15, tzinfo=UTC)
MOVER = """
import sys
from datetime import timedelta
from pathlib import Path
from servicekit.clock import FileClock
clock = FileClock(Path(sys.argv[1]))
print("moving", flush=True)
while True:
    clock.set(clock.now() + timedelta(microseconds=1))
"""
LOOKS = 200_000


def test_all_see_the_instant_that_was_set(tmp_path: Path) -> None:
    clock = FileClock.create(tmp_path / "clock", START)
    other = FileClock(tmp_path / "clock")
    for moved in (START + timedelta(days=200), START - timedelta(days=60_000), START):
        clock.set(moved)
        assert (clock.now(), other.now()) == (moved, moved)


def test_whoever_looks_while_another_process_moves_it_sees_no_other_time(tmp_path: Path) -> None:
    clock = FileClock.create(tmp_path / "clock", START)
    with subprocess.Popen([sys.executable, "-c", MOVER, str(tmp_path / "clock")], stdout=subprocess.PIPE) as mover:
        try:
            assert mover.stdout is not None
            mover.stdout.readline()
            seen = [clock.now() for _ in range(LOOKS)]
        finally:
            mover.kill()
    assert seen[0] >= START
    assert seen == sorted(seen)
    assert seen[0] < seen[-1] < START + timedelta(minutes=1)
