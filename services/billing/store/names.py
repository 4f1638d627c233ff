"""Resource names of other services, and their ids in columns."""


def id_of(name: str) -> str:
    """The id part of a resource name; empty for an empty name."""
    return name.partition("/")[2]


def name_of(collection: str, identifier: str) -> str:
    """The resource name of an id; empty for an empty id."""
    return f"{collection}/{identifier}" if identifier else ""
