"""Where the surveys service keeps things: tables, mapping, queries."""

from surveys.store.tables import metadata

__all__ = ["metadata"]
