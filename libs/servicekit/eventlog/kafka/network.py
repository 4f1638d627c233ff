"""One thread that moves the bytes of all consumers of a process; each client of kafka-python would start one."""

import threading
from contextlib import suppress
from typing import Any

from kafka.net.compat import KafkaNetClient
from kafka.net.manager import KafkaConnectionManager
from kafka.net.selector import NetworkSelector


class SharedNetwork:
    """Makes the network sides of consumers; its thread starts with the first of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._selector: Any = None

    def __call__(self, **configuration: Any) -> KafkaNetClient:
        """The network side of one client, with connections of its own."""
        selector = self._running(configuration)
        # There, for a selector's schedule is its own thread's.
        manager = selector.run(lambda: _Manager(selector, **configuration))
        return _Guest(net=selector, manager=manager)

    def close(self) -> None:
        """Ends the thread."""
        with self._lock:
            if self._selector is not None:
                self._selector.close()
                self._selector = None

    def _running(self, configuration: dict[str, Any]) -> Any:
        with self._lock:
            if self._selector is not None and self._selector._exception is not None:
                # It crashed, and with it all who used it; they are made anew one by one.
                with suppress(Exception):
                    self._selector.close()
                self._selector = None
            if self._selector is None:
                self._selector = NetworkSelector(**configuration)
                self._selector.start()
            return self._selector


class _Manager(KafkaConnectionManager):  # type: ignore[misc]
    """Connections of one client; what kafka-python leaves to the end of its thread is ended with them."""

    def close_idle_connections(self) -> None:
        if not getattr(self, "closed", False):
            super().close_idle_connections()


class _Guest(KafkaNetClient):  # type: ignore[misc]
    """The network side of one client; closing it leaves the others' thread as it is."""

    def close(self, node_id: Any = None) -> None:
        with suppress(Exception):
            self._net.run(lambda: self._manager.close(node_id=node_id))
