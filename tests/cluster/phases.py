"""What is done to the platform while calls go on; each returns when the platform is whole again."""

import tempfile
from pathlib import Path

from tests.cluster.callers import shown
from tests.cluster.kube import COMPONENTS, RELEASE, SERVICES, Cluster, ClusterError, load, run, wait_for, workloads

LOADED = ("customers", "workorders", "complaints")
"""Services that the load calls."""
SCALED = 3
ROOT = Path(__file__).parents[2]
_MIGRATION = Path(__file__).parent / "inside" / "migration.py"
_VERSIONS = "/opt/hearthline/lib/python3.11/site-packages/workorders/migrations/versions"


def steady(cluster: Cluster) -> None:
    """Nothing, for a while: what the others are compared with."""
    before = len(cluster.said("load"))
    wait_for("two hundred calls", 120, lambda: len(cluster.said("load")) > before + 200)


def certificates(cluster: Cluster) -> None:
    """Has a service's certificate made anew, and sees the running pod show it."""
    with cluster.forwarded("customers") as target:
        before, running = shown(target), cluster.pods("customers", "serve")
        cluster.kubectl("delete", f"secret/{RELEASE}-customers-tls")
        cluster.kubectl("create", "job", "e2e-certificates", f"--from=cronjob/{RELEASE}-certificates")
        # A kubelet brings changed secrets into pods about once a minute.
        wait_for("the new certificate", 240, lambda: shown(target) != before)
        if cluster.pods("customers", "serve") != running:
            raise ClusterError("the pod was replaced for its certificate")


def pods(cluster: Cluster) -> None:
    """Deletes every pod of every service, one after the other."""
    for service, component in workloads():
        for pod in cluster.pods(service, component):
            cluster.kubectl("delete", pod, "--wait")
            cluster.ready("deployment", f"{service}-{component}")


def kafka(cluster: Cluster) -> None:
    """Restarts Kafka."""
    _restart(cluster, "kafka")


def postgresql(cluster: Cluster) -> None:
    """Restarts PostgreSQL."""
    _restart(cluster, "postgresql")
    _whole(cluster)


def upgrade(cluster: Cluster) -> None:
    """Rolls out an image that has one more migration, and sees that the database has it."""
    cluster.upgrade(f'global.image.tag="{_next_image(cluster)}"', *wanted())
    _whole(cluster)
    if not _is_migrated(cluster):
        raise ClusterError("the upgrade's migration did not run")


def roll_back(cluster: Cluster) -> None:
    """Rolls back to the first image, which runs on the newer schema."""
    cluster.helm("rollback", RELEASE, "1")
    _whole(cluster)
    if not _is_migrated(cluster):
        raise ClusterError("the roll back took the newer schema away")


def scale(cluster: Cluster) -> None:
    """Scales `serve` to three, lets calls spread, and back."""
    cluster.upgrade(*wanted(), *(f"{service}.serve.replicaCount={SCALED}" for service in LOADED))
    before = len(cluster.said("load"))
    wait_for("calls that spread", 180, lambda: len(cluster.said("load")) > before + 300)


def drain(cluster: Cluster) -> None:
    """Evicts the services' pods of a node as an operator does before its maintenance, and takes it back."""
    cluster.upgrade(*wanted())
    node = cluster.kubectl("get", "pods", "--output=jsonpath={.items[0].spec.nodeName}")
    ours = f"app.kubernetes.io/instance={RELEASE},app.kubernetes.io/component in ({','.join(COMPONENTS)})"
    flags = ["--ignore-daemonsets", "--delete-emptydir-data", f"--pod-selector={ours}", "--timeout=120s"]
    try:
        run("kubectl", "drain", node, *flags)
    finally:
        run("kubectl", "uncordon", node)
    _whole(cluster)


PHASES = (steady, certificates, pods, kafka, postgresql, upgrade, roll_back, scale, drain)


def wanted() -> list[str]:
    """Values of these tests: certificates for everybody, and traces to their own collector."""
    peer = '{"podSelector": {"matchLabels": {"app": "e2e-collector"}}}'
    return [
        "global.tls.enabled=true",
        'global.otlpEndpoint="http://e2e-collector:4317"',
        f'global.networkPolicy.otlp={{"collector": {peer}}}',
    ]


def _restart(cluster: Cluster, name: str) -> None:
    cluster.kubectl("delete", f"pod/{RELEASE}-{name}-0", "--wait")
    cluster.ready("statefulset", name)


def _whole(cluster: Cluster) -> None:
    for service, component in workloads(tuple(SERVICES)):
        cluster.ready("deployment", f"{service}-{component}")


def _next_image(cluster: Cluster) -> str:
    tag = f"{cluster.tag}-next"
    with tempfile.TemporaryDirectory() as folder:
        script = _MIGRATION.read_text(encoding="utf-8").replace("the newest", _newest())
        (Path(folder) / "migration.py").write_text(script, encoding="utf-8")
        text = f"FROM {cluster.image}:{cluster.tag}\nCOPY migration.py {_VERSIONS}/e2e_next.py\n"
        (Path(folder) / "Dockerfile").write_text(text, encoding="utf-8")
        run("docker", "build", "--quiet", "--tag", f"{cluster.image}:{tag}", folder)
    load(f"{cluster.image}:{tag}")
    return tag


def _newest() -> str:
    """The revision that the release's own migrations end with."""
    last = max((ROOT / "services" / "workorders" / "migrations" / "versions").glob("[0-9]*.py"))
    return f"workorders_{last.name[:4]}"


def _is_migrated(cluster: Cluster) -> bool:
    columns = "column_name FROM information_schema.columns WHERE column_name = 'e2e_note'"
    return bool(cluster.query("workorders", columns))
