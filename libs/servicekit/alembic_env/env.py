"""Alembic's entry: one transaction for each migration, which gives up rather than block the running service."""

from alembic import context
from sqlalchemy import text

engine = context.config.attributes["engine"].execution_options(isolation_level="READ COMMITTED")
with engine.connect() as connection:
    connection.execute(text("SET lock_timeout = '5s'"))
    connection.commit()
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
    connection.invalidate()
