"""Tables and queries of the customers service."""

from customers.store.tables import metadata

__all__ = ["metadata"]
