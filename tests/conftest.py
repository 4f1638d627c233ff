"""What every test may ask for: a PostgreSQL, fresh databases on it, a Kafka."""

from collections.abc import Iterator

import pytest

from tests.support.kafka import kafka_broker
from tests.support.postgres import Databases, postgres_server


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """libpq URL of the maintenance database of a PostgreSQL 18 server, one for the whole run."""
    with postgres_server() as url:
        yield url


@pytest.fixture(scope="session")
def databases(postgres_url: str) -> Databases:
    """Makes fresh databases, also as copies of a migrated one: `databases.create(template=url)`."""
    return Databases(postgres_url)


@pytest.fixture
def database(databases: Databases) -> Iterator[str]:
    """libpq URL of an empty database of this test's own."""
    url = databases.create()
    yield url
    databases.drop(url)


@pytest.fixture(scope="session")
def kafka() -> Iterator[str]:
    """Bootstrap servers of a Kafka 4.3 broker; skips the test where there is none, fails it when CI=true."""
    with kafka_broker() as servers:
        yield servers
