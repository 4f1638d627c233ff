"""The use cases of the complaints service."""
