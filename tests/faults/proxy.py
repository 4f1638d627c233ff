"""A wire that can be cut: what connects to it reaches a server, until somebody cuts, clogs or slows it."""

import contextlib
import re
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

from psycopg.conninfo import conninfo_to_dict

COMMIT_REPLY = re.compile(rb"C\0\0\0.(?:COMMIT|INSERT 0 \d+|UPDATE \d+)\0", re.DOTALL)
"""PostgreSQL's word that a transaction, or a statement that is one, was committed."""

_RESET = struct.pack("ii", 1, 0)
_LOOK_S = 0.05


@dataclass(eq=False, slots=True)
class Cut:
    """Cuts one connection once, in the middle of a message that holds `what`."""

    what: re.Pattern[bytes]
    happened: threading.Event = field(default_factory=threading.Event)


class Wire:
    """Listens on a port of 127.0.0.1 as long as it is whole; a context manager."""

    def __init__(self, connect: Callable[[], socket.socket], port: int = 0) -> None:
        self._connect = connect
        with socket.create_server(("127.0.0.1", port)) as probe:
            self.port: int = probe.getsockname()[1]
        self._listener: socket.socket | None = None
        self._ends: set[socket.socket] = set()
        self._cut: Cut | None = None
        self.delay_s = 0.0
        """How much later every piece of data arrives."""
        self.is_clogged = False
        """While it is, nothing arrives, and nobody is told."""

    def __enter__(self) -> Self:
        self.mend()
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()

    def mend(self) -> None:
        """Lets connections through, from now on."""
        if self._listener is None:
            self._listener = socket.create_server(("127.0.0.1", self.port))
            threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def cut(self) -> None:
        """Breaks every connection, and refuses new ones."""
        if self._listener is not None:
            # A thread that waits in accept() keeps the socket open until it is woken.
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        self._end(list(self._ends), reset=False)

    def reset(self) -> None:
        """Ends every connection with a TCP reset; new ones come through."""
        self._end(list(self._ends), reset=True)

    def cut_within(self, what: re.Pattern[bytes]) -> Cut:
        """Cuts the connection on which the server says this, before it is heard; the next one only."""
        self._cut = Cut(what)
        return self._cut

    def spare(self) -> None:
        """Takes back what `cut_within` ordered."""
        self._cut = None

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = listener.accept()
                try:
                    far = self._connect()
                except OSError:
                    near.close()
                    continue
                self._ends |= {near, far}
                for source, sink, replies in ((near, far, False), (far, near, True)):
                    threading.Thread(target=self._copy, args=(source, sink, replies), daemon=True).start()

    def _copy(self, source: socket.socket, sink: socket.socket, replies: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                while self.is_clogged:
                    time.sleep(_LOOK_S)
                if self.delay_s:
                    time.sleep(self.delay_s)
                cut = self._cut
                if replies and cut is not None and (found := cut.what.search(data)):
                    self._cut = None
                    sink.sendall(data[: (found.start() + found.end()) // 2])
                    self._end([source, sink], reset=True)
                    cut.happened.set()
                sink.sendall(data)
        # Whether it was ended or reset: the other end hears of it too.
        if source in self._ends:
            with contextlib.suppress(OSError):
                sink.shutdown(socket.SHUT_RDWR)
            self._ends.discard(source)

    def _end(self, ends: list[socket.socket], reset: bool) -> None:
        self._ends -= set(ends)
        for end in ends:
            with contextlib.suppress(OSError):
                if reset:
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                    # Closing alone would wait for the thread that reads from it.
                    end.shutdown(socket.SHUT_RD)
                else:
                    end.shutdown(socket.SHUT_RDWR)
                end.close()


class DatabaseWire(Wire):
    """A wire to a PostgreSQL; `url` is the database through it."""

    def __init__(self, url: str) -> None:
        self._given = conninfo_to_dict(url)
        super().__init__(self._dial)

    @property
    def url(self) -> str:
        """The same database through the wire, as a URL."""
        given = {key: str(value) for key, value in self._given.items() if value is not None}
        login = given["user"] + (f":{given['password']}" if "password" in given else "")
        return f"postgresql://{login}@127.0.0.1:{self.port}/{given['dbname']}"

    def lead_to(self, url: str) -> None:
        """Leads what connects from now on to another server."""
        self._given = conninfo_to_dict(url)

    def _dial(self) -> socket.socket:
        place, port = str(self._given.get("host") or "localhost"), int(self._given.get("port") or 5432)
        if not place.startswith("/"):
            return socket.create_connection((place, port))
        far = socket.socket(socket.AF_UNIX)
        far.connect(f"{place}/.s.PGSQL.{port}")
        return far


def wire_to(port: int) -> Wire:
    """A wire to a port of this machine, whoever listens there by then."""
    return Wire(lambda: socket.create_connection(("127.0.0.1", port)))
