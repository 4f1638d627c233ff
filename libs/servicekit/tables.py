"""The tables that every service's database has: outbox, inbox, requests, audit, chains, timers, exports, reads."""

from typing import Any

from alembic.operations import Operations
from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Sequence, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP

from servicekit.personal.columns import PersonalBytes, PersonalJson

STALE_WRITE = "HL409"
"""SQLSTATE raised by `hearthline_stale_write`: a guarded row was not at the version its writer had read."""

MISSING_ROW = "HL404"
"""SQLSTATE raised by `hearthline_missing`: a row that the unit's rows refer to is not there."""

Instant = TIMESTAMP(timezone=True)

_NAMING = {
    "pk": "%(table_name)s_pkey",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "ck": "%(table_name)s_%(constraint_name)s_check",
}

_kit = MetaData(naming_convention=_NAMING)

outbox_seq = Sequence("outbox_seq", metadata=_kit, data_type=BigInteger)

outbox = Table(
    "outbox",
    _kit,
    Column("seq", BigInteger, outbox_seq, server_default=outbox_seq.next_value(), primary_key=True),
    # Real time, not the simulated one: it only decides which day's partition is dropped.
    Column("created_at", Instant, server_default=text("now()"), primary_key=True),
    Column("topic", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("headers", JSONB, nullable=False),
    Column("value", LargeBinary, nullable=False),
    Column("published_at", Instant),
    Index("outbox_unpublished_idx", "seq", postgresql_where=text("published_at IS NULL")),
    postgresql_partition_by="RANGE (created_at)",
)

inbox = Table(
    "inbox",
    _kit,
    Column("consumer", Text, primary_key=True),
    Column("event_id", Text, primary_key=True),
    Column("created_at", Instant, server_default=text("now()"), nullable=False),
)

requests = Table(
    "requests",
    _kit,
    Column("request_id", Text, primary_key=True),
    Column("method", Text, nullable=False),
    Column("body_hash", LargeBinary, nullable=False),
    Column("reply", PersonalBytes, nullable=False),
    Column("created_at", Instant, server_default=text("now()"), nullable=False),
)


def sealed() -> tuple[Column[Any], ...]:
    """The columns of a table whose rows are sealed (`servicekit.sealing`): empty until they are."""
    return (Column("position", BigInteger), Column("seal", LargeBinary))


def sealing_indexes(table: str, *keys: str) -> tuple[Index, ...]:
    """What finds a table's rows to seal, and sees to it that no two rows have one place."""
    unsealed, placed = text("position IS NULL"), text("position IS NOT NULL")
    return (
        Index(f"{table}_unsealed_idx", *keys, postgresql_where=unsealed),
        Index(f"{table}_position_key", "position", unique=True, postgresql_where=placed),
    )


audit = Table(
    "audit",
    _kit,
    Column("id", Text, primary_key=True),
    Column("time", Instant, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("resource", Text, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("trace_id", Text, nullable=False),
    *sealed(),
    Index("audit_resource_time_idx", "resource", "time"),
    *sealing_indexes("audit", "id"),
)

chains = Table(
    "chains",
    _kit,
    # The sealed table, how far it is sealed, and how much of that was published when (real time).
    Column("name", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("seal", LargeBinary, nullable=False),
    Column("published_position", BigInteger, nullable=False),
    Column("published_at", Instant, nullable=False),
)

timers = Table(
    "timers",
    _kit,
    Column("kind", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("due", Instant, nullable=False),
    Column("payload", JSONB, nullable=False),
    Column("traceparent", Text, nullable=False),
    # After a failed handler: how often, and (real time) not before when to try again.
    Column("failures", Integer, server_default=text("0"), nullable=False),
    Column("not_before", Instant),
    Index("timers_due_idx", "due"),
)

_rights = MetaData(naming_convention=_NAMING)
"""What every service has besides, made by a migration of its own: personal data handed over, and erased (C9)."""

personal_data_records = Table(
    "personal_data_records",
    _rights,
    Column("data_request_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("customer_id", Text, nullable=False, index=True),
    Column("type", Text, nullable=False),
    Column("data", PersonalJson, nullable=False),
)

# Kept for ever: an old fact that comes again must not bring anybody back.
erased_customers = Table(
    "erased_customers",
    _rights,
    Column("customer_id", Text, primary_key=True),
    Column("erase_time", Instant, nullable=False),
)

_reads = MetaData(naming_convention=_NAMING)
"""What every service has besides, made by a migration of its own: who read what of people (C9)."""

accesses = Table(
    "accesses",
    _reads,
    Column("id", Text, primary_key=True),
    Column("time", Instant, nullable=False, index=True),
    Column("reader", Text, nullable=False),
    Column("roles", ARRAY(Text), nullable=False),
    Column("method", Text, nullable=False),
    Column("resources", ARRAY(Text), nullable=False),
    Column("resource_count", Integer, nullable=False),
    Column("kinds_in_clear", ARRAY(Text), nullable=False),
    Column("trace_id", Text, nullable=False),
    Index("accesses_reader_idx", "reader", "id"),
    # With its list of pending entries: rows are added all the time, and looked up by somebody who can wait.
    Index("accesses_resources_idx", "resources", postgresql_using="gin"),
)

_STALE_FUNCTION = f"""
CREATE FUNCTION hearthline_stale_write(resource text) RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'stale write to %', resource USING ERRCODE = '{STALE_WRITE}', DETAIL = resource;
END $$
"""

_MISSING_FUNCTION = f"""
CREATE FUNCTION hearthline_missing(resource text) RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is not there', resource USING ERRCODE = '{MISSING_ROW}', DETAIL = resource;
END $$
"""


def metadata() -> MetaData:
    """A new MetaData that holds the kit's tables; a service defines its own tables on it."""
    copy = MetaData(naming_convention=_NAMING)
    for table in (*_kit.sorted_tables, *_rights.sorted_tables, *_reads.sorted_tables):
        table.to_metadata(copy)
    return copy


def create(op: Operations) -> None:
    """The kit's part of a service's first migration."""
    _kit.create_all(op.get_bind())
    op.execute("CREATE TABLE outbox_default PARTITION OF outbox DEFAULT")
    op.execute(_STALE_FUNCTION)


def add_sealing(op: Operations, table: str, *keys: str) -> None:
    """The part of a migration that has a table's rows sealed, those that are there already too; safe to run twice.

    Writers of the table wait while its index is built, about a second for each million of rows.
    """
    chains.create(op.get_bind(), checkfirst=True)
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute(f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS position bigint, ADD COLUMN IF NOT EXISTS seal bytea")
    for index in sealing_indexes(table, *keys):
        unique, columns = ("UNIQUE " if index.unique else ""), ", ".join(map(str, index.expressions))
        where = index.dialect_options["postgresql"]["where"]
        op.execute(f"CREATE {unique}INDEX IF NOT EXISTS {index.name} ON {table} ({columns}) WHERE {where}")


def drop(op: Operations) -> None:
    """Undoes `create`."""
    op.execute("DROP FUNCTION hearthline_stale_write")
    _kit.drop_all(op.get_bind())


def add_requirements(op: Operations) -> None:
    """What `UnitOfWork.require` needs, as a migration of its own."""
    op.execute(_MISSING_FUNCTION)


def drop_requirements(op: Operations) -> None:
    """Undoes `add_requirements`."""
    op.execute("DROP FUNCTION hearthline_missing")


def create_rights(op: Operations) -> None:
    """The tables of people's rights, in the migration that brings them."""
    _rights.create_all(op.get_bind())


def drop_rights(op: Operations) -> None:
    """Undoes `create_rights`."""
    _rights.drop_all(op.get_bind())


def create_accesses(op: Operations) -> None:
    """The table of reads, in the migration that brings it."""
    _reads.create_all(op.get_bind())


def drop_accesses(op: Operations) -> None:
    """Undoes `create_accesses`."""
    _reads.drop_all(op.get_bind())
