"""Indexes on tables that are in use: built while the service goes on writing (design section 3)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import sqlalchemy as sa
from alembic.operations import Operations


def build(op: Operations, name: str, table: str, columns: Sequence[str], where: str = "") -> None:
    """Makes an index, in a migration; nobody who writes to the table waits for it, however large it is.

    What the migration did before is committed. One that was cut off is run again from its start, and so must bear that.
    """
    with _unhurried(op):
        # A build that was cut off leaves an index that serves nobody.
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        condition = sa.text(where) if where else None
        op.create_index(name, table, list(columns), postgresql_where=condition, postgresql_concurrently=True)


def drop(op: Operations, name: str) -> None:
    """Takes an index away, in a migration; nobody waits for it."""
    with _unhurried(op):
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")


@contextmanager
def _unhurried(op: Operations) -> Iterator[None]:
    """Outside of a transaction and without time-outs: nobody is blocked, however long it takes."""
    with op.get_context().autocommit_block():
        op.execute("SET statement_timeout = 0")
        op.execute("SET lock_timeout = 0")
        yield
        op.execute("RESET statement_timeout")
        op.execute("SET lock_timeout = '5s'")
