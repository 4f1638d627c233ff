"""Makes the wheel `hearthline-client`: the stubs with their types, and `connect`; nothing of the services."""

import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = """[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "hearthline-client"
version = "{version}"
description = "Typed stubs of Hearthline's services, and a channel to them"
requires-python = ">=3.11"
dependencies = [{needs}]

[tool.hatch.build.targets.wheel]
only-include = ["hearthline", "buf", "hearthline_client"]
"""
NEEDS = ("googleapis-common-protos", "grpcio>", "protobuf")


def main(target: Path) -> None:
    """Builds in a folder of its own, with the versions that the platform asks for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needs = ", ".join(f'"{need}"' for need in project["dependencies"] if need.startswith(NEEDS))
    ignore = shutil.ignore_patterns("__pycache__", "*.binpb")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "pyproject.toml").write_text(PYPROJECT.format(version=project["version"], needs=needs))
        for part in ("hearthline", "buf"):
            shutil.copytree(ROOT / "libs" / "api" / part, folder / part, ignore=ignore)
            for package in (folder / part).rglob("*_pb2.py"):
                (package.parent / "py.typed").touch()
        shutil.copytree(ROOT / "libs" / "hearthline_client", folder / "hearthline_client", ignore=ignore)
        target.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target.resolve())]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
