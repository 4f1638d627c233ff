"""A record's headers as text by name."""

from collections.abc import Iterable


def joined(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """A name that is there twice has its values in one, after commas, as HTTP has it: no value is lost in silence."""
    found: dict[str, list[str]] = {}
    for name, value in headers:
        found.setdefault(name, []).append(value)
    return {name: ", ".join(values) for name, values in found.items()}
