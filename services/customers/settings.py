"""Settings of the customers service."""

from datetime import time, timedelta

from pydantic import Field

from servicekit.settings import ServiceSettings


class Settings(ServiceSettings):
    """What all services have, and HEARTHLINE_PHONE_REGION, _PHONE_AREA_CODE, _DATA_REQUEST_DAYS, _OFFICE_OPENS,
    _OFFICE_CLOSES, _INTERACTION_RETENTION, _TIMELINE_RETENTION.
    """

    phone_region: str = Field(
        default="CN", pattern="^[A-Z]{2}$", description="country of phone numbers that come without one"
    )
    phone_area_code: str = Field(
        default="",
        pattern="^[0-9]{0,6}$",
        description="area code of local numbers that come without one (024); empty refuses them",
    )
    data_request_days: int = Field(
        default=15, ge=1, le=250, description="working days within which a request about personal data is answered"
    )
    office_opens: time = Field(default=time(8, 30), description="wall time of a working day's begin")
    office_closes: time = Field(default=time(17, 30), description="wall time of its end, when deadlines of the day end")
    interaction_retention: timedelta = Field(
        default=timedelta(days=1095), gt=timedelta(0), description="how long it is kept what was said in a contact"
    )
    timeline_retention: timedelta = Field(
        default=timedelta(days=1825), gt=timedelta(0), description="how long an entry of a timeline is kept"
    )
