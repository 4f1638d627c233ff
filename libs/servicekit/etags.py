"""Etags (AIP-154): the version of a resource, so that nobody overwrites what they have not seen."""

from servicekit.errors import Aborted


def etag(version: int) -> str:
    """The etag of a version, quoted as RFC 9110 has it."""
    return f'"{version}"'


def check_etag(name: str, given: str, version: int) -> None:
    """Raises Aborted when an etag was given and is not the current one; an empty one is no condition."""
    if given and given != etag(version):
        raise Aborted(name)
