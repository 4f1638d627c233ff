"""Every service's migrated database is the one that its code describes, and migrating again changes nothing."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import MetaData

from billing import bootstrap as billing
from complaints import bootstrap as complaints
from customers import bootstrap as customers
from notifications import bootstrap as notifications
from servicekit.tables import metadata as kit_metadata
from surveys import bootstrap as surveys
from tests.support.running import MakeService, Starter
from workorders import bootstrap as workorders

SERVICES = [module.service for module in (billing, complaints, customers, notifications, surveys, workorders)]


@pytest.mark.parametrize("make", SERVICES, ids=lambda make: make.__module__)
def test_migrations_make_the_tables_of_the_code(start: Starter, make: MakeService) -> None:
    running = start(make, work=False)
    running.service.migrate()
    metadata = running.service.metadata
    # The kit's tables are partitioned, which Alembic does not compare.
    own = MetaData(naming_convention=metadata.naming_convention)
    for name in metadata.tables.keys() - kit_metadata().tables.keys():
        metadata.tables[name].to_metadata(own)
    assert own.tables
    with running.kit.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_name": lambda name, kind, _: kind != "table" or name in own.tables}
        )
        assert compare_metadata(context, own) == []
