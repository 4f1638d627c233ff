"""Who gets in: callers with a certificate of the release, and nobody else (P4)."""

import base64
import json
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc

from hearthline.operations.v1.operations_pb2 import GetProgressRequest
from hearthline.operations.v1.operations_pb2_grpc import OperationsServiceStub
from servicekit.client import connect
from tests.cluster.kube import CALLER, Cluster, ClusterError

_DEADLINE_S = 10


@contextmanager
def certified(cluster: Cluster) -> Iterator[Path]:
    """A folder with what callers of this release show."""
    found = json.loads(cluster.kubectl("get", f"secret/{CALLER}", "--output=json"))["data"]
    with tempfile.TemporaryDirectory() as folder:
        for name, text in found.items():
            (Path(folder) / name).write_bytes(base64.b64decode(text))
        yield Path(folder)


def refuses_strangers(target: str, caller: Path) -> None:
    """ClusterError when a service answers somebody who speaks plain text, or who shows no certificate."""
    _ask(target, caller)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "ca.crt").write_bytes((caller / "ca.crt").read_bytes())
        for what, files in (("plain text", None), ("no certificate", Path(folder))):
            try:
                _ask(target, files)
            except grpc.RpcError:
                continue
            raise ClusterError(f"{target} answered a caller with {what}")


def shown(target: str) -> str:
    """The certificate that a server shows to whoever connects, PEM."""
    host, _, port = target.partition(":")
    return ssl.get_server_certificate((host, int(port)), timeout=_DEADLINE_S)


def _ask(target: str, files: Path | None) -> None:
    with connect(target, "staff/1007", tls=files) as channel:
        OperationsServiceStub(channel).GetProgress(GetProgressRequest(), timeout=_DEADLINE_S)
