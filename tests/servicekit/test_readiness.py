"""What the probes and init containers of a cluster are told (P5)."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub
from sqlalchemy.exc import OperationalError

from servicekit.database import connect_database
from servicekit.migrations import is_migrated
from servicekit.service import Running
from surveys.bootstrap import service as surveys
from surveys.settings import Settings
from tests.support.ports import free_port
from tests.support.postgres import shut
from tests.support.running import RunningService, Starter

SERVING, NOT_SERVING = HealthCheckResponse.SERVING, HealthCheckResponse.NOT_SERVING


def test_readiness_follows_the_database_and_liveness_does_not(start: Starter, postgres_url: str) -> None:
    running = start(surveys, work=False)
    with shut(postgres_url, running.database):
        _await(running, "readiness", NOT_SERVING)
        assert _health(running, "liveness") == SERVING
    _await(running, "readiness", SERVING)


def test_a_process_that_only_works_is_asked_on_its_own_port(start: Starter, postgres_url: str) -> None:
    port = free_port()
    served = start(surveys, work=False, health_listen=f"127.0.0.1:{port}")
    start.end(served)
    running = Running(served.service, serve=False, work=True, clock=start.clock).start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:

        def told(probe: str) -> int:
            stub: Any = HealthStub(channel)
            return int(stub.Check(HealthCheckRequest(service=probe), timeout=5).status)

        assert (told("readiness"), told("liveness")) == (SERVING, SERVING)
        with shut(postgres_url, served.database):
            _until(lambda: told("readiness") == NOT_SERVING, "it did not become unready")
            assert told("liveness") == SERVING
        _until(lambda: told("readiness") == SERVING, "it did not become ready again")
    running.stop()


def test_a_draining_server_is_never_ready_again(start: Starter) -> None:
    running = start(surveys, work=False)
    server = running.running.server
    assert server is not None
    draining = threading.Thread(target=server.drain, args=[3.0])
    draining.start()
    _await(running, "readiness", NOT_SERVING)
    server.ready(True)
    assert _health(running, "readiness") == NOT_SERVING
    draining.join()


def test_waiting_for_the_migration_ends_when_it_has_run(start: Starter) -> None:
    start(surveys, work=False).service.await_migrated(1)


def test_waiting_for_a_migration_that_does_not_come_says_so(database: str) -> None:
    with pytest.raises(TimeoutError, match="schema after 0 s: the migration has not run"):
        surveys(Settings(database_url=database)).await_migrated(0)


def test_waiting_for_a_database_that_is_away_says_so() -> None:
    with pytest.raises(TimeoutError, match=r"schema after 0 s: .*connection"):
        surveys(Settings(database_url="postgresql://127.0.0.1:1/none")).await_migrated(0)


def test_a_migration_waits_for_its_database(start: Starter, postgres_url: str) -> None:
    running = start(surveys, work=False)
    with ThreadPoolExecutor() as pool:
        with shut(postgres_url, running.database):
            with pytest.raises(OperationalError):
                running.service.migrate()
            waiting = pool.submit(running.service.migrate, patience=20)
        waiting.result(timeout=20)
    engine = connect_database(running.service.settings.database_url)
    assert is_migrated(engine, running.service.migrations)
    engine.dispose()


def test_a_newer_schema_serves_an_older_version(start: Starter) -> None:
    service = start(surveys, work=False).service
    engine = connect_database(service.settings.database_url)
    with engine.connect() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'of a later release'")
    assert is_migrated(engine, service.migrations)
    service.migrate()
    with engine.connect() as connection:
        version = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
    assert version == "of a later release"
    engine.dispose()


def _await(running: RunningService, name: str, state: int) -> None:
    _until(lambda: _health(running, name) == state, f"{name} did not become {state}")


def _until(holds: Callable[[], bool], otherwise: str) -> None:
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end, otherwise
        time.sleep(0.1)


def _health(running: RunningService, name: str) -> int:
    with grpc.insecure_channel(running.target) as channel:
        stub: Any = HealthStub(channel)
        return stub.Check(HealthCheckRequest(service=name)).status
