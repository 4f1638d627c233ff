"""A wire that can be cut: what connects to it reaches a PostgreSQL, until somebody cuts it."""

import contextlib
import socket
import threading

from psycopg.conninfo import conninfo_to_dict


class Wire:
    """Listens on a port of 127.0.0.1 as long as it is whole; a context manager."""

    def __init__(self, url: str) -> None:
        self._given = conninfo_to_dict(url)
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self._port: int = probe.getsockname()[1]
        self._listener: socket.socket | None = None
        self._ends: list[socket.socket] = []

    @property
    def url(self) -> str:
        """The same database through the wire, as a URL."""
        given = {key: str(value) for key, value in self._given.items() if value is not None}
        login = given["user"] + (f":{given['password']}" if "password" in given else "")
        return f"postgresql://{login}@127.0.0.1:{self._port}/{given['dbname']}"

    def __enter__(self) -> "Wire":
        self.mend()
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()

    def mend(self) -> None:
        """Lets connections through, from now on."""
        self._listener = socket.create_server(("127.0.0.1", self._port))
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def cut(self) -> None:
        """Breaks every connection, and refuses new ones."""
        if self._listener is not None:
            # A thread that waits in accept() keeps the socket open until it is woken.
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        for end in self._ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._ends.clear()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = self._connect()
                self._ends += [near, far]
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=_copy, args=(source, sink), daemon=True).start()

    def _connect(self) -> socket.socket:
        place, port = str(self._given.get("host") or "localhost"), int(self._given.get("port") or 5432)
        if not place.startswith("/"):
            return socket.create_connection((place, port))
        far = socket.socket(socket.AF_UNIX)
        far.connect(f"{place}/.s.PGSQL.{port}")
        return far


def _copy(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_RDWR)
