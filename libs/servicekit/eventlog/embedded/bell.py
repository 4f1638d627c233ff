"""Wake-up calls: one listening connection a process tells its consumers when there is something for them."""

import contextlib
import selectors
import socket
import threading
from collections.abc import Callable

from servicekit.eventlog import EventLogUnavailable
from servicekit.eventlog.embedded.schema import CHANNEL
from servicekit.eventlog.embedded.session import Connection, Session

_RETRY_S = 0.5

Ring = Callable[[str], None]


class Bell:
    """Hands every notification to all who have signed up; a thread that starts with the first of them."""

    def __init__(self, url: str) -> None:
        self._session = Session(url, "hearthline-eventlog-listener")
        self._rings: list[Ring] = []
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._ending = threading.Event()
        self._end, self._end_seen = socket.socketpair()

    def add(self, ring: Ring) -> None:
        """Signs up; `ring` gets payloads (see `schema.CHANNEL`) and must return at once."""
        with self._lock:
            self._rings.append(ring)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="eventlog-bell", daemon=True)
                self._thread.start()

    def remove(self, ring: Ring) -> None:
        """Signs off."""
        with self._lock, contextlib.suppress(ValueError):
            self._rings.remove(ring)

    def close(self) -> None:
        """Ends the thread and its connection."""
        self._ending.set()
        self._end.send(b"x")
        if self._thread is not None:
            self._thread.join(timeout=5)
        self._end.close()
        self._end_seen.close()

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                with self._session.use() as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    # What came before the LISTEN was not heard.
                    self._tell("all")
                    self._listen(connection)
            except EventLogUnavailable:
                self._ending.wait(_RETRY_S)
        self._session.close()

    def _listen(self, connection: Connection) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(connection, selectors.EVENT_READ)
            selector.register(self._end_seen, selectors.EVENT_READ)
            while not self._ending.is_set():
                selector.select()
                for payload in {heard.payload for heard in connection.notifies(timeout=0)}:
                    self._tell(payload)

    def _tell(self, payload: str) -> None:
        with self._lock:
            rings = list(self._rings)
        for ring in rings:
            ring(payload)
