"""The notebook with an event log of each kind behind it."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest

from servicekit.eventlog import Topic
from servicekit.eventlog.topics import DEAD_LETTERS
from servicekit.kit import Kit
from tests.servicekit.notebook import notebook
from tests.support.postgres import Databases


@pytest.fixture(params=["embedded", "kafka"])
def eventlog_url(request: pytest.FixtureRequest, databases: Databases) -> Iterator[str]:
    """URL of an event log of each kind; the embedded one has a database of its own."""
    if request.param == "kafka":
        yield f"kafka://{request.getfixturevalue('kafka')}"
        return
    url = databases.create()
    yield url
    databases.drop(url)


@pytest.fixture
def book(database: str, eventlog_url: str) -> Iterator[Kit]:
    """A notebook whose facts go to a topic of its own, with dead letters."""
    with notebook(database, eventlog_url=eventlog_url, name=f"notes-{uuid4().hex[:8]}") as kit:
        day = timedelta(days=1)
        kit.eventlog.ensure_topics([Topic(kit.topic, 4, day), Topic(kit.topic + DEAD_LETTERS, 1, day)])
        yield kit
