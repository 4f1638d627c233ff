"""Resource names of other services in columns."""


def id_of(name: str) -> str:
    """The id part of a resource name from an event; empty for an empty name."""
    return name.partition("/")[2]
