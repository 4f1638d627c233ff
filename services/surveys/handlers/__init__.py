"""One function a use case of the surveys service; the only place that commits."""
