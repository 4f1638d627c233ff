"""A service that is told to end."""

import os
import signal
import subprocess
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Thread

import grpc
import psycopg
import pytest

from tests.faults.processes import PATIENCE_S, WorkOrders, wait_until
from tests.support.ports import free_port


def two_processes() -> dict[str, str]:
    """Settings of two servers on one port."""
    return {"HEARTHLINE_PROCESSES": "2", "HEARTHLINE_LISTEN": f"127.0.0.1:{free_port()}"}


def children_of(process: "subprocess.Popen[str]") -> list[int]:
    """Their process ids, in the order of their starts."""
    return [int(child) for child in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


def test_a_service_that_is_ended_finishes_what_it_began(migrated: str, eventlog: str) -> None:
    with WorkOrders("run", migrated, eventlog) as service, ExitStack() as stack:
        service.take()
        admin = stack.enter_context(psycopg.connect(migrated))
        # A call that began and cannot end, for now. Not by its audit: the sealing of the first one waits for that, too.
        admin.execute("LOCK TABLE tickets IN EXCLUSIVE MODE")
        answers: list[str] = []
        call = Thread(target=lambda: answers.append(service.take()))
        call.start()
        waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'tickets'::regclass"
        wait_until(lambda: admin.execute(waits).fetchone() == (1,))
        service.process.send_signal(signal.SIGTERM)

        def is_refused() -> bool:
            try:
                return not service.is_ready()
            except grpc.RpcError:
                return True

        wait_until(is_refused)
        assert call.is_alive()
        admin.rollback()
        call.join(PATIENCE_S)
        assert len(answers) == 1, "it was taken, and its caller told"
        assert service.process.wait(PATIENCE_S) == 0


def test_only_the_first_thread_of_a_service_takes_the_signal_that_ends_it(migrated: str, eventlog: str) -> None:
    with WorkOrders("run", migrated, eventlog) as service:
        service.take()
        first = service.process.pid
        blocked = []
        for thread in Path(f"/proc/{first}/task").iterdir():
            # It may be over by now.
            with suppress(OSError):
                if thread.name != str(first):
                    blocked.append(int((thread / "status").read_text().partition("SigBlk:\t")[2][:16], 16))
        assert len(blocked) > 10
        for number in (signal.SIGTERM, signal.SIGINT):
            assert all(mask >> (number - 1) & 1 for mask in blocked)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_several_servers_on_one_port_end_together(migrated: str, eventlog: str, number: signal.Signals) -> None:
    with WorkOrders("serve", migrated, eventlog, **two_processes()) as service:
        children = children_of(service.process)
        assert len(children) == 2
        service.process.send_signal(number)
        assert service.process.wait(PATIENCE_S) == 0
        assert not any(Path(f"/proc/{child}").exists() for child in children)


def test_where_every_server_on_the_port_has_ended_so_does_what_started_them(migrated: str, eventlog: str) -> None:
    with WorkOrders("serve", migrated, eventlog, **two_processes()) as service:
        children = children_of(service.process)
        os.kill(children[0], signal.SIGTERM)
        wait_until(lambda: not Path(f"/proc/{children[0]}").exists())
        assert service.process.poll() is None
        os.kill(children[1], signal.SIGTERM)
        assert service.process.wait(PATIENCE_S) == 0
