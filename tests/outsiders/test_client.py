"""The wheel `hearthline-client` alone in an empty environment calls a running service."""

import subprocess
import sys
from pathlib import Path

from customers.bootstrap import service
from tests.architecture.tree import LIBS
from tests.support.running import Starter

ROOT = LIBS.parent
PROGRAM = """
import sys
import importlib.util
from hearthline.customers.v1.cells_pb2 import Cell, CreateCellRequest, GetCellRequest
from hearthline.customers.v1.cells_pb2_grpc import CellServiceStub
from hearthline_client import connect

assert importlib.util.find_spec("servicekit") is None
with connect(sys.argv[1], actor="staff/1007") as channel:
    cells = CellServiceStub(channel)
    made = cells.CreateCell(CreateCellRequest(cell_id="north-1", cell=Cell(display_name="North 1")))
    print(cells.GetCell(GetCellRequest(name=made.name)).display_name)
"""


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_alone_calls_a_running_service(start: Starter, tmp_path: Path) -> None:
    run(sys.executable, ROOT / "proto" / "client_wheel.py", tmp_path / "dist", cwd=tmp_path)
    uv = Path(sys.executable).parent / "uv"
    run(uv, "venv", "--python", sys.executable, tmp_path / "venv", cwd=tmp_path)
    python = tmp_path / "venv" / "bin" / "python"
    wheel = next((tmp_path / "dist").glob("*.whl"))
    run(uv, "--system-certs", "pip", "install", "--python", python, wheel, cwd=tmp_path)
    running = start(service)
    assert run(python, "-I", "-c", PROGRAM, running.target, cwd=tmp_path).strip() == "North 1"
