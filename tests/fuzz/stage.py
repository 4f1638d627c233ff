"""Where scenes are set: any RPC by its name, facts of other services, and the time that goes by."""

from collections.abc import Mapping
from datetime import timedelta
from itertools import count
from typing import Any

from google.protobuf.message_factory import GetMessageClass

from servicekit.eventlog import Record
from tests.fuzz.calls import methods
from tests.fuzz.world import World


class Stage:
    """A world as whoever sets a scene needs it; nothing that it asks for may be refused. Its name is in all ids."""

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self._name = name
        self._methods = {
            method.descriptor.name: method
            for name, service in world.services.items()
            for method in methods(service, world.channels[name])
        }
        self._ids = count(1)

    def id(self) -> str:
        """Another one each time."""
        return f"{self._name}-{next(self._ids)}"

    def request(self, rpc: str, **values: Any) -> Any:
        """The request of an RPC."""
        return GetMessageClass(self._methods[rpc].descriptor.input_type)(**values)

    def do(self, rpc: str, **values: Any) -> Any:
        """The reply to it; AssertionError when there is none."""
        outcome, faults, replies = self._methods[rpc].call(self.request(rpc, **values).SerializeToString())
        assert outcome == "OK", f"{rpc} with {values} ends with {outcome} {faults}"
        return replies[0]

    def publish(self, *records: Record) -> None:
        """Puts facts on the event log, as their service would."""
        producer = self.world.start.eventlog.producer()
        refused = [error for error in producer.publish(records) if error]
        producer.close()
        assert not refused, refused

    def settle(self, service: str) -> None:
        """Has one service do what follows for it."""
        self.world.services[service].settle()

    def pass_(self, span: timedelta) -> None:
        """Time goes by, and what is due is done."""
        self.world.start.clock.advance(span)
        self.world.settle()


def money(amount: int) -> Mapping[str, Any]:
    """Of the utility's own currency."""
    return {"amount": amount, "currency_code": "CNY"}
