"""P1: what a constraint refuses is said in a caller's words, for every constraint of every service."""

import re

import psycopg
import pytest
from sqlalchemy import MetaData, UniqueConstraint

from billing import bootstrap as billing
from complaints import bootstrap as complaints
from customers import bootstrap as customers
from notifications import bootstrap as notifications
from servicekit.constraints import refusal
from servicekit.errors import DomainError
from surveys import bootstrap as surveys
from workorders import bootstrap as workorders

MODULES = (billing, complaints, customers, notifications, surveys, workorders)


class Broken(psycopg.errors.UniqueViolation):
    """A violation as PostgreSQL tells it."""

    def __init__(self, table: str, constraint: str, detail: str) -> None:
        super().__init__(f'duplicate key value violates unique constraint "{constraint}"')
        self._told = type("Diagnostics", (), {"table_name": table, "message_detail": detail})()

    @property
    def diag(self):
        return self._told


class Dangling(psycopg.errors.ForeignKeyViolation):
    def __init__(self, detail: str) -> None:
        super().__init__("insert violates foreign key constraint")
        self._told = type("Diagnostics", (), {"table_name": "charges", "message_detail": detail})()

    @property
    def diag(self):
        return self._told


def said(error: psycopg.Error) -> DomainError:
    refused = refusal(error)
    assert refused is not None
    return refused


def keys(metadata: MetaData) -> list[tuple[str, str, list[str]]]:
    """(table, constraint, columns) of all that must be unique."""
    found = []
    for table in metadata.tables.values():
        found.append((table.name, f"{table.name}_pkey", [column.name for column in table.primary_key]))
        found += [
            (table.name, str(i.name), [str(e).split(".")[-1] for e in i.expressions]) for i in table.indexes if i.unique
        ]
        found += [
            (table.name, str(c.name), [column.name for column in c.columns])
            for c in table.constraints
            if isinstance(c, UniqueConstraint)
        ]
    return found


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_no_refusal_names_an_index_a_list_of_columns_or_what_the_driver_said(module) -> None:
    for table, constraint, columns in keys(module.service().metadata):
        detail = f"Key ({', '.join(columns)})=({', '.join('x' for _ in columns)}) already exists."
        message = said(Broken(table, constraint, detail)).message
        assert constraint not in message, message
        assert "Key (" not in message, message
        assert "duplicate key" not in message, message
        # Words with an underscore are ours.
        assert not re.search(r"[a-z]_[a-z]", message), message


def test_a_taken_id_names_the_resource_that_has_it() -> None:
    refused = said(Broken("work_orders", "work_orders_pkey", "Key (id)=(7) already exists."))
    assert (refused.metadata["resource"], refused.message) == ("workOrders/7", "workOrders/7 exists already")


def test_a_key_with_secrets_in_it_is_not_repeated() -> None:
    refused = said(Broken("contacts", "contacts_mark_key", "Key (kind, mark)=(phone, 13800138000) already exists."))
    assert refused.message == "another of contacts has the same kind and mark"


def test_what_a_row_refers_to_in_vain_is_named() -> None:
    refused = said(Dangling('Key (account_id)=(a9) is not present in table "accounts".'))
    assert refused.message == "accounts/a9: does not exist, or is still referred to"


def test_what_is_no_constraint_is_left_alone() -> None:
    assert refusal(psycopg.OperationalError("connection lost")) is None
