"""Secrets of one namespace, over the API of the cluster that this pod runs in.

Two requests are not worth the Kubernetes client's twenty megabytes in every image.
"""

import base64
import json
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_TIMEOUT_S = 10.0


class ClusterRefused(Exception):
    """The cluster's API did not do what was asked; the message says what and why."""


class ChangedMeanwhile(ClusterRefused):
    """Somebody else wrote the secret first."""


@dataclass(frozen=True, slots=True)
class Secret:
    """Its files, and the version that a change must name; None for one that is not there yet."""

    files: Mapping[str, bytes]
    version: str | None = None


class Secrets:
    """Reads and writes the TLS secrets of a namespace."""

    def __init__(self, api: str, namespace: str, token: str = "", authority: Path | None = None) -> None:
        self._base = f"{api}/api/v1/namespaces/{namespace}/secrets"
        self._headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        self._context = ssl.create_default_context(cafile=str(authority)) if authority else None

    @classmethod
    def of_this_pod(cls) -> "Secrets":
        """Those that this pod's service account may touch; ClusterRefused outside of a cluster."""
        host = os.environ.get("KUBERNETES_SERVICE_HOST")
        if not host or not ACCOUNT.exists():
            raise ClusterRefused("this is no pod with a service account's token: nothing says which cluster is meant")
        api = f"https://{f'[{host}]' if ':' in host else host}:{os.environ.get('KUBERNETES_SERVICE_PORT', '443')}"
        return cls(api, (ACCOUNT / "namespace").read_text(), (ACCOUNT / "token").read_text(), ACCOUNT / "ca.crt")

    def read(self, name: str) -> Secret:
        """What is there; no files for one that is not."""
        try:
            found = self._send("GET", f"{self._base}/{name}")
        except FileNotFoundError:
            return Secret({})
        files = {key: base64.b64decode(value) for key, value in (found.get("data") or {}).items()}
        return Secret(files, found["metadata"]["resourceVersion"])

    def write(self, name: str, secret: Secret, labels: Mapping[str, str]) -> None:
        """Makes it, or replaces the version that was read; ChangedMeanwhile when that is not the last one."""
        metadata: dict[str, Any] = {"name": name, "labels": dict(labels)}
        body = {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "kubernetes.io/tls",
            "metadata": metadata,
            "data": {key: base64.b64encode(value).decode() for key, value in secret.files.items()},
        }
        if secret.version is None:
            self._send("POST", self._base, body)
        else:
            metadata["resourceVersion"] = secret.version
            self._send("PUT", f"{self._base}/{name}", body)

    def _send(self, verb: str, url: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = Request(url, data, self._headers, method=verb)  # noqa: S310  # https, or a test's own server
        try:
            with urlopen(request, timeout=_TIMEOUT_S, context=self._context) as answer:  # noqa: S310
                return json.load(answer)
        except HTTPError as error:
            if error.code == HTTPStatus.NOT_FOUND and verb == "GET":
                raise FileNotFoundError(url) from error
            kind = ChangedMeanwhile if error.code == HTTPStatus.CONFLICT else ClusterRefused
            raise kind(f"{verb} {url}: {error.code} {error.reason}") from error
        except URLError as error:
            raise ClusterRefused(f"{verb} {url}: {error.reason}") from error
