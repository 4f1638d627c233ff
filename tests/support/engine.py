"""The Docker engine, where there is one."""

import os
from functools import cache

# Containers are stopped by their fixtures, so the reaper (one more image to pull) is not needed; ports are
# reached on the host of the engine.
os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")
os.environ.setdefault("TESTCONTAINERS_CONNECTION_MODE", "docker_host")


@cache
def docker_answers() -> bool:
    """True when a Docker engine answers within two seconds."""
    import docker
    from docker.errors import DockerException

    try:
        client = docker.from_env(timeout=2)
    except DockerException:
        return False
    try:
        return bool(client.ping())
    except (DockerException, OSError):
        return False
    finally:
        client.close()
