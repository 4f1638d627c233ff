"""What a database holds, as text to compare."""

import json
from collections.abc import Collection, Mapping
from functools import cache
from importlib import import_module
from typing import Any

from sqlalchemy import MetaData, select, text

from servicekit.database import connect_database
from servicekit.personal.columns import PersonalColumns, plan_of
from servicekit.personal.keyring import load_keyring

SERVICES = ("customers", "workorders", "notifications", "surveys", "complaints", "billing")
_NAMES = text(
    "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1"
)


_PLACE = ("position", "seal")
"""What a row of a sealed table gets when the sealer comes by, and not by what happened."""


def dump(url: str, without: Collection[str] = ()) -> dict[str, list[str]]:
    """Every row of every table by table, as PostgreSQL writes it; what is encrypted is opened, for it is never alike.

    How far the sealer came, in the chains and in the rows, is left out.
    """
    engine = connect_database(url)
    with engine.connect() as connection:
        names = list(connection.execute(_NAMES).scalars())
        service = next((s for s in SERVICES if set(metadata_of(s).tables) == {*names} - {"alembic_version"}), "")
        found = {}
        for name in (name for name in names if name not in {"chains", *without}):
            if service and name in metadata_of(service).tables and plan_of(metadata_of(service).tables[name]):
                query = select(metadata_of(service).tables[name])
                columns = PersonalColumns(load_keyring(None, "test"), service)
                rows = columns.opened(query, connection.execute(query).all())
                found[name] = sorted(json.dumps(_kept(row._asdict()), default=str, ensure_ascii=False) for row in rows)
            else:
                plain = connection.execute(text(f"SELECT row_to_json(t) FROM {name} t")).scalars()
                found[name] = sorted(json.dumps(_kept(row), ensure_ascii=False) for row in plain)
    engine.dispose()
    return found


def _kept(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in row.items() if name not in _PLACE} if "seal" in row else row


def opened_reply(service: str, request_id: str, reply: bytes) -> bytes:
    """The answer to a request id, as it was given."""
    keyring = load_keyring(None, "test")
    clear = keyring.open_bytes(keyring.data, reply, f"{service}/requests/reply/{request_id}")
    assert clear is not None
    return clear


@cache
def metadata_of(service: str) -> MetaData:
    """The tables of a service."""
    found: MetaData = import_module(f"{service}.store.tables").metadata
    return found
