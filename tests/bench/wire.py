"""A gRPC client that costs next to nothing, so that a load generator leaves the machine to what it measures.

grpcio's client takes as much of a core for a call as PostgreSQL takes to store a ticket; this one takes a fifth of
that. It knows only what unary calls to a well-behaved server on the loopback need of HTTP/2 (RFC 9113).
"""

import asyncio
import struct
from collections.abc import Sequence

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_DATA, _HEADERS, _RST_STREAM, _SETTINGS, _PING, _GOAWAY, _WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
_ACK = _END_STREAM = 1
_END_HEADERS = 4
_INITIAL_WINDOW_SIZE = 4
_WINDOW = 1 << 30
_HEAD = 9
_LENGTH_PREFIX = 5
"""Of a gRPC message: one byte for its compression, four for its length."""


class Wire(asyncio.Protocol):
    """One connection for calls of one method; see `connect`."""

    def __init__(self, method: str, metadata: Sequence[tuple[str, str]]) -> None:
        pairs = [
            (":method", "POST"),
            (":scheme", "http"),
            (":path", method),
            (":authority", "127.0.0.1"),
            ("te", "trailers"),
            ("content-type", "application/grpc"),
            ("grpc-timeout", "30S"),
            *metadata,
        ]
        self._headers = b"".join(_literal(name) + _string(value) for name, value in pairs)
        self._next_stream = 1
        self._rest = b""
        self._waiting: dict[int, asyncio.Future[bytes]] = {}
        self._replies: dict[int, bytes] = {}
        self._received = 0

    def call(self, request: bytes) -> "asyncio.Future[bytes]":
        """The reply to a serialised request; RuntimeError for a refusal, or when the connection ends."""
        stream = self._next_stream
        self._next_stream += 2
        message = b"\0" + struct.pack(">I", len(request)) + request
        self._transport.write(
            _frame(_HEADERS, _END_HEADERS, stream, self._headers) + _frame(_DATA, _END_STREAM, stream, message)
        )
        self._waiting[stream] = asyncio.get_running_loop().create_future()
        return self._waiting[stream]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        # Windows so wide that no reply ever waits for room.
        settings = struct.pack(">HI", _INITIAL_WINDOW_SIZE, _WINDOW)
        transport.write(_PREFACE + _frame(_SETTINGS, 0, 0, settings) + _more_room(_WINDOW))

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        for waiting in self._waiting.values():
            waiting.set_exception(RuntimeError(f"the connection ended: {exc}"))
        self._waiting.clear()

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        data = self._rest + data
        begin = 0
        while len(data) - begin >= _HEAD:
            end = begin + _HEAD + int.from_bytes(data[begin : begin + 3], "big")
            if end > len(data):
                break
            stream = int.from_bytes(data[begin + 5 : begin + _HEAD], "big")
            self._take(data[begin + 3], data[begin + 4], stream, data[begin + _HEAD : end])
            begin = end
        self._rest = data[begin:]

    def _take(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        if kind in (_DATA, _HEADERS):
            if kind == _DATA:
                self._replies[stream] = self._replies.get(stream, b"") + payload
                self._make_room(len(payload))
            if flags & _END_STREAM:
                self._end(stream)
        elif kind in (_SETTINGS, _PING) and not flags & _ACK:
            self._transport.write(_frame(kind, _ACK, 0, payload if kind == _PING else b""))
        elif kind in (_RST_STREAM, _GOAWAY):
            self._transport.abort()

    def _make_room(self, size: int) -> None:
        self._received += size
        if self._received > _WINDOW // 2:
            self._transport.write(_more_room(self._received))
            self._received = 0

    def _end(self, stream: int) -> None:
        waiting, reply = self._waiting.pop(stream), self._replies.pop(stream, b"")
        if reply:
            waiting.set_result(reply[_LENGTH_PREFIX:])
        else:
            # What the trailers say is compressed by a table that nobody kept here.
            waiting.set_exception(RuntimeError("the server refused the call"))


async def connect(target: str, method: str, metadata: Sequence[tuple[str, str]]) -> Wire:
    """A connection to `host:port` for calls of a method."""
    host, _, port = target.rpartition(":")
    loop = asyncio.get_running_loop()
    _, wire = await loop.create_connection(lambda: Wire(method, metadata), host, int(port))
    return wire


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload))[1:] + bytes((kind, flags)) + struct.pack(">I", stream) + payload


def _more_room(size: int) -> bytes:
    return _frame(_WINDOW_UPDATE, 0, 0, struct.pack(">I", size))


def _literal(name: str) -> bytes:
    """A header that no table keeps (RFC 7541, 6.2.2)."""
    return b"\0" + _string(name)


def _string(text: str) -> bytes:
    """Not longer than 126 bytes, whose length is one byte (RFC 7541, 5.2)."""
    assert len(text) < 127
    return bytes((len(text),)) + text.encode()
