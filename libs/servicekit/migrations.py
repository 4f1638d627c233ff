"""Schema changes by Alembic, one script folder a service, safe to run twice and from several places at once."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

_LOCK = text("SELECT pg_advisory_lock(hashtext('hearthline.migrations'))")
_UNLOCK = text("SELECT pg_advisory_unlock(hashtext('hearthline.migrations'))")


def _config(scripts: Path) -> Config:
    config = Config()
    # The kit's env.py serves every service; theirs hold only versions/.
    config.set_main_option("script_location", str(Path(__file__).parent / "alembic_env"))
    config.set_main_option("version_locations", str(scripts / "versions"))
    config.set_main_option("path_separator", "newline")
    return config


def migrate(engine: Engine, scripts: Path) -> None:
    """Brings the database to the newest revision; others who try meanwhile wait."""
    config = _config(scripts)
    with engine.connect() as connection:
        connection.execute(_LOCK)
        try:
            config.attributes["engine"] = engine
            command.upgrade(config, "head")
        finally:
            connection.execute(_UNLOCK)


def is_migrated(engine: Engine, scripts: Path) -> bool:
    """True when the database is at the newest revision."""
    head = ScriptDirectory.from_config(_config(scripts)).get_current_head()
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == head
