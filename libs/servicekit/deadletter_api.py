"""DeadLetterService: what an operator sees and does of the events that a service could not take (P2)."""

from collections.abc import Sequence
from functools import partial

import grpc

from hearthline.operations.v1 import dead_letters_pb2 as pb
from hearthline.operations.v1.dead_letters_pb2_grpc import DeadLetterServiceServicer
from servicekit.calls import Rpc
from servicekit.cloudevents import event_type
from servicekit.deadletters import DeadLetter, drop, open_dead_letters, replay
from servicekit.errors import NotFound, Unavailable
from servicekit.eventlog import EventLogUnavailable
from servicekit.inbox import ConsumerLoop
from servicekit.lanes import consumer_of
from servicekit.listing import DEFAULT_PAGE_SIZE, LARGEST_PAGE_SIZE
from servicekit.names import resource_id
from servicekit.times import to_timestamp
from servicekit.uow import UnitOfWork


class DeadLetterApi(DeadLetterServiceServicer):
    """See dead_letters.proto; any process of the service may be asked."""

    def __init__(self, rpc: Rpc, consumers: Sequence[ConsumerLoop]) -> None:
        self._rpc = rpc
        self._consumers = consumers
        self._names = {name for consumer in consumers for name in (consumer.name, consumer.known_as)}
        self._topics = list(dict.fromkeys(topic for consumer in consumers for topic in consumer.topics))

    def ListDeadLetters(
        self, request: pb.ListDeadLettersRequest, context: grpc.ServicerContext
    ) -> pb.ListDeadLettersResponse:
        with self._rpc.reading() as uow:
            # Ids go up with time, so the last one shown says where the next page begins.
            letters = [letter for letter in self._open(uow) if letter.id > request.page_token]
        size = min(request.page_size or DEFAULT_PAGE_SIZE, LARGEST_PAGE_SIZE)
        token = letters[size - 1].id if len(letters) > size else ""
        return pb.ListDeadLettersResponse(dead_letters=map(_to_proto, letters[:size]), next_page_token=token)

    def ReplayDeadLetter(self, request: pb.ReplayDeadLetterRequest, context: grpc.ServicerContext) -> pb.DeadLetter:
        return self._rpc.command(request, self._replay, resource_id(request.name, "deadLetters"), render=_to_proto)

    def DropDeadLetter(self, request: pb.DropDeadLetterRequest, context: grpc.ServicerContext) -> pb.DeadLetter:
        return self._rpc.command(request, self._drop, resource_id(request.name, "deadLetters"), render=_to_proto)

    def _replay(self, uow: UnitOfWork, identifier: str) -> DeadLetter:
        letter = self._find(uow, identifier)
        consumer = consumer_of(self._consumers, letter.consumer, letter.topic)
        return replay(uow, letter, partial(consumer.handle, self._rpc.kit))

    def _drop(self, uow: UnitOfWork, identifier: str) -> DeadLetter:
        return drop(uow, self._find(uow, identifier))

    def _find(self, uow: UnitOfWork, identifier: str) -> DeadLetter:
        for letter in self._open(uow):
            if letter.id == identifier:
                return letter
        raise NotFound(f"deadLetters/{identifier}")

    def _open(self, uow: UnitOfWork) -> list[DeadLetter]:
        try:
            return open_dead_letters(uow, self._rpc.kit.eventlog, self._topics, self._names)
        except EventLogUnavailable as error:
            raise Unavailable(str(error), reason="EVENT_LOG_UNAVAILABLE") from error


def _to_proto(letter: DeadLetter) -> pb.DeadLetter:
    return pb.DeadLetter(
        name=letter.name,
        topic=letter.topic,
        consumer=letter.consumer,
        key=letter.record.key,
        type=event_type(letter.record.headers),
        reason=letter.reason,
        fail_time=to_timestamp(letter.time),
    )
