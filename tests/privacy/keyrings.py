"""Keyrings as operators write them."""

import json
from base64 import b64encode
from hashlib import sha256
from pathlib import Path


def ring(*ids: str) -> dict[str, object]:
    """Keys with these ids, the first one current; the same id is always the same key."""
    return {"current": ids[0], "keys": {i: b64encode(sha256(i.encode()).digest()).decode() for i in ids}}


def keyring(
    folder: Path,
    data: tuple[str, ...] = ("d1",),
    index: tuple[str, ...] = ("i1",),
    events: tuple[str, ...] = ("e1",),
    **more: object,
) -> Path:
    """A file with these keys."""
    path = folder / "-".join([*data, *index, *events, *more, "keyring.json"])
    path.write_text(json.dumps({"data": ring(*data), "events": ring(*events), "index": ring(*index), **more}))
    return path
