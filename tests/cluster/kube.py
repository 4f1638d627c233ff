"""The cluster that KUBECONFIG names, through kubectl and helm."""

import json
import os
import shlex
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy" / "helm" / "hearthline"
RELEASE = "hearthline"
SERVICES = {"customers": 50051, "workorders": 50052, "notifications": 50053, "surveys": 50054, "complaints": 50055}
SERVICES |= {"billing": 50056}
COMPONENTS = ("serve", "work")
CALLER = f"{RELEASE}-caller-tls"
"""Secret with the certificate that callers show."""
ROLLOUT_S = 180
_RESTRICTED = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}


class ClusterError(Exception):
    """A command on the cluster failed; the message holds its last words."""


def run(*command: str, stdin: str | None = None, timeout: float = 600) -> str:
    """Standard output of a command; ClusterError when it fails, is missing or takes too long."""
    try:
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, timeout=timeout)
    except (FileNotFoundError, subprocess.TimeoutExpired) as error:
        raise ClusterError(str(error)) from error
    if done.returncode:
        raise ClusterError(f"{shlex.join(command[:6])}…: {(done.stderr or done.stdout).strip()[-600:]}")
    return done.stdout


def check() -> None:
    """ClusterError unless a cluster answers and helm and docker are there."""
    run("kubectl", "get", "--raw", "/readyz", "--request-timeout=5s")
    run("helm", "version")
    run("docker", "info")


def load(image: str) -> None:
    """Brings an image into the cluster by the command in LOAD; without one the cluster shares the engine's images."""
    if command := os.environ.get("LOAD", ""):
        run(*shlex.split(command), image)


class Cluster:
    """One namespace with one release, made anew and removed at the end."""

    def __init__(self, namespace: str, image: str, tag: str) -> None:
        self.namespace = namespace
        self.image = image
        self.tag = tag

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """Runs kubectl in the namespace."""
        return run("kubectl", "--namespace", self.namespace, *arguments, stdin=stdin)

    def helm(self, *arguments: str) -> None:
        """Runs helm in the namespace and waits until all it changed is ready."""
        run("helm", "--namespace", self.namespace, *arguments, "--wait", "--timeout", "5m")

    def upgrade(self, *values: str) -> None:
        """Installs or changes the release; `values` come on top of those it has."""
        image = (f'global.image.repository="{self.image}"', f'global.image.tag="{self.tag}"')
        flags = [flag for value in (*image, *values) for flag in ("--set-json", value)]
        files = ["--values", str(CHART / "values-dev.yaml")]
        self.helm("upgrade", "--install", RELEASE, str(CHART), *files, *flags)

    def ready(self, kind: str, name: str) -> None:
        """Returns when every pod of a workload is the wanted one and ready."""
        self.kubectl("rollout", "status", f"{kind}/{RELEASE}-{name}", f"--timeout={ROLLOUT_S}s")

    def pods(self, service: str, component: str) -> list[str]:
        """Names of a workload's pods."""
        labels = f"app.kubernetes.io/name={service},app.kubernetes.io/component={component}"
        return self.kubectl("get", "pods", "--selector", labels, "--output", "name").split()

    def query(self, service: str, statement: str) -> list[list[Any]]:
        """Rows that a statement yields in a service's database."""
        wrapped = f"SELECT coalesce(json_agg(json_build_array({statement.partition(' FROM ')[0]})), '[]')"
        text = f"{wrapped} FROM {statement.partition(' FROM ')[2]}"
        psql = ["psql", "--username=postgres", f"--dbname={service}", "--no-align", "--tuples-only"]
        out = self.kubectl("exec", f"{RELEASE}-postgresql-0", "--", *psql, "--command", text)
        rows: list[list[Any]] = json.loads(out)
        return rows

    def start_script(self, name: str, *arguments: str, port: int = 0) -> None:
        """Runs `name`.py of this folder in a pod of its own, which may call the services."""
        script = (Path(__file__).parent / "inside" / f"{name}.py").read_text(encoding="utf-8")
        labels = {"app": f"e2e-{name}", "hearthline-client": "true", "app.kubernetes.io/part-of": "hearthline"}
        labels |= {"app.kubernetes.io/instance": RELEASE}
        container = {
            "name": name,
            "image": f"{self.image}:{self.tag}",
            "imagePullPolicy": "IfNotPresent",
            "command": ["python", "-u", "-c", script, *arguments],
            "securityContext": _RESTRICTED,
            "env": [{"name": "HEARTHLINE_CALLER_TLS", "value": "/etc/hearthline/tls"}],
            "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}, {"name": "tls", "mountPath": "/etc/hearthline/tls"}],
        }
        # Optional: the collector is there before the release that makes the secret.
        tls = {"secretName": CALLER, "optional": True}
        pod = {
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": 1,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "securityContext": {"runAsNonRoot": True, "runAsUser": 10001, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [container],
            "volumes": [{"name": "tmp", "emptyDir": {}}, {"name": "tls", "secret": tls}],
        }
        about = {"name": f"e2e-{name}", "labels": labels}
        made: list[dict[str, Any]] = [{"apiVersion": "v1", "kind": "Pod", "metadata": about, "spec": pod}]
        if port:
            spec = {"selector": {"app": f"e2e-{name}"}, "ports": [{"port": port}]}
            made.append({"apiVersion": "v1", "kind": "Service", "metadata": about, "spec": spec})
        self.kubectl("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": made}))
        phase = ("get", f"pod/e2e-{name}", "--output=jsonpath={.status.phase}")
        wait_for(f"the pod e2e-{name}", 120, lambda: self.kubectl(*phase) != "Pending")

    def said(self, name: str) -> list[dict[str, Any]]:
        """What a script printed so far, a JSON object a line."""
        lines = self.kubectl("logs", f"e2e-{name}").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    @contextmanager
    def forwarded(self, service: str) -> Iterator[str]:
        """localhost:port, which leads to a pod of a service."""
        command = ["kubectl", "--namespace", self.namespace, "port-forward", f"service/{RELEASE}-{service}"]
        with subprocess.Popen([*command, f":{SERVICES[service]}"], stdout=subprocess.PIPE, text=True) as forward:
            try:
                assert forward.stdout is not None
                line = forward.stdout.readline()
                if "->" not in line:
                    raise ClusterError(f"no port-forward to {service}")
                yield line.split()[2].replace("127.0.0.1", "localhost")
            finally:
                forward.terminate()

    def remove(self) -> None:
        """Takes the namespace away with all that is in it."""
        run("kubectl", "delete", "namespace", self.namespace, "--ignore-not-found", "--wait")


def wait_for(what: str, seconds: float, wanted: Callable[[], bool]) -> None:
    """Returns as soon as `wanted` holds; ClusterError with `what` when it does not in time."""
    end = time.monotonic() + seconds
    while not wanted():
        if time.monotonic() > end:
            raise ClusterError(f"{what}: not within {seconds:.0f} s")
        time.sleep(1)


def workloads(services: Sequence[str] = tuple(SERVICES)) -> Iterator[tuple[str, str]]:
    """Every Deployment of the services, as service and component."""
    return ((service, component) for service in services for component in COMPONENTS)
