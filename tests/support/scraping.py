"""What a process tells Prometheus, read over HTTP as Prometheus does."""

import urllib.request
from collections.abc import Iterable, Iterator
from typing import Self

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample


class Scrape:
    """The samples of one or several processes."""

    def __init__(self, samples: Iterable[Sample]) -> None:
        self._samples = list(samples)

    @classmethod
    def of(cls, *ports: int) -> Self:
        """What the endpoints at these ports tell now."""
        return cls(sample for port in ports for sample in _read(port))

    def names(self) -> set[str]:
        """Of all samples."""
        return {sample.name for sample in self._samples}

    def labels(self, name: str) -> set[str]:
        """Names of the labels that samples of this name have."""
        return {label for sample in self._samples if sample.name == name for label in sample.labels}

    def values(self, label: str, name: str) -> set[str]:
        """Values that a label has in samples of this name."""
        return {sample.labels[label] for sample in self._samples if sample.name == name and label in sample.labels}

    def total(self, name: str, **labels: str) -> float:
        """The sum over the samples with these labels; 0 when there are none."""
        return sum(s.value for s in self._samples if s.name == name and labels.items() <= s.labels.items())

    def by(self, label: str, name: str, **labels: str) -> dict[str, float]:
        """That sum for each value of one more label."""
        values = sorted(self.values(label, name))
        found = {value: self.total(name, **labels, **{label: value}) for value in values}
        return {value: number for value, number in found.items() if number}


def _read(port: int) -> Iterator[Sample]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        for family in text_string_to_metric_families(answer.read().decode()):
            yield from family.samples
