"""Calls of one method against their bound, for each number of callers."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from tests.bench.load import load
from tests.bench.memory import peak
from tests.bench.serving import Served
from tests.bench.sizes import Sizes


def measure(
    served: Served, path: str, kind: str, sizes: Sizes, bound: Callable[[int], float], callers: Sequence[int] = ()
) -> dict[str, Any]:
    """The calls of each number of callers as a ratio to what their bound does a second."""
    levels = {}
    for number in callers or sizes.callers:
        most = bound(number)
        seen = load(served.target, path, kind, number, sizes.seconds)
        ratio = round(seen.calls_per_s / most, 3)
        levels[str(number)] = {**asdict(seen), "bound_per_s": round(most, 1), "ratio_to_bound": ratio}
    return {"by_callers": levels, **peak(served)}
