"""Why a bank's event is set aside (B2); docs/bank-guide.md says what the bank then does."""

from enum import StrEnum


class Reason(StrEnum):
    """Why an event was set aside."""

    UNKNOWN_BANK = "UNKNOWN_BANK"
    BAD_SIGNATURE = "BAD_SIGNATURE"
    UNKNOWN_KEY = "UNKNOWN_KEY"
    KEY_NOT_VALID = "KEY_NOT_VALID"
    UNREADABLE = "UNREADABLE"
    TOO_LARGE = "TOO_LARGE"
    MALFORMED_JSON = "MALFORMED_JSON"
    MISSING_FIELD = "MISSING_FIELD"
    BAD_FIELD = "BAD_FIELD"
    WRONG_SOURCE = "WRONG_SOURCE"
    UNKNOWN_TYPE = "UNKNOWN_TYPE"
    BAD_AMOUNT = "BAD_AMOUNT"
    UNKNOWN_CURRENCY = "UNKNOWN_CURRENCY"
    CURRENCY_MISMATCH = "CURRENCY_MISMATCH"
    BAD_TIME = "BAD_TIME"
    FUTURE_DATED = "FUTURE_DATED"
    CONFLICTING_DUPLICATE = "CONFLICTING_DUPLICATE"
    UNKNOWN_ACCOUNT = "UNKNOWN_ACCOUNT"
    UNKNOWN_PAYMENT = "UNKNOWN_PAYMENT"
    REVERSAL_MISMATCH = "REVERSAL_MISMATCH"
    PAYMENT_NOT_REVERSIBLE = "PAYMENT_NOT_REVERSIBLE"


class Rejected(Exception):
    """The event cannot be taken; the bank is told the reason and the detail."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
