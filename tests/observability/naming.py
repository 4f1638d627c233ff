"""The metrics that services declare, and how Prometheus calls them, by OpenTelemetry's rules."""

from importlib import import_module

from servicekit.metrics import Kind, Metric, catalogue
from servicekit.service import Service

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


def declared(service: str) -> list[Metric]:
    """Every metric that a service says it has, the kit's first."""
    return [*catalogue.METRICS, *own(service)]


def own(service: str) -> list[Metric]:
    """Those that no other service has."""
    made: Service = import_module(f"{service}.bootstrap").service()
    return [*(counted.metric for counted in made.counts), *(measured.metric for measured in made.gauges)]
