"""The use cases of the workorders service; the only place that commits."""
