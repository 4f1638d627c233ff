"""What every rendered resource must have: labels, limits, a restricted security context, its edges (P5)."""

import re

import pytest
import yaml

from tests.helm.rendering import KEDA, PROFILES, Resource, containers, environment, of, pods, rendered, resources
from tests.helm.tools import PLATFORM, SERVICES, helm

LABELS = {
    *(f"app.kubernetes.io/{name}" for name in ("name", "instance", "component", "version", "part-of", "managed-by")),
    "helm.sh/chart",
}
SELECTORS = {f"app.kubernetes.io/{name}" for name in ("name", "instance", "component")}
DISK = "ephemeral-storage"
LOGS = 50
"""MiB that a kubelet keeps of a container's logs, by its defaults: five files of 10 MiB."""
CHANGES = ("{}", '{"global.tls": {"enabled": true, "days": 30}}')
every_profile = pytest.mark.parametrize("profile", PROFILES)


@every_profile
def test_every_resource_and_pod_is_labelled(profile: str) -> None:
    bare = [r["metadata"]["name"] for r in resources(profile) if not r["metadata"].get("labels", {}).keys() >= LABELS]
    bare += [name for name, pod in pods(profile) if not pod["metadata"]["labels"].keys() >= LABELS]
    assert bare == []


@every_profile
def test_selectors_name_only_what_never_changes(profile: str) -> None:
    for kind in ("Deployment", "StatefulSet"):
        for name, resource in of(kind, profile).items():
            selector = resource["spec"]["selector"]["matchLabels"]
            assert set(selector) == SELECTORS, name
            assert selector.items() <= resource["spec"]["template"]["metadata"]["labels"].items(), name


@every_profile
def test_names_are_unique_and_begin_with_the_release(profile: str) -> None:
    names = [(r["kind"], r["metadata"]["name"]) for r in resources(profile)]
    assert (len(names), [n for n in names if not n[1].startswith("hl-")]) == (len(set(names)), [])


@every_profile
@pytest.mark.parametrize("changes", CHANGES)
def test_every_container_asks_for_what_it_needs_and_is_limited_in_memory_and_disk(profile: str, changes: str) -> None:
    found = {name: container["resources"] for name, container in containers(profile, changes)}
    assert found
    assert [
        n
        for n, r in found.items()
        if set(r["requests"]) != {"cpu", "memory", DISK} or set(r["limits"]) != {"memory", DISK}
    ] == []


@every_profile
@pytest.mark.parametrize("changes", CHANGES)
def test_a_pod_may_fill_its_scratch_volumes_and_its_logs_before_it_is_evicted(profile: str, changes: str) -> None:
    """A volume on the node's disk counts against the limit, and so do the logs that the kubelet keeps."""
    for name, pod in pods(profile, changes):
        scratch = [v["emptyDir"]["sizeLimit"] for v in pod["spec"].get("volumes", []) if "emptyDir" in v]
        for container in [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]:
            limit = mebibytes(container["resources"]["limits"][DISK])
            assert limit >= sum(map(mebibytes, scratch)) + LOGS, name
            assert mebibytes(container["resources"]["requests"][DISK]) <= limit, name


def test_a_cron_job_may_begin_late_but_not_for_ever() -> None:
    found = [r["spec"] for profile in PROFILES for r in resources(profile, (), CHANGES[1]) if r["kind"] == "CronJob"]
    assert found
    # The controller looks every ten seconds: under that, a job might never begin.
    assert [spec for spec in found if not 10 <= spec.get("startingDeadlineSeconds", 0) <= 86_400] == []


@pytest.mark.parametrize("kind", ["requests", "limits"])
@pytest.mark.parametrize(
    "place",
    [
        *("topics.resources", "certificates.resources", "walk.resources", "cloudNativePg.resources"),
        *("embeddedKafka.resources", "embeddedPostgresql.resources"),
        *(f"{service}.{part}.resources" for service in SERVICES for part in ("serve", "work", "migrate")),
    ],
)
def test_resources_without_local_disk_are_refused(place: str, kind: str) -> None:
    values = str(PLATFORM / "values-dev.yaml")
    done = helm("template", "hl", str(PLATFORM), "--values", values, "--set-json", f"{place}.{kind}.{DISK}=null")
    assert done.returncode != 0
    assert DISK in done.stderr


@every_profile
def test_every_pod_is_restricted(profile: str) -> None:
    for name, pod in pods(profile):
        security = pod["spec"]["securityContext"]
        assert security["runAsNonRoot"], name
        assert security["runAsUser"] > 0, name
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert pod["spec"]["automountServiceAccountToken"] is False, name
        assert not {"hostNetwork", "hostPID", "hostIPC"} & pod["spec"].keys(), name
        assert not [v for v in pod["spec"].get("volumes", []) if "hostPath" in v], name
    for name, container in containers(profile):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }, name


@every_profile
def test_services_run_as_the_images_user(profile: str) -> None:
    ours = {name: pod for name, pod in pods(profile) if "serve" in name or "work" in name}
    assert len(ours) >= 12
    assert {pod["spec"]["securityContext"]["runAsUser"] for pod in ours.values()} == {10001}


@every_profile
@pytest.mark.parametrize("service", SERVICES)
def test_a_service_serves_works_and_migrates(service: str, profile: str) -> None:
    deployments = of("Deployment", profile)
    for component in ("serve", "work"):
        pod = deployments[f"hl-{service}-{component}"]["spec"]["template"]["spec"]
        assert [c["args"] for c in pod["containers"]] == [[service, component]]
        assert [c["args"][:3] for c in pod["initContainers"]] == [[service, "migrate", "--wait"]]
    job = of("Job", profile)[f"hl-{service}-migrate-1"]["spec"]["template"]["spec"]
    assert job["containers"][0]["args"][:2] == [service, "migrate"]


@every_profile
@pytest.mark.parametrize("service", SERVICES)
def test_probes_ask_the_port_that_the_service_listens_on(service: str, profile: str) -> None:
    container = of("Deployment", profile)[f"hl-{service}-serve"]["spec"]["template"]["spec"]["containers"][0]
    settings = environment(container, profile)
    port, health = (int(settings[f"HEARTHLINE_{name}"].rpartition(":")[2]) for name in ("LISTEN", "HEALTH_LISTEN"))
    asked = {name: container[f"{name}Probe"]["grpc"] for name in ("startup", "readiness", "liveness")}
    assert asked == {
        "startup": {"port": health, "service": "liveness"},
        "readiness": {"port": health, "service": "readiness"},
        "liveness": {"port": health, "service": "liveness"},
    }
    worker = of("Deployment", profile)[f"hl-{service}-work"]["spec"]["template"]["spec"]["containers"][0]
    assert {name: worker[f"{name}Probe"]["grpc"] for name in asked} == asked
    assert "lifecycle" not in worker
    offered = of("Service", profile)[f"hl-{service}"]["spec"]
    assert (offered["clusterIP"], offered["ports"][0]["port"]) == ("None", port)


def test_pods_change_with_their_settings() -> None:
    def checksum(changes: str) -> str:
        found = {r["metadata"]["name"]: r for r in resources("dev", (), changes) if r["kind"] == "Deployment"}
        annotations: dict[str, str] = found["hl-billing-work"]["spec"]["template"]["metadata"]["annotations"]
        return annotations["checksum/config"]

    assert checksum("{}") != checksum('{"global.logLevel": "debug"}')


def test_production_holds_no_secret() -> None:
    assert of("Secret", "production") == {}
    texts = [str(value) for m in of("ConfigMap", "production").values() for value in m["data"].values()]
    assert [text for text in texts if re.search(r"password=|:[^/@]+@", text)] == []


def test_a_deployment_that_scales_itself_states_no_replicas() -> None:
    deployments = of("Deployment", "production", KEDA)
    assert [name for name, found in deployments.items() if "replicas" in found["spec"]] == []
    assert len(of("HorizontalPodAutoscaler", "production", KEDA)) == len(SERVICES)
    assert len(of("ScaledObject", "production", KEDA)) == len(SERVICES)


def test_without_keda_all_scale_on_cpu() -> None:
    scaled = {r["spec"]["scaleTargetRef"]["name"] for r in of("HorizontalPodAutoscaler", "production").values()}
    assert scaled == set(of("Deployment", "production"))


@every_profile
def test_two_releases_fit_in_one_namespace(profile: str) -> None:
    """Nothing of one is called, selected or let in like something of the other."""
    first, second = ([*yaml.safe_load_all(rendered(profile, release=name))] for name in ("hl", "other"))
    names = [{(r["kind"], r["metadata"]["name"]) for r in release if r} for release in (first, second)]
    assert names[0] & names[1] == set()
    assert re.search(r"\bhl\b", rendered(profile, release="other")) is None


def test_a_release_whose_names_would_not_fit_is_refused() -> None:
    values = str(PLATFORM / "values-dev.yaml")
    done = helm("template", "x" * 37, str(PLATFORM), "--values", values)
    assert "is too long: names of its Jobs would not fit in 63 letters; 36 do" in done.stderr
    assert helm("template", "x" * 36, str(PLATFORM), "--values", values).returncode == 0


@every_profile
def test_every_pod_is_under_a_network_policy_that_names_its_edges(profile: str) -> None:
    policies = [p["spec"] for p in of("NetworkPolicy", profile).values()]
    for policy in policies:
        assert policy["policyTypes"] == ["Ingress", "Egress"]
        assert [edge for edge in policy["egress"] if not edge.get("to") or not edge.get("ports")] == []
        assert [peer for edge in policy["egress"] for peer in edge["to"] if not peer] == []
    for name, pod in pods(profile):
        labels = pod["metadata"]["labels"]
        assert [p for p in policies if _matches(p, labels)], name


def _matches(policy: Resource, labels: dict[str, str]) -> bool:
    wanted: dict[str, str] = policy["podSelector"]["matchLabels"]
    return wanted.items() <= labels.items()


def mebibytes(amount: str) -> int:
    """A quantity of Kubernetes that is whole in MiB."""
    return int(amount[:-2]) * {"Mi": 1, "Gi": 1024}[amount[-2:]]
