"""Hash chains: rows that cannot be changed, removed, put between or swapped without its being seen (P4, S13).

Each row of a chain has a position, counted from 1, and a seal over the seal before it, its own position and all its
fields. A seal is one byte that says by which version of this encoding it was made, and a SHA-256.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

_VERSION = b"\x01"


class Head(NamedTuple):
    """How far a chain goes: the last position, and the seal there."""

    position: int
    seal: bytes


class Row(NamedTuple):
    """A row as it is found: its place, its seal (None for none), the parts of its name and all its fields as texts."""

    position: int
    seal: bytes | None
    name: Sequence[object]
    fields: Sequence[str]


class BrokenChain(Exception):
    """The first place where a chain is not as it was sealed; `row` is the name of the row there, if there is one."""

    def __init__(self, position: int, name: Sequence[object], reason: str) -> None:
        row = "/".join(map(str, name))
        super().__init__(f"position {position}{f', row {row}' if row else ''}: {reason}")
        self.position, self.row, self.reason = position, row, reason


def beginning(name: str) -> Head:
    """Before the first row; of each chain another one, so that rows of one do not fit into another."""
    return Head(0, _VERSION + sha256(name.encode()).digest())


def extend(head: Head, fields: Sequence[str]) -> Head:
    """The head after one more row. Lengths go before texts, so that no text can move from one field to the next."""
    position = head.position + 1
    parts = [_VERSION, position.to_bytes(8, "big"), head.seal]
    for field in fields:
        encoded = field.encode()
        parts += (len(encoded).to_bytes(4, "big"), encoded)
    return Head(position, _VERSION + sha256(b"".join(parts)).digest())


def follow(head: Head, rows: Iterable[Row], known: Mapping[int, bytes] | None = None) -> Head:
    """The head after these rows, in the order of their positions, or BrokenChain for the first that does not fit.

    `known` has seals that somebody else keeps, by position: a chain that was made anew as a whole does not have them.
    """
    known = known or {}
    for row in rows:
        following = extend(head, row.fields)
        if row.position > following.position:
            raise BrokenChain(following.position, (), "the row is missing")
        if row.position < following.position:
            raise BrokenChain(row.position, row.name, "the position is taken twice")
        if row.seal != following.seal:
            raise BrokenChain(row.position, row.name, "the row is not the one that was sealed")
        if known.get(row.position, row.seal) != row.seal:
            raise BrokenChain(row.position, row.name, "another seal was published: the chain was made anew up to here")
        head = following
    return head
