"""Batch outcomes and update masks on the wire."""

from collections.abc import Iterable, Sequence

from google.protobuf.field_mask_pb2 import FieldMask

from customers.handlers.batches import Outcome, Result
from hearthline.customers.v1.batches_pb2 import BatchOutcome
from servicekit.errors import InvalidArgument

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


def mask_of(mask: FieldMask, allowed: Sequence[str]) -> frozenset[str]:
    """The paths of an update mask; all that are allowed when it is empty (AIP-134)."""
    for path in mask.paths:
        if path not in allowed:
            raise InvalidArgument("update_mask", f"{path!r} is not one of {', '.join(allowed)}")
    return frozenset(mask.paths or allowed)
