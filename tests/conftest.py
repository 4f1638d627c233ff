"""What every test may ask for: a PostgreSQL, fresh databases on it, a Kafka."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

# The embedded PostgreSQL's wheel forks to become another user, and gRPC's fork handlers abort such a child now and then
# (3 of 6,800 under load; none of 11,500 without them). Set before anything loads gRPC.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")

from tests.support.kafka import kafka_broker
from tests.support.postgres import Databases, postgres_server

if TYPE_CHECKING:
    from tests.support.running import Starter

# How long an example takes says how busy the machine is, not whether the rule holds.
settings.register_profile("tests", deadline=None)
settings.load_profile("tests")


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


@pytest.fixture(scope="session")
def migrated_templates() -> dict[str, str]:
    """URLs of migrated databases by service, to copy instead of migrating again."""
    return {}


@pytest.fixture
def start(databases: Databases, migrated_templates: dict[str, str]) -> "Iterator[Starter]":
    """Starts real services in this process: `start(workorders.bootstrap.service)`."""
    from tests.support.running import Starter  # tests of a domain need not load the whole kit

    starter = Starter(databases, migrated_templates)
    yield starter
    starter.stop()


@pytest.fixture(scope="module")
def start_once(databases: Databases, migrated_templates: dict[str, str]) -> "Iterator[Starter]":
    """As `start`, for tests that do not meet in what they change: one set of services for all of a module."""
    from tests.support.running import Starter

    starter = Starter(databases, migrated_templates)
    yield starter
    starter.stop()
