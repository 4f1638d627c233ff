"""Settings of the surveys service."""

from datetime import timedelta
from typing import Self

from pydantic import Field, SecretStr, model_validator

from servicekit.settings import ServiceSettings
from surveys.domain.link import LinkKeys

_DEVELOPMENT_KEY = SecretStr("known to everybody: for development only")


class Settings(ServiceSettings):
    """What all services have, and: HEARTHLINE_SURVEY_LINK_KEYS, HEARTHLINE_CALLBACK_HOLD, _ANSWER_RETENTION."""

    survey_link_keys: SecretStr = Field(
        default=_DEVELOPMENT_KEY,
        description="secrets of at least 32 bytes that sign self-service links, comma-separated, the newest first",
    )
    callback_hold: timedelta = Field(
        default=timedelta(minutes=30), gt=timedelta(0), description="how long an agent keeps a claimed call-back"
    )
    answer_retention: timedelta = Field(
        default=timedelta(days=1095), gt=timedelta(0), description="how long words of answers and call-backs are kept"
    )

    @model_validator(mode="after")
    def _keys_are_secret(self) -> Self:
        if self.survey_link_keys == _DEVELOPMENT_KEY and self.environment != "development":
            raise ValueError("HEARTHLINE_SURVEY_LINK_KEYS must be set outside of development")
        self.link_keys()
        return self

    def link_keys(self) -> LinkKeys:
        """The keys as the domain takes them."""
        return LinkKeys([key.strip().encode() for key in self.survey_link_keys.get_secret_value().split(",")])
