"""Identifiers: UUIDv7 for what happens, UUIDv5 for what follows from it."""

import uuid

import uuid_utils

_NAMESPACE = uuid.UUID("6f1c2c0e-6d3a-5e8f-9d0b-6c8b3f0c7a11")


def new_id() -> str:
    """A new UUIDv7 as text: unique, and sorted by the time it was made (RFC 9562)."""
    return str(uuid_utils.uuid7())


def derived_id(source: str, label: str) -> str:
    """The same UUIDv5 for the same source id and label, so that a replayed event gives the same row."""
    return str(uuid.uuid5(_NAMESPACE, f"{source}/{label}"))
