"""helm and kubeconform, on the PATH or as the machine's local cluster brings them."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHARTS = ROOT / "deploy" / "helm"
PLATFORM = CHARTS / "hearthline"
SERVICES = ("customers", "workorders", "notifications", "surveys", "complaints", "billing")
_CLUSTER = ROOT.parent / "shared" / "cluster" / "cluster"


def tool(name: str) -> str:
    """Path of a tool; without it the test is skipped, and fails where CI=true and there is Go to build it with."""
    found = shutil.which(name) or shutil.which(name, path=_cluster_path())
    if found:
        return found
    reason = f"{name} is neither on the PATH nor built by ../shared/cluster/cluster"
    if os.environ.get("CI") == "true" and shutil.which("go"):
        pytest.fail(f"{reason}; .ci/run says how to build it")
    pytest.skip(reason)


def helm(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Runs helm; its remarks about our symbolic links are left out."""
    done = subprocess.run([tool("helm"), *arguments], capture_output=True, text=True, check=False)
    done.stderr = "\n".join(line for line in done.stderr.splitlines() if "found symbolic link" not in line)
    return done


@cache
def _cluster_path() -> str:
    """Where the cluster's own tools are, as it says itself."""
    if not _CLUSTER.exists():
        return ""
    said = subprocess.run([str(_CLUSTER), "env"], capture_output=True, text=True, check=True).stdout
    return said.partition("PATH=")[2].partition(":")[0]
