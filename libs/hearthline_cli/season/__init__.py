"""A heating season of a district, simulated through the public APIs: the project's main job."""
