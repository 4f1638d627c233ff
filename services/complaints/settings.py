"""Settings of the complaints service."""

from datetime import time, timedelta

from pydantic import Field

from servicekit.settings import ServiceSettings


class Settings(ServiceSettings):
    """What all services have, and HEARTHLINE_COMPLAINTS_UNIT, _OWNER, _COMPLAINANT_RETENTION,
    HEARTHLINE_OFFICE_OPENS, _CLOSES, HEARTHLINE_GAMING_SILENT_SHARE, _LAST_SHARE, _IDLE_SHARE, _EXTENSIONS, _WINDOW.
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
    gaming_silent_share: float = Field(
        default=0.5, gt=0, lt=1, description="of the time an extension added, when a silent customer is a finding"
    )
    gaming_last_share: float = Field(
        default=0.1, gt=0, le=0.5, description="of the time to a deadline, in which an ending is a last-minute one"
    )
    gaming_idle_share: float = Field(
        default=0.5, gt=0, le=0.5, description="of it, in which nothing was done before such an ending"
    )
    gaming_extensions: int = Field(default=5, ge=2, description="complaints that one person extends are many")
    gaming_window: timedelta = Field(
        default=timedelta(hours=1), gt=timedelta(0), le=timedelta(days=31), description="within which they are"
    )
