"""Who a server believes: a real server and real tokens (P4)."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import pytest
from sqlalchemy import select

from hearthline.surveys.v1.index_pb2 import ListFactorTreesRequest
from hearthline.surveys.v1.index_pb2_grpc import IndexServiceStub
from hearthline.surveys.v1.questionnaires_pb2 import TriggerRule, UpdateTriggerRuleRequest
from hearthline.surveys.v1.questionnaires_pb2_grpc import TriggerRuleServiceStub
from hearthline_cli.tokens.issuing import Issuer
from servicekit import jwks
from servicekit.client import connect
from servicekit.tables import audit
from surveys.bootstrap import service as surveys
from tests.servicekit.asking import ask, bearer, reason_of, sign
from tests.support.identities import HOUR, issuer, proof, refused
from tests.support.running import RunningService, Starter

UNAUTHENTICATED = grpc.StatusCode.UNAUTHENTICATED


@pytest.fixture
def keys(tmp_path: Path) -> Issuer:
    return issuer(tmp_path)


@pytest.fixture
def server(start: Starter, keys: Issuer) -> RunningService:
    return start(surveys, work=False, **proof(keys))


@pytest.mark.parametrize("algorithm", ["EdDSA", "RS256"])
def test_a_token_proves_who_is_calling(start: Starter, tmp_path: Path, algorithm: str) -> None:
    keys = issuer(tmp_path, algorithm)
    ask(start(surveys, work=False, **proof(keys)), bearer(sign(keys)))


def test_a_caller_without_a_token_is_refused(server: RunningService) -> None:
    assert reason_of(server, {}) == "TOKEN_MISSING"


def test_what_a_caller_says_of_itself_is_not_heard(server: RunningService, keys: Issuer) -> None:
    said = {"x-hearthline-actor": "staff/1", "x-hearthline-roles": "supervisor,admin"}
    assert reason_of(server, said) == "TOKEN_MISSING"
    nobody = keys.sign("staff/2", [], {}, datetime.now(UTC), HOUR)
    with pytest.raises(grpc.RpcError) as error:
        ask(server, said | bearer(nobody))
    assert refused(error.value) == (grpc.StatusCode.PERMISSION_DENIED, "ROLE_MISSING")


def test_roles_that_nobody_knows_give_nothing(server: RunningService, keys: Issuer) -> None:
    with pytest.raises(grpc.RpcError) as error:
        ask(server, bearer(sign(keys, roles=["root", "system/walk", "system/surveys"])))
    assert refused(error.value) == (grpc.StatusCode.PERMISSION_DENIED, "ROLE_MISSING")


def test_a_refusal_names_the_method_and_who_may(server: RunningService, keys: Issuer) -> None:
    with pytest.raises(grpc.RpcError, match="IndexService/ListFactorTrees: it is for supervisor, auditor, admin"):
        ask(server, bearer(sign(keys, roles=["crew"])))


def test_a_server_that_was_told_nothing_serves_nobody_and_says_why(start: Starter, keys: Issuer) -> None:
    running = start(surveys, work=False, trust_callers=False)
    assert reason_of(running, {"x-hearthline-actor": "staff/1"}) == "NO_AUTHENTICATION"
    with pytest.raises(grpc.RpcError, match="HEARTHLINE_JWKS") as error:
        ask(running, bearer(sign(keys)))
    assert error.value.code() is UNAUTHENTICATED


def test_a_new_key_needs_no_restart_and_an_old_one_goes_on(
    server: RunningService, keys: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jwks, "_LEAST_S", 0)
    before = sign(keys)
    ask(server, bearer(before))
    keys.add_key("RS256")
    ask(server, bearer(sign(keys)))
    ask(server, bearer(before))


def test_a_key_that_was_taken_away_ends_its_tokens(
    server: RunningService, keys: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sign(keys)
    ask(server, bearer(before))
    (old,) = (pem.stem for pem in keys.jwks.parent.glob("*.pem"))
    keys.add_key()
    keys.drop_key(old)
    monkeypatch.setattr(jwks, "_FRESH_S", 0)
    ask(server, bearer(sign(keys)))
    assert reason_of(server, bearer(before)) == "TOKEN_KEY"


def test_the_audit_has_who_it_was_proven_to_be(server: RunningService, keys: Issuer, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(sign(keys))
    rule = TriggerRule(name="triggerRules/repair", sampling_rate=0.5)
    request = UpdateTriggerRuleRequest(trigger_rule=rule)
    request.update_mask.paths.append("sampling_rate")
    with connect(server.target, "staff/somebody-else", token=file) as channel:
        TriggerRuleServiceStub(channel).UpdateTriggerRule(request)
    with server.kit.unit() as uow:
        assert [row.actor for row in uow.rows(select(audit.c.actor))] == ["staff/1001"]


def test_a_token_file_is_read_again_when_it_was_renewed(server: RunningService, keys: Issuer, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(sign(keys, datetime.now(UTC) - timedelta(days=1)))
    with connect(server.target, "", token=file) as channel:
        stub = IndexServiceStub(channel)
        with pytest.raises(grpc.RpcError):
            stub.ListFactorTrees(ListFactorTreesRequest())
        renewed = tmp_path / "renewed"
        renewed.write_text(sign(keys))
        renewed.replace(file)
        assert stub.ListFactorTrees(ListFactorTreesRequest()).factor_trees
