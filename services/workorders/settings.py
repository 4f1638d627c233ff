"""Settings of the workorders service."""

from datetime import timedelta

from pydantic import Field, field_validator

from servicekit.settings import ServiceSettings
from workorders.domain.heating_season import HeatingSeason


class Settings(ServiceSettings):
    """What all services have, how dispatch behaves (W7, W8), and when rooms must be warm (W11)."""

    silence: timedelta = Field(
        default=timedelta(minutes=10), description="a crew that has not acknowledged for this long is replaced"
    )
    silence_emergency: timedelta = Field(default=timedelta(minutes=3), description="the same for emergencies")
    dispatch_retry: timedelta = Field(
        default=timedelta(minutes=5), description="pause before looking for a crew again when none was free"
    )
    incident_window: timedelta = Field(
        default=timedelta(hours=24), description="tickets of the same fault within this time are one incident"
    )
    repeat_window: timedelta = Field(
        default=timedelta(hours=24),
        description="a call about a fault this soon after its repair, before the job is closed, reopens the job",
    )
    burst_window: timedelta = Field(
        default=timedelta(hours=6), description="the same for a burst main, on the whole branch"
    )
    ticket_retention: timedelta = Field(
        default=timedelta(days=1825), gt=timedelta(0), description="how long it is kept what was said of tickets"
    )
    work_order_retention: timedelta = Field(
        default=timedelta(days=1825), gt=timedelta(0), description="how long it is kept who signed, and crews' notes"
    )
    heating_season: str = Field(
        default="10-20/04-06", description="first and last day in which rooms must be warm, as MM-DD/MM-DD"
    )

    @field_validator("heating_season")
    @classmethod
    def _is_a_season(cls, text: str) -> str:
        HeatingSeason.of(text)
        return text
