"""The examples of docs/examples and the wheel, each from an empty folder: one call, and one event from Kafka."""

import os
import shutil
import subprocess
import sys
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from customers.bootstrap import service
from servicekit.eventlog import connect
from servicekit.eventlog.topics import load_topics
from tests.architecture.tree import LIBS
from tests.support.running import RunningService, Starter

ROOT = LIBS.parent
EXAMPLES = ROOT / "docs" / "examples"
TOOLS = ROOT / "build" / "tools"
PLUGINS = (
    "google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.12",
    "google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.6.0",
)
EVENT = "hearthline.customers.v1.CellAssigned"
FROM_THE_WHEEL = """
import sys
from kafka import KafkaConsumer
from hearthline.customers.v1.cells_pb2 import Cell, CreateCellRequest
from hearthline.customers.v1.cells_pb2_grpc import CellServiceStub
from hearthline.customers.v1.events_pb2 import CellAssigned
from hearthline_client import connect

target, servers, cell = sys.argv[1:]
with connect(target, actor="staff/1007") as channel:
    wanted = Cell(display_name="From Python", account_manager="staff/1007")
    made = CellServiceStub(channel).CreateCell(CreateCellRequest(cell_id=cell, cell=wanted))
print("made", made.name)
reading = KafkaConsumer("hearthline.customers.v1", bootstrap_servers=servers, auto_offset_reset="earliest",
                        isolation_level="read_committed", consumer_timeout_ms=60000)
for record in reading:
    kind = dict(record.headers)["ce_type"].decode()
    event = CellAssigned.FromString(record.value) if kind == CellAssigned.DESCRIPTOR.full_name else None
    if event and event.cell == made.name:
        print("read", kind, event.cell, event.display_name)
        break
"""


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=400,
        env=os.environ | environment,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def fetched(*command: str | Path, cwd: Path, **environment: str) -> None:
    """Runs what needs a registry; without one the test is skipped, but not in CI."""
    program = shutil.which(str(command[0]))
    if program is None:
        pytest.skip(f"there is no {command[0]}")
    try:
        run(*command, cwd=cwd, **environment)
    except (AssertionError, subprocess.TimeoutExpired) as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"{command[0]} could not fetch: {str(error)[-500:]}")


@pytest.fixture(scope="module")
def platform(databases, migrated_templates, kafka: str) -> Iterator[RunningService]:
    """Customers of a real database on a real broker."""
    starter = Starter(databases, migrated_templates)
    starter.eventlog.close()
    starter.eventlog_url = f"kafka://{kafka}"
    starter.eventlog = connect(starter.eventlog_url)
    starter.eventlog.ensure_topics(load_topics(banks=["icbc"], partitions=2))
    yield starter(service)
    starter.stop()


@pytest.fixture(scope="module")
def protos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip, unpacked."""
    folder = tmp_path_factory.mktemp("protos")
    run(sys.executable, ROOT / "proto" / "bundle.py", folder / "protos.zip", cwd=folder)
    with zipfile.ZipFile(folder / "protos.zip") as archive:
        archive.extractall(folder / "protos")
    return folder / "protos"


def told(cell: str, language: str) -> list[str]:
    """What each example prints."""
    return [f"made cells/{cell}", f"read {EVENT} cells/{cell} From {language}"]


def new_cell() -> str:
    """An id of its own: the broker is everybody's."""
    return f"north-{uuid.uuid4().hex[:12]}"


def copied(language: str, target: Path) -> Path:
    """The example's own files alone, in a folder of nobody's."""
    left = shutil.ignore_patterns("api", "node_modules")
    return Path(shutil.copytree(EXAMPLES / language, target / language, ignore=left))


def test_go(platform: RunningService, kafka: str, protos: Path, tmp_path: Path) -> None:
    folder = copied("go", tmp_path)
    tools = TOOLS / "go"
    for plugin in PLUGINS:
        kept = tools / plugin.replace("/", "_")
        if not kept.exists():
            fetched("go", "install", plugin, cwd=tmp_path, GOBIN=str(tools))
            kept.touch()
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    run("./generate.sh", protos, cwd=folder, PATH=path, PROTOC=f"{sys.executable} -m grpc_tools.protoc")
    fetched("go", "mod", "download", cwd=folder)
    run("go", "build", "-mod=readonly", "-o", "example", ".", cwd=folder)
    cell = new_cell()
    assert run(folder / "example", platform.target, kafka, cell, cwd=folder).splitlines() == told(cell, "Go")


def test_node(platform: RunningService, kafka: str, protos: Path, tmp_path: Path) -> None:
    folder = copied("node", tmp_path)
    if shutil.which("node") is None:
        pytest.skip("there is no node")
    fetched("npm", "ci", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", cwd=folder)
    cell = new_cell()
    printed = run("node", "main.js", protos, platform.target, kafka, cell, cwd=folder)
    assert printed.splitlines() == told(cell, "Node")


def test_the_wheel(platform: RunningService, kafka: str, tmp_path: Path) -> None:
    run(sys.executable, ROOT / "proto" / "client_wheel.py", tmp_path / "dist", cwd=tmp_path)
    uv = Path(sys.executable).parent / "uv"
    run(uv, "venv", "--python", sys.executable, tmp_path / "venv", cwd=tmp_path)
    python = tmp_path / "venv" / "bin" / "python"
    wheel = next((tmp_path / "dist").glob("*.whl"))
    run(uv, "--system-certs", "pip", "install", "--python", python, wheel, "kafka-python", "lz4", cwd=tmp_path)
    cell = new_cell()
    printed = run(python, "-I", "-c", FROM_THE_WHEEL, platform.target, kafka, cell, cwd=tmp_path)
    assert printed.splitlines() == told(cell, "Python")
