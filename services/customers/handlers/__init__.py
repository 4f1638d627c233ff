"""The use cases of the customers service; the only place that commits."""
