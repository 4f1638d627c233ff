"""What came of the inputs, and what should not have."""

import json
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.fuzz.memory import Memory

_INTERNAL = "INTERNAL"


@dataclass(slots=True)
class Count:
    """Of one RPC or consumer."""

    inputs: int = 0
    ok: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    internal: int = 0

    def add(self, outcome: str) -> None:
        """OK, a status, or the reason of a dead letter."""
        self.inputs += 1
        if outcome == "OK":
            self.ok += 1
        elif outcome == _INTERNAL:
            self.internal += 1
        else:
            self.refused[outcome] = self.refused.get(outcome, 0) + 1


class Tally:
    """All of them, and a line for each fault."""

    def __init__(self) -> None:
        self.counts: dict[str, Count] = defaultdict(Count)
        self.faults: list[str] = []
        self.memory: list[Memory] = []
        """After each round."""

    @property
    def total(self) -> Count:
        """Over everything."""
        whole = Count()
        for count in self.counts.values():
            whole.inputs += count.inputs
            whole.ok += count.ok
            whole.refused = dict(Counter(whole.refused) + Counter(count.refused))
            whole.internal += count.internal
        return whole

    def never_ok(self) -> list[str]:
        """RPCs and consumers that took nothing so far."""
        return sorted(name for name, count in self.counts.items() if not count.ok)

    def write(self, path: Path, seed: int) -> None:
        """As JSON."""
        path.parent.mkdir(exist_ok=True)
        told = {name: asdict(count) for name, count in sorted(self.counts.items())}
        memory = [asdict(each) for each in self.memory]
        whole = {"seed": seed, "memory": memory, "faults": self.faults, "never_ok": self.never_ok()}
        whole |= {"total": asdict(self.total), **told}
        path.write_text(json.dumps(whole, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
