"""Settings of the billing service."""

import re
from typing import Self

from pydantic import Field, model_validator

from billing.domain.currencies import is_currency
from servicekit.settings import ServiceSettings

_BANK = re.compile(r"[a-z][a-z0-9]{1,19}\Z")


class Settings(ServiceSettings):
    """What all services have, and: HEARTHLINE_BANKS, _BANK_THREADS, _CURRENCY, _SUSPENSION_BASE_PERCENT."""

    banks: str = Field(default="icbc,ccb,abc", description="ids of the partner banks whose topics are read, by comma")
    bank_threads: int = Field(
        default=2, ge=1, le=64, description="threads of a process in which the banks' consumers take turns"
    )
    currency: str = Field(default="CNY", description="ISO 4217 code that accounts are kept in")
    suspension_base_percent: int = Field(
        default=20, ge=0, le=100, description="share of a season's charge that is due though service is suspended"
    )

    @model_validator(mode="after")
    def _values_are_known(self) -> Self:
        wrong = [bank for bank in self.bank_ids() if not _BANK.match(bank)]
        if wrong:
            raise ValueError(f"HEARTHLINE_BANKS: {wrong[0]!r} is not of 2 to 20 small letters and digits")
        if not is_currency(self.currency):
            raise ValueError(f"HEARTHLINE_CURRENCY: {self.currency!r} is not a currency of ISO 4217")
        return self

    def bank_ids(self) -> list[str]:
        """The banks in their order."""
        return list(dict.fromkeys(bank.strip() for bank in self.banks.split(",") if bank.strip()))
