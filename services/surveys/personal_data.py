"""What the surveys service holds on a customer: what they were asked, and what they said (C9)."""

from collections.abc import Iterator

from google.protobuf.message import Message

from servicekit.personal_data import Holdings
from servicekit.uow import UnitOfWork
from surveys.api.views import callback_to_proto, survey_to_proto
from surveys.store.personal_data import erase, surveys_of
from surveys.store.surveys import attempts_of, survey_of


def _gather(uow: UnitOfWork, customer_id: str) -> Iterator[Message]:
    for row in surveys_of(uow, customer_id):
        yield survey_to_proto(None, row)
        if calls := attempts_of(uow, row.id):
            yield callback_to_proto((survey_of(row), calls))


HOLDINGS = Holdings(_gather, erase)
