"""Kafka's four codecs, opened within bounds: what a batch of a megabyte unfolds to is its sender's to choose."""

import struct
from collections.abc import Callable

import cramjam

from servicekit.eventlog.kafka.unreadable import Unreadable

LARGEST = 32 * 1024 * 1024
"""Bytes that a batch may hold once it is opened; a broker takes about one megabyte of it as it comes."""

_GUESS = 8
_SMALLEST = 64 * 1024
# How the Java client frames snappy; others send the bare block.
_FRAMED = b"\x82SNAPPY\0"
_FRAME_HEADER = 16

Decompress = Callable[[bytes, bytearray], int]


def opened(codec: int, data: bytes) -> bytes:
    """What the bytes hold that codec 1 to 4 compressed; Unreadable says what is wrong with them."""
    if codec not in _CODECS:
        raise Unreadable(f"its codec {codec} is none of gzip (1), snappy (2), lz4 (3) and zstd (4)")
    name, decompress = _CODECS[codec]
    try:
        return decompress(data)
    except Unreadable:
        raise
    except (cramjam.DecompressionError, struct.error, OSError, ValueError) as error:
        raise Unreadable(f"its {name} bytes cannot be decompressed: {error}") from error


def _growing(decompress: Decompress) -> Callable[[bytes], bytes]:
    """Opens into a buffer that is made larger until all fits, or is too much."""

    def run(data: bytes) -> bytes:
        size = min(max(_GUESS * len(data), _SMALLEST), LARGEST)
        while True:
            buffer = bytearray(size)
            try:
                return bytes(memoryview(buffer)[: decompress(data, buffer)])
            except cramjam.DecompressionError as error:
                # Of a buffer that is too small it is not told apart from other faults by its kind.
                if "whole buffer" not in str(error):
                    raise
                if size == LARGEST:
                    raise Unreadable(f"it holds more than {LARGEST} bytes once decompressed") from error
            size = min(size * _GUESS, LARGEST)

    return run


def _snappy(data: bytes) -> bytes:
    if not data.startswith(_FRAMED):
        return _snappy_block(data, LARGEST)
    found = bytearray()
    place = _FRAME_HEADER
    while place < len(data):
        (size,) = struct.unpack_from(">i", data, place)
        place += 4
        if not 0 <= size <= len(data) - place:
            raise Unreadable(f"its snappy bytes cannot be decompressed: a block of {size} bytes does not fit")
        found += _snappy_block(data[place : place + size], LARGEST - len(found))
        place += size
    return bytes(found)


def _snappy_block(block: bytes, largest: int) -> bytes:
    # A block says its length before all else, and memory is taken for it.
    if cramjam.snappy.decompress_raw_len(block) > largest:
        raise Unreadable(f"it holds more than {LARGEST} bytes once decompressed")
    return bytes(cramjam.snappy.decompress_raw(block))


_CODECS: dict[int, tuple[str, Callable[[bytes], bytes]]] = {
    1: ("gzip", _growing(cramjam.gzip.decompress_into)),
    2: ("snappy", _snappy),
    3: ("lz4", _growing(cramjam.lz4.decompress_into)),
    4: ("zstd", _growing(cramjam.zstd.decompress_into)),
}
