"""What a process of its own is given."""

from collections.abc import Iterator

import pytest

import workorders.bootstrap
from servicekit.eventlog import connect as connect_eventlog
from servicekit.eventlog.topics import load_topics
from servicekit.settings import ServiceSettings
from tests.faults.processes import NOWHERE
from tests.support.postgres import Databases


@pytest.fixture
def migrated(databases: Databases) -> Iterator[str]:
    """URL of a database of workorders."""
    url = databases.create()
    default = workorders.bootstrap.service(None)
    settings: ServiceSettings = type(default.settings)(database_url=url, eventlog_url=NOWHERE)
    workorders.bootstrap.service(settings).migrate()  # type: ignore[arg-type]
    yield url
    databases.drop(url)


@pytest.fixture
def eventlog(databases: Databases) -> Iterator[str]:
    """URL of an event log with all topics."""
    url = databases.create()
    with connect_eventlog(url) as log:
        log.ensure_topics(load_topics(partitions=2))
    yield url
    databases.drop(url)
