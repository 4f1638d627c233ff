"""Where the complaints service keeps things: tables, mapping, queries."""

from complaints.store.tables import SEALED_ENTRIES, metadata

__all__ = ["SEALED_ENTRIES", "metadata"]
