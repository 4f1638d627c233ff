"""Ports for what is to listen later."""

import random
import socket
from contextlib import suppress

# Below what systems give out by themselves (32768 and up on Linux, 49152 on others): whoever asks for any port, or
# connects to one, may get one of those that was free a moment ago, also while its owner is being restarted.
_NOBODYS = range(10_000, 32_768)
_CHANCE = random.SystemRandom()


def free_port() -> int:
    """A TCP port of this machine that nobody listens on, and that nobody gets by chance."""
    while True:
        port = _CHANCE.choice(_NOBODYS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
