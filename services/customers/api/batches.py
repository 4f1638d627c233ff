"""Batch outcomes on the wire."""

from collections.abc import Iterable

from customers.handlers.batches import Outcome, Result
from hearthline.customers.v1.batches_pb2 import BatchOutcome

_RESULTS = {
    Result.CREATED: BatchOutcome.RESULT_CREATED,
    Result.EXISTS: BatchOutcome.RESULT_EXISTS,
    Result.REFUSED: BatchOutcome.RESULT_REFUSED,
}


def outcomes_to_proto(outcomes: Iterable[Outcome]) -> list[BatchOutcome]:
    return [
        BatchOutcome(
            name=o.name,
            result=_RESULTS[o.result],
            field=o.field,
            rule=o.rule,
            left_out=[BatchOutcome.LeftOut(field=field, rule=rule) for field, rule in o.left_out],
        )
        for o in outcomes
    ]
