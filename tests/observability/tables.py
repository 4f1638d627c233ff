"""The tables of docs/operations/metrics.md, made from what services declare and from the chart.

`python -m tests.observability.tables` writes them again.
"""

import re
from collections.abc import Iterable, Sequence

from hearthline_cli.laptop import SERVICES
from servicekit.metrics import Metric, catalogue
from tests.helm.observability import alerts
from tests.helm.tools import ROOT
from tests.observability.naming import exported_name, label_name, own

PAGE = ROOT / "docs" / "operations" / "metrics.md"
_MOST = 12


def tables() -> dict[str, str]:
    """Each table by its name in the page."""
    return {
        "kit": _metrics(catalogue.METRICS),
        **{service: _metrics(own(service)) for service in SERVICES},
        "alerts": _alerts(),
    }


def written(page: str) -> dict[str, str]:
    """The tables that a page holds."""
    return dict(re.findall(r"<!-- table (\w+) -->\n(.*?)\n?<!-- end -->", page, flags=re.DOTALL))


def renewed(page: str) -> str:
    """The page with its tables as they should be."""
    made = tables()
    return re.sub(
        r"(<!-- table (\w+) -->\n).*?(<!-- end -->)",
        lambda found: f"{found[1]}{made[found[2]]}\n{found[3]}",
        page,
        flags=re.DOTALL,
    )


def _metrics(metrics: Iterable[Metric]) -> str:
    rows = [(f"`{exported_name(each)}`", each.kind.value, _labels(each), each.description) for each in metrics]
    return _table(("metric", "kind", "labels", "what it tells"), rows)


def _labels(metric: Metric) -> str:
    told = []
    for label, values in metric.labels.items():
        listed = "" if len(values) > _MOST or not values else f" ({', '.join(values)})"
        told.append(f"`{label_name(label)}`{listed}")
    return ", ".join(told)


def _alerts() -> str:
    rows = [
        (
            f"[{alert['alert']}](runbooks.md#{alert['alert'].lower()})",
            alert["labels"]["severity"],
            alert.get("for", ""),
            re.sub(r"\{\{ \$(?:labels\.)?(\w+)[^}]*\}\}", r"*\1*", alert["annotations"]["description"]),
        )
        for alert in alerts()
    ]
    return _table(("alert", "severity", "for", "what it says"), rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text()))
