"""Indexes on tables that are in use: built while the service goes on writing (design section 3)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import sqlalchemy as sa
from alembic.operations import Operations

Wanted = tuple[str, str, Sequence[str], str]
"""An index: its name, its table, its columns, and which rows it holds; an empty text for all."""


def build(op: Operations, *wanted: Wanted) -> None:
    """Makes indexes, in a migration; nobody who writes to the tables waits for them, however large they are.

    What the migration did before is committed. One that was cut off is run again from its start, and so must bear that.
    """
    with _unhurried(op):
        for name, table, columns, where in wanted:
            # A build that was cut off leaves an index that serves nobody.
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            condition = sa.text(where) if where else None
            op.create_index(name, table, list(columns), postgresql_where=condition, postgresql_concurrently=True)


def drop(op: Operations, *unwanted: Wanted) -> None:
    """Takes indexes away, in a migration; nobody waits for it."""
    with _unhurried(op):
        for name, *_ in unwanted:
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
