"""Settings of the workorders service."""

from datetime import timedelta

from pydantic import Field

from servicekit.settings import ServiceSettings


class Settings(ServiceSettings):
    """What all services have, and how dispatch behaves (W7, W8)."""

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
