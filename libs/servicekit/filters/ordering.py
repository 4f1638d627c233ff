"""order_by (AIP-132): fields with a comma between them, each with asc or desc behind it or nothing."""

from collections.abc import Callable

from sqlalchemy import ColumnElement

from servicekit.errors import InvalidArgument
from servicekit.filters.conditions import Columns, nothing

_DIRECTIONS = {"": False, "asc": False, "desc": True}


def parse_order(
    text: str, columns: Columns, explain: Callable[[str], str] = nothing
) -> list[tuple[ColumnElement[object], bool]]:
    """The (column, descending) pairs of an order_by; `explain` says why a field of the resource is not among them."""
    pairs: dict[str, bool] = {}
    for part in filter(None, (" ".join(p.split()) for p in text.split(","))):
        name, _, direction = part.partition(" ")
        if name not in columns:
            raise InvalidArgument("order_by", f"{explain(name) or repr(name[:80])} is not one of {_names(columns)}")
        if direction.lower() not in _DIRECTIONS:
            raise InvalidArgument("order_by", f"{part[:80]!r}: asc or desc may follow {name}, and then a comma")
        if name in pairs:
            raise InvalidArgument("order_by", f"{name} is named twice")
        pairs[name] = _DIRECTIONS[direction.lower()]
    return [(columns[name], descending) for name, descending in pairs.items()]


def _names(columns: Columns) -> str:
    return ", ".join(sorted(columns)) or "those that can be sorted by: there are none"
