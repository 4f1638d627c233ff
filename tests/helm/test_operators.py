"""What operators of others are asked for: Strimzi's topics and users, CloudNativePG's databases, KEDA's scaling."""

import json

import pytest
import yaml

from servicekit.eventlog.access import load_access
from servicekit.eventlog.topics import load_topics, read_topics_file
from tests.helm.rendering import KEDA, Resource, resources
from tests.helm.tools import CHARTS, PLATFORM, SERVICES, helm

BANKS = ["icbc", "ccb", "abc"]
STRIMZI, CNPG = "kafka.strimzi.io/v1", "postgresql.cnpg.io/v1"
OPERATED = json.dumps(
    {
        "global.kafka": {"mode": "strimzi", "strimzi": {"cluster": "events"}},
        "global.postgresql": {"mode": "cnpg"},
    }
)
APIS = (STRIMZI, CNPG, *KEDA)


def of(kind: str, apis: tuple[str, ...] = APIS, changes: str = OPERATED) -> dict[str, Resource]:
    """Resources of one kind, by name."""
    found = [r for r in resources("production", apis, changes) if r["kind"] == kind]
    return {r["metadata"]["name"]: r for r in found}


def test_strimzi_makes_every_topic_as_the_file_has_it() -> None:
    made = {
        (spec["topicName"], spec["partitions"], spec["config"]["retention.ms"])
        for spec in (r["spec"] for r in of("KafkaTopic").values())
    }
    assert made == {(t.name, t.partitions, int(t.retention.total_seconds() * 1000)) for t in load_topics(BANKS)}


def test_strimzi_gives_users_the_rights_that_the_job_would() -> None:
    given = {
        (name.removeprefix("hl-"), operation.lower(), acl["resource"]["type"], acl["resource"]["name"])
        for name, user in of("KafkaUser").items()
        for acl in user["spec"]["authorization"]["acls"]
        for operation in acl["operations"]
    }
    assert given == {(r.user, r.verb, r.kind, r.name) for r in load_access(BANKS).rights}
    assert [name for name in of("Job") if "topics" in name] == []


@pytest.mark.parametrize("service", SERVICES)
def test_services_use_what_strimzi_makes(service: str) -> None:
    pod = of("Deployment")[f"hl-{service}-work"]["spec"]["template"]["spec"]
    secrets = {v["name"]: v["secret"]["secretName"] for v in pod["volumes"] if "secret" in v}
    assert (secrets["kafka-user"], secrets["kafka-tls"]) == (f"hl-{service}", "events-cluster-ca-cert")
    url = of("ConfigMap")[f"hl-{service}"]["data"]["HEARTHLINE_EVENTLOG_URL"]
    assert url.startswith("kafka://events-kafka-bootstrap:9093?")
    assert f"sasl_username=hl-{service}" in url


@pytest.mark.parametrize("service", SERVICES)
def test_services_use_the_database_that_cloudnativepg_makes(service: str) -> None:
    settings = of("ConfigMap")[f"hl-{service}"]["data"]
    database = of("Database")[f"hl-postgresql-{service}"]["spec"]
    (role,) = [r for r in of("Cluster")["hl-postgresql"]["spec"]["managed"]["roles"] if r["name"] == database["owner"]]
    assert (settings["PGHOST"], settings["PGSSLMODE"]) == ("hl-postgresql-rw", "verify-full")
    assert (settings["PGDATABASE"], settings["PGUSER"]) == (database["name"], database["owner"])
    container = of("Deployment")[f"hl-{service}-serve"]["spec"]["template"]["spec"]["containers"][0]
    (password,) = [e["valueFrom"]["secretKeyRef"] for e in container["env"] if e["name"] == "PGPASSWORD"]
    assert password == {"name": role["passwordSecret"]["name"], "key": "password"}


def test_facts_and_databases_outlive_the_release() -> None:
    kept = [*of("KafkaTopic").values(), *of("Cluster").values()]
    assert {r["metadata"]["annotations"]["helm.sh/resource-policy"] for r in kept} == {"keep"}
    assert {r["spec"]["databaseReclaimPolicy"] for r in of("Database").values()} == {"retain"}


@pytest.mark.parametrize("missing", [STRIMZI, CNPG])
def test_a_cluster_without_the_api_is_told(missing: str) -> None:
    flags = [flag for api in APIS if api != missing for flag in ("--api-versions", api)]
    changed = [f"{key}={json.dumps(value)}" for key, value in json.loads(OPERATED).items()]
    changes = [flag for each in changed for flag in ("--set-json", each)]
    values = str(PLATFORM / "values-production.yaml")
    done = helm("template", "hl", str(PLATFORM), "--values", values, *flags, *changes)
    assert f"this cluster has no API {missing.partition('/')[0]}" in done.stderr


def test_keda_asks_as_the_service_with_its_secrets() -> None:
    made = of("TriggerAuthentication", KEDA, "{}")
    assert len(made) == len(SERVICES)
    for service in SERVICES:
        asked = {t["parameter"]: (t["name"], t["key"]) for t in made[f"hl-{service}-work"]["spec"]["secretTargetRef"]}
        assert asked == {
            "username": (f"hearthline-{service}-kafka", "username"),
            "password": (f"hearthline-{service}-kafka", "password"),
            "ca": ("hearthline-kafka-ca", "ca.crt"),
        }
        for trigger in of("ScaledObject", KEDA, "{}")[f"hl-{service}-work"]["spec"]["triggers"]:
            assert trigger["authenticationRef"] == {"name": f"hl-{service}-work"}
            assert (trigger["metadata"]["sasl"], trigger["metadata"]["tls"]) == ("scram_sha512", "enable")


def test_with_strimzi_keda_is_told_the_user_that_the_secret_does_not_name() -> None:
    spec = of("TriggerAuthentication")["hl-billing-work"]["spec"]
    assert [t["parameter"] for t in spec["secretTargetRef"]] == ["password", "ca"]
    (name,) = spec["configMapTargetRef"]
    assert of("ConfigMap")[name["name"]]["data"][name["key"]] == "hl-billing"


@pytest.mark.parametrize("apis", [KEDA, ()], ids=["keda", "cpu"])
def test_workers_are_never_more_than_partitions(apis: tuple[str, ...]) -> None:
    few = json.dumps({"global.kafka.partitions": 4, "billing.work.autoscaling.minReplicas": 5})
    for changes, most in (("{}", read_topics_file().defaults.partitions), (few, 4)):
        scalers = of("ScaledObject", apis, changes) or of("HorizontalPodAutoscaler", apis, changes)
        workers = {name: r["spec"] for name, r in scalers.items() if name.endswith("-work")}
        assert len(workers) == len(SERVICES)
        assert {spec.get("maxReplicaCount", spec.get("maxReplicas")) for spec in workers.values()} == {most}
        assert all(spec.get("minReplicaCount", spec.get("minReplicas")) <= most for spec in workers.values())


@pytest.mark.parametrize("apis", [KEDA, ()], ids=["keda", "cpu"])
def test_workers_do_not_flap(apis: tuple[str, ...]) -> None:
    scalers = of("ScaledObject", apis, "{}") or of("HorizontalPodAutoscaler", apis, "{}")
    for name, scaler in scalers.items():
        spec = scaler["spec"]
        behavior = spec.get("behavior") or spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
        assert behavior["scaleDown"]["stabilizationWindowSeconds"] >= (900 if name.endswith("-work") else 300)


def test_resources_of_operators_are_labelled_like_ours() -> None:
    labels = [r["metadata"]["labels"] for r in resources("production", APIS, OPERATED)]
    assert {label["app.kubernetes.io/part-of"] for label in labels} == {"hearthline"}
    assert {label["app.kubernetes.io/instance"] for label in labels} == {"hl"}


def test_the_chart_holds_the_topics_of_this_version() -> None:
    assert yaml.safe_load((CHARTS / "hearthline" / "topics.yaml").read_text()) == yaml.safe_load(
        (CHARTS.parents[1] / "proto" / "topics.yaml").read_text()
    )
