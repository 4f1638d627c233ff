"""The migrated database is the one the code describes."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import MetaData

from notifications.bootstrap import service
from notifications.settings import Settings
from notifications.store.tables import metadata


def test_migrations_make_the_tables_of_the_code(database, start):
    svc = start(service, work=False)
    own = MetaData()
    for name in ("contacts", "templates", "notifications", "sandbox_messages"):
        metadata.tables[name].to_metadata(own)
    with svc.kit.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_name": lambda name, kind, _: kind != "table" or name in own.tables}
        )
        assert compare_metadata(context, own) == []


def test_migrating_twice_changes_nothing(database):
    made = service(Settings(database_url=database))
    made.migrate()
    made.migrate()
