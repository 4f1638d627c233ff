"""Settings of the customers service."""

from pydantic import Field

from servicekit.settings import ServiceSettings


class Settings(ServiceSettings):
    """What all services have, and HEARTHLINE_PHONE_REGION."""

    phone_region: str = Field(
        default="CN", pattern="^[A-Z]{2}$", description="country of phone numbers that come without one"
    )
