"""How much a server takes on: connections, calls that wait, requests that do not come (P4)."""

import resource
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
import structlog

from servicekit.errors import ResourceExhausted
from servicekit.status import abort

_log = structlog.get_logger()
_OWN_FILES = 256
"""What a process opens beside its callers' connections: the database's, the event log's, modules, logs."""
_TOLD_EVERY_S = 5.0


class Workers(ThreadPoolExecutor):
    """The threads that serve calls."""

    @property
    def waiting(self) -> int:
        """Calls that no thread serves yet; asked for at every call, so nothing is counted that the queue knows."""
        return self._work_queue.qsize()


class Crowd:
    """The calls that wait, and what those are told that come when as many wait as may."""

    def __init__(self, workers: Workers, most_waiting: int) -> None:
        self._workers = workers
        self._most = most_waiting
        self.refusals = ThreadPoolExecutor(1, thread_name_prefix="refusals")
        self._tell_again = 0.0

    @property
    def is_too_large(self) -> bool:
        """Whether one more call would have to wait behind too many."""
        return self._workers.waiting >= self._most

    def stop(self) -> None:
        """Refuses no more."""
        self.refusals.shutdown(wait=False)

    def refusal(self) -> ResourceExhausted:
        """What a call is told, and now and then the log."""
        if time.monotonic() >= self._tell_again:
            self._tell_again = time.monotonic() + _TOLD_EVERY_S
            _log.warning("calls are refused, for too many wait", waiting=self._workers.waiting)
        return ResourceExhausted(f"{self._most} calls wait already: come again later", reason="TOO_MANY_CALLS")


class Refusing:
    """Refuses calls of one method, as a behaviour of gRPC, and counts them.

    It has a thread of its own, for the workers are all busy then, and does not wait for the request.
    """

    def __init__(self, crowd: Crowd, count: Callable[[Exception], None]) -> None:
        self._crowd = crowd
        self._count = count
        # gRPC looks for this name.
        self.experimental_thread_pool = crowd.refusals

    def __call__(self, requests: Iterator[bytes], context: grpc.ServicerContext) -> None:
        """See the class."""
        refusal = self._crowd.refusal()
        self._count(refusal)
        abort(context, refusal)


class Patience:
    """Waits for the requests of calls, and ends calls whose request does not come.

    gRPC gives a call a thread when its headers have come: without this, calls that never send a request would keep
    all threads for as long as their callers like.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._since: dict[grpc.ServicerContext, float] = {}
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="patience", daemon=True)

    def start(self) -> None:
        """Begins to end calls."""
        self._thread.start()

    def stop(self) -> None:
        """Ends no more of them."""
        self._ending.set()

    def receive(self, requests: Iterator[bytes], context: grpc.ServicerContext) -> bytes | None:
        """The request of a call; None when the caller has hung up without one. RpcError when the call has ended."""
        self._since[context] = time.monotonic()
        try:
            return next(requests, None)
        finally:
            del self._since[context]

    def _watch(self) -> None:
        while not self._ending.wait(self._seconds / 4):
            # A copy, made in one go: calls come and go meanwhile.
            for context, since in list(self._since.items()):
                if time.monotonic() - since > self._seconds:
                    context.cancel()


def allow_files(connections: int) -> None:
    """Raises what the process may open to what so many connections need, as far as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _OWN_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
        if allowed < wanted:
            _log.warning("HEARTHLINE_CONNECTIONS is more than the process may open", files=allowed, wanted=wanted)
