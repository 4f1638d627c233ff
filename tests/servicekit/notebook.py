"""The smallest database a unit of work can change: versioned notes."""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Integer, Table, Text, select
from sqlalchemy.dialects.postgresql import JSONB

from hearthline.workorders.v1.events_pb2 import TicketCreated
from servicekit import tables
from servicekit.clock import ManualClock
from servicekit.database import connect_database
from servicekit.eventlog import connect as connect_eventlog
from servicekit.kit import Kit
from servicekit.settings import ServiceSettings
from servicekit.uow import UnitOfWork
from tests.support.running import MORNING

metadata = tables.metadata()
notes = Table(
    "notes",
    metadata,
    Column("id", Text, primary_key=True),
    Column("body", JSONB),
    Column("at", tables.Instant),
    Column("version", Integer, nullable=False),
)


@contextmanager
def notebook(
    url: str,
    clock: ManualClock | None = None,
    eventlog_url: str = "postgresql:///none",
    name: str = "workorders",
) -> Iterator[Kit]:
    """A kit on an empty database that gets the notes and the kit's tables; its facts go to `hearthline.NAME.v1`."""
    with open_notebook(url, clock, eventlog_url, name) as kit:
        with kit.engine.connect() as connection:
            operations = Operations(MigrationContext.configure(connection))
            tables.create(operations)
            tables.add_requirements(operations)
            notes.create(connection)
        yield kit


@contextmanager
def open_notebook(
    url: str, clock: ManualClock | None = None, eventlog_url: str = "postgresql:///none", name: str = "workorders"
) -> Iterator[Kit]:
    """Another kit on a notebook that is there already, as another process has it."""
    settings = ServiceSettings(database_url=url, eventlog_url=eventlog_url)
    engine, log = connect_database(url), connect_eventlog(eventlog_url)
    yield Kit(name, settings, clock or ManualClock(MORNING), engine, log)
    log.close()
    engine.dispose()


def write_note(uow: UnitOfWork, identifier: str, body: object = None) -> None:
    """A new note and the fact that it is there."""
    uow.insert(notes, {"id": identifier, "body": body, "at": uow.now, "version": 1})
    uow.emit(TicketCreated(ticket=identifier), f"tickets/{identifier}", 1)


def change_note(uow: UnitOfWork, identifier: str, version: int, body: object) -> None:
    """A changed note and the fact."""
    uow.emit(TicketCreated(ticket=identifier), f"tickets/{identifier}", version + 1)
    uow.update(notes, {"id": identifier}, {"body": body}, version=version)


def versions(kit: Kit) -> dict[str, int]:
    """Versions of all notes."""
    with kit.unit() as uow:
        return {row.id: row.version for row in uow.rows(select(notes.c.id, notes.c.version))}


def published(kit: Kit) -> list[tuple[str, int]]:
    """(key, sequence) of the outbox in the order that the relay will send."""
    query = select(tables.outbox.c.key, tables.outbox.c.headers).order_by(tables.outbox.c.seq)
    with kit.unit() as uow:
        return [(row.key, int(row.headers["ce_sequence"])) for row in uow.rows(query)]
