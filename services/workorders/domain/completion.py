"""What must be told of a finished job (W3)."""

from dataclasses import dataclass

from servicekit.errors import InvalidArgument
from workorders.domain.words import CERTIFIED, READING_REQUIRED


@dataclass(frozen=True, slots=True)
class Completion:
    """What a crew must tell when it is done (W3)."""

    cause: str
    resolution: str
    parts: tuple[str, ...] = ()
    photos: tuple[str, ...] = ()
    reading: str = ""
    signature: str = ""
    no_signature_reason: str = ""
    instrument: str = ""
    """Certificate of the calibrated instrument that took the reading (W11)."""


def check_completion(category: str, completion: Completion) -> None:
    """InvalidArgument naming every field that a completion of this category lacks (W3)."""
    lacking = []
    if category in READING_REQUIRED and not completion.reading:
        lacking.append(("reading", f"is required when the category is {category}"))
    if category in CERTIFIED and not completion.instrument:
        lacking.append(("instrument", f"is required when the category is {category}"))
    if not completion.signature and not completion.no_signature_reason:
        lacking.append(("no_signature_reason", "is required when there is no signature"))
    if lacking:
        raise InvalidArgument.of(lacking, reason="REQUIRED_FIELD")
