"""The figures for people."""

from collections.abc import Iterator, Mapping
from typing import Any

_COLUMNS = ("calls_per_s", "p50_ms", "p99_ms", "bound_per_s", "ratio_to_bound", "ratio_to_pgbench", "ratio_to_echo")


def show(figures: Mapping[str, Any]) -> None:
    """Everything that was measured, a table for what has callers and a line for the rest."""
    for name, found in figures.items():
        for line in _lines(name, found):
            print(line)


def _lines(name: str, found: Any) -> Iterator[str]:
    if not isinstance(found, Mapping):
        yield f"{name}: {found}"
    elif levels := found.get("by_callers"):
        columns = [column for column in _COLUMNS if column in next(iter(levels.values()))]
        yield f"{name}:"
        yield _row("callers", columns)
        for callers, seen in levels.items():
            yield _row(callers, [seen[column] for column in columns])
        yield from _lines(name, {key: value for key, value in found.items() if key != "by_callers"})
    elif any(isinstance(part, Mapping) for part in found.values()):
        for key, part in found.items():
            yield from _lines(f"{name}, {key}", part)
    else:
        yield f"{name}: {', '.join(f'{key} {value}' for key, value in found.items())}"


def _row(first: str, values: list[Any]) -> str:
    return f"{first:>8}" + "".join(f"{value:>18}" for value in values)
