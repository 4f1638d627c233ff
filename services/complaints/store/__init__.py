"""Where the complaints service keeps things: tables, mapping, queries."""

from complaints.store.tables import metadata

__all__ = ["metadata"]
