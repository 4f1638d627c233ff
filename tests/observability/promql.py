"""What a PromQL query asks for, taken out of it by a parser."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import promql_parser

Expr = Any


@dataclass(frozen=True, slots=True)
class Matcher:
    """A condition on a label; `op` is `=`, `!=`, `=~` or `!~`."""

    label: str
    op: str
    value: str


@dataclass(frozen=True, slots=True)
class Selector:
    """A metric that a query reads, and under which conditions."""

    name: str
    matchers: Sequence[Matcher]

    @property
    def service(self) -> str:
        """The only service whose samples match; empty for those of all."""
        jobs = [m.value for m in self.matchers if m.label == "job" and m.op == "="]
        return jobs[0].partition("/")[2] if jobs else ""


_OPS = {"Equal": "=", "NotEqual": "!=", "Re": "=~", "NotRe": "!~"}


def parse(query: str) -> Expr:
    """The query with Grafana's variables filled in; ValueError when it is none."""
    return promql_parser.parse(query.replace("$__rate_interval", "5m").replace("$namespace", ".*"))


def selectors(expr: Expr) -> list[Selector]:
    """All metrics that it reads."""
    found = [node for node in _walk(expr) if isinstance(node, promql_parser.VectorSelector)]
    return [Selector(node.name or "", [_matcher(each) for each in node.matchers.matchers]) for node in found]


def groupings(expr: Expr) -> Iterator[tuple[set[str], list[Selector]]]:
    """The labels that each aggregation or matching names, with the metrics below it."""
    for node in _walk(expr):
        if isinstance(node, promql_parser.AggregateExpr) and node.modifier:
            yield set(node.modifier.labels), selectors(node.expr)
        if isinstance(node, promql_parser.BinaryExpr) and node.modifier and node.modifier.matching:
            yield set(node.modifier.matching.labels), selectors(node)


def kept_labels(expr: Expr) -> set[str]:
    """Labels that its aggregations keep."""
    return {label for labels, _ in groupings(expr) for label in labels}


def _matcher(matcher: promql_parser.Matcher) -> Matcher:
    return Matcher(matcher.name, _OPS[str(matcher.op).rpartition(".")[2]], matcher.value)


def _walk(expr: Expr) -> list[Expr]:
    found: list[Expr] = []
    promql_parser.walk(expr, found.append)
    return found
