"""Where the billing service keeps things: tables, mapping, queries."""

from billing.store.tables import metadata

__all__ = ["metadata"]
