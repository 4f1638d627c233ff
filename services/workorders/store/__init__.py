"""Tables and queries of the workorders service."""

from workorders.store.tables import metadata

__all__ = ["metadata"]
