"""proto/access.yaml has a row for every RPC and for nothing else, and docs/security.md shows it (P4)."""

from importlib import import_module

import pytest
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import FileDescriptor, MethodDescriptor

from hearthline_cli.laptop import SERVICES
from proto.access_table import BEGIN, END, table
from servicekit.access import AccessFile, access_file
from servicekit.service import Service
from tests.architecture.tree import ROOT

NOBODY: dict[str, list[str]] = {"name": [], "contact": [], "address": [], "text": []}
NO_ROWS: dict[str, object] = {
    "roles": {"agent": "…"},
    "accounts": {},
    "personal": NOBODY,
    "confidential": [],
    "services": {},
}


def served() -> dict[str, MethodDescriptor]:
    """Every RPC of every service, as their servers have them by reflection."""
    found: dict[str, MethodDescriptor] = {}
    for name in SERVICES:
        service: Service = import_module(f"{name}.bootstrap").service()
        for file in (*service.descriptors, *_of_every_service()):
            for each in file.services_by_name.values():
                found |= {f"{each.full_name}/{method.name}": method for method in each.methods}
    return found


def _of_every_service() -> list[FileDescriptor]:
    files = sorted((ROOT / "proto").glob("hearthline/*/v1/*.proto"))
    files = [file for file in files if file.parts[-3] in ("operations", "privacy")]
    return [descriptor_pool.Default().FindFileByName(f.relative_to(ROOT / "proto").as_posix()) for f in files]


def test_every_rpc_has_a_row() -> None:
    assert served().keys() - access_file().rows().keys() == set()


def test_every_row_has_an_rpc() -> None:
    assert access_file().rows().keys() - served().keys() == set()


def test_every_role_and_account_may_do_something() -> None:
    used = {who for row in access_file().rows().values() for who in row}
    assert (access_file().roles.keys() | access_file().accounts.keys()) - used == set()


def test_auditors_change_nothing() -> None:
    may = [method for method, row in access_file().rows().items() if "auditor" in row]
    assert [m for m in may if not m.partition("/")[2].startswith(("Get", "List", "Search", "Find", "Preview"))] == []


def test_a_changing_request_that_auditors_may_not_send_has_a_request_id() -> None:
    """What the row above takes for reading does not change anything."""
    changing = {m for m, d in served().items() if "request_id" in d.input_type.fields_by_name}
    assert [m for m, row in access_file().rows().items() if "auditor" in row and m in changing] == []


def test_services_are_accounts_that_may_call_nothing() -> None:
    """They speak to each other by events; the day one calls another, its row says what."""
    assert {f"system/{name}" for name in SERVICES} & access_file().accounts.keys() == set()


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"agents": "any"}, "agents is neither a role nor an account"),
        ({}, "nobody may call it"),
        ({"agent": "some"}, "any"),
        ({"agent": ["street"]}, "cell"),
        ({"agent": []}, "at least 1"),
    ],
)
def test_a_wrong_row_is_refused(row: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        AccessFile.model_validate({**NO_ROWS, "services": {"S": {"M": row}}})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"personal": {**NOBODY, "name": ["agents"]}}, "personal: agents is neither"),
        ({"personal": {"name": []}}, "says nobody for address"),
        ({"confidential": ["agents"]}, "confidential: agents is neither"),
    ],
)
def test_wrong_viewers_are_refused(changes: dict[str, object], words: str) -> None:
    assert AccessFile.model_validate(NO_ROWS).confidential == []
    with pytest.raises(ValueError, match=words):
        AccessFile.model_validate({**NO_ROWS, **changes})


def test_the_documentation_shows_this_table() -> None:
    page = (ROOT / "docs" / "security.md").read_text()
    assert page.partition(BEGIN)[2].partition(END)[0].strip() == table(), "run `make access-table`"
