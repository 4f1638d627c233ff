"""How a metric and its labels are called in Prometheus: OpenTelemetry's rules, for the units that we have."""

from servicekit.metrics import Kind, Metric

_UNITS = {"s": "_seconds", "By": "_bytes"}
_SUFFIXES = {Kind.COUNTER: ("_total",), Kind.GAUGE: ("",), Kind.HISTOGRAM: ("_bucket", "_count", "_sum")}


def label_name(label: str) -> str:
    """As PromQL has it."""
    return label.replace(".", "_")


def exported_name(metric: Metric) -> str:
    """Of a histogram without what its three kinds of samples add."""
    suffix = "_total" if metric.kind is Kind.COUNTER else ""
    return metric.name.replace(".", "_") + _UNITS.get(metric.unit, "") + suffix


def exported_names(metric: Metric) -> list[str]:
    """Of all its samples."""
    base = exported_name(metric).removesuffix("_total")
    return [base + suffix for suffix in _SUFFIXES[metric.kind]]
