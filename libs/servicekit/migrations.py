"""Schema changes by Alembic, one script folder a service, safe to run twice and from several places at once."""

import threading
import time
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

_LOCK = text("SELECT pg_try_advisory_lock(hashtext('hearthline.migrations'))")
_PAUSE_S = 0.5
_UNLOCK = text("SELECT pg_advisory_unlock(hashtext('hearthline.migrations'))")


def _config(scripts: Path) -> Config:
    config = Config()
    # The kit's env.py serves every service; theirs hold only versions/.
    config.set_main_option("script_location", str(Path(__file__).parent / "alembic_env"))
    config.set_main_option("version_locations", str(scripts / "versions"))
    config.set_main_option("path_separator", "newline")
    return config


def migrate(engine: Engine, scripts: Path, patience: float = 0) -> None:
    """Brings the database to the newest revision; others who try meanwhile wait.

    A database that does not answer yet is waited for, up to `patience` seconds. One that a newer version has migrated
    stays as it is: after a roll back the older version runs on it.
    """
    config = _config(scripts)
    _await_answer(engine, patience)
    with engine.connect() as connection:
        # Asked for again and again: to build an index beside the service PostgreSQL waits for every statement that
        # began before, also for one that would wait for this lock.
        while not connection.execute(_LOCK).scalar_one():
            time.sleep(_PAUSE_S)
        try:
            if is_migrated(engine, scripts):
                return
            config.attributes["engine"] = engine
            command.upgrade(config, "head")
        finally:
            connection.execute(_UNLOCK)


def _await_answer(engine: Engine, patience: float) -> None:
    tries = Retrying(
        retry=retry_if_exception_type(OperationalError),
        stop=stop_after_delay(patience),
        wait=wait_fixed(_PAUSE_S),
        reraise=True,
    )
    tries(lambda: engine.connect().close())


def is_migrated(engine: Engine, scripts: Path) -> bool:
    """True when the database is at the newest revision, or at one that a newer version made.

    A revision that these scripts do not know is a newer one: expand and contract let this version run on it.
    """
    script = ScriptDirectory.from_config(_config(scripts))
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    known = {revision.revision for revision in script.walk_revisions()}
    return current == script.get_current_head() or (current is not None and current not in known)


def await_migrated(engine: Engine, scripts: Path, seconds: float) -> None:
    """Returns when `is_migrated`; a database that does not answer yet is waited for, too. TimeoutError says which."""
    end = time.monotonic() + seconds
    reason = "the migration has not run"
    while True:
        try:
            if is_migrated(engine, scripts):
                return
        except OperationalError as error:
            reason = str(error.orig).splitlines()[0]
        if time.monotonic() > end:
            raise TimeoutError(f"the database has not this version's schema after {seconds:.0f} s: {reason}")
        threading.Event().wait(_PAUSE_S)
