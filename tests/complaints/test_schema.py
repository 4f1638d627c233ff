"""The migrated database is the one that the code describes."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import MetaData

from complaints.bootstrap import service
from complaints.store.tables import metadata
from servicekit.tables import metadata as kit_metadata
from tests.support.running import Starter


def test_migrations_make_the_tables_of_the_code(start: Starter) -> None:
    svc = start(service, work=False)
    own = MetaData(naming_convention=metadata.naming_convention)
    for name in metadata.tables.keys() - kit_metadata().tables.keys():
        metadata.tables[name].to_metadata(own)
    with svc.kit.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_name": lambda name, kind, _: kind != "table" or name in own.tables}
        )
        assert compare_metadata(context, own) == []
    assert len(own.tables) == 2
