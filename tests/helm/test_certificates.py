"""mTLS in the cluster: who makes the certificates, who shows them, what the maker may do (P4)."""

from typing import Any

import pytest

from tests.helm.rendering import Resource, resources
from tests.helm.tools import SERVICES

MUTUAL = '{"global.tls": {"enabled": true, "days": 30}}'
CERT_MANAGER = ("cert-manager.io/v1",)


def of(kind: str, apis: tuple[str, ...] = ()) -> dict[str, Resource]:
    """Resources of one kind, by name."""
    return {r["metadata"]["name"]: r for r in resources("dev", apis, MUTUAL) if r["kind"] == kind}


def makers() -> list[Resource]:
    """Both pods that make certificates: at once, and every night."""
    job = of("Job")["hl-certificates-1"]["spec"]["template"]["spec"]
    nightly = of("CronJob")["hl-certificates"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    return [job, nightly]


def asked() -> dict[str, list[str]]:
    """Hosts by secret, as the command line asks for them."""
    wishes = [a.partition("=") for a in makers()[0]["containers"][0]["args"] if not a.startswith("--") and "=" in a]
    return {name: [host for host in hosts.split(",") if host] for name, _, hosts in wishes}


def test_without_the_switch_there_is_none_of_it() -> None:
    names = [r["metadata"]["name"] for r in resources("dev")]
    assert [name for name in names if "certificates" in name or "authority" in name] == []


@pytest.mark.parametrize("service", SERVICES)
def test_a_server_shows_the_certificate_that_is_made_for_it(service: str) -> None:
    pod = of("Deployment")[f"hl-{service}-serve"]["spec"]["template"]["spec"]
    secrets = {v["name"]: v["secret"]["secretName"] for v in pod["volumes"] if "secret" in v}
    mounts = {m["name"]: m["mountPath"] for m in pod["containers"][0]["volumeMounts"]}
    settings = of("ConfigMap")[f"hl-{service}"]["data"]
    assert {f"hl-{service}", f"hl-{service}.utility.svc"} <= set(asked()[secrets["tls"]])
    assert {settings[f"HEARTHLINE_TLS_{name}"] for name in ("CERTIFICATE", "KEY", "CLIENT_CA")} == {
        f"{mounts['tls']}/{file}" for file in ("tls.crt", "tls.key", "ca.crt")
    }


def test_both_makers_make_the_same() -> None:
    job, nightly = makers()
    assert job == nightly


def test_the_maker_may_touch_its_own_secrets_alone() -> None:
    rules = of("Role")["hl-certificates"]["rules"]
    touched = [rule for rule in rules if rule["verbs"] != ["create"]]
    assert {resource for rule in rules for resource in rule["resources"]} == {"secrets"}
    assert [set(rule["resourceNames"]) for rule in touched] == [{"hl-authority", *asked()}]
    assert {verb for rule in rules for verb in rule["verbs"]} == {"create", "get", "update"}


def test_cert_manager_makes_the_same_secrets_where_it_is() -> None:
    made: dict[str, Any] = {r["spec"]["secretName"]: r["spec"] for r in of("Certificate", CERT_MANAGER).values()}
    assert made.pop("hl-authority")["isCA"]
    assert {name: spec.get("dnsNames", []) for name, spec in made.items()} == asked()
    assert {(spec["duration"], spec["renewBefore"]) for spec in made.values()} == {("720h", "240h")}
    assert of("CronJob", CERT_MANAGER) == {}
    assert [name for name in of("Job", CERT_MANAGER) if "certificates" in name] == []


def test_the_walk_of_helm_test_shows_its_certificate() -> None:
    pod = of("Pod")["hl-walk"]["spec"]
    environment = {e["name"]: e["value"] for e in pod["containers"][0]["env"]}
    mounts = {m["mountPath"]: m["name"] for m in pod["containers"][0]["volumeMounts"]}
    secrets = {v["name"]: v["secret"]["secretName"] for v in pod["volumes"] if "secret" in v}
    assert secrets[mounts[environment["HEARTHLINE_CALLER_TLS"]]] in asked()
