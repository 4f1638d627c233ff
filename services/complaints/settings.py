"""Settings of the complaints service."""

from datetime import time, timedelta

from pydantic import Field

from servicekit.settings import ServiceSettings


class Settings(ServiceSettings):
    """What all services have, and HEARTHLINE_COMPLAINTS_UNIT, _OWNER, _COMPLAINANT_RETENTION,
    HEARTHLINE_OFFICE_OPENS, _CLOSES.
    """

    complaints_unit: str = Field(
        default="units/customer-service",
        pattern=r"^units/[A-Za-z0-9][A-Za-z0-9._~-]*$",
        description="answers for complaints that name no other unit",
    )
    complaints_owner: str = Field(
        default="staff/complaints-desk", min_length=1, description="owns the first contact of complaints out of surveys"
    )
    office_opens: time = Field(default=time(8, 30), description="wall time of a working day's begin")
    office_closes: time = Field(default=time(17, 30), description="wall time of its end, when deadlines of the day end")
    complainant_retention: timedelta = Field(
        default=timedelta(days=1825), gt=timedelta(0), description="how long after the end it is kept who complained"
    )
