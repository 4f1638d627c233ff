"""What is counted of messages (P3)."""

from sqlalchemy import func, select

from notifications.domain.channel import Channel
from notifications.domain.notification import State
from notifications.store.tables import OPEN, breakers, notifications
from servicekit.metrics import Counted, Kind, Measured, Metric

NO_CHANNEL = "none"
"""Of a message that was never handed to a provider."""

MESSAGES = Metric(
    "hearthline.messages",
    Kind.COUNTER,
    "Messages that came into a state, with the channel of their latest try; PENDING ones are to be tried again.",
    "{message}",
    {"channel": (*Channel, NO_CHANNEL), "state": tuple(State)},
)
OPEN_MESSAGES = Metric(
    "hearthline.messages.open",
    Kind.GAUGE,
    "Messages that the sender still has to do with.",
    "{message}",
    {"state": (State.PENDING, State.AWAITING_CONTACT, State.SENDING)},
)

AWAY = Metric(
    "hearthline.messages.provider.away",
    Kind.GAUGE,
    "Channels whose provider answers nobody, so that their messages are held: 1 while the circuit breaker is open.",
    "{channel}",
    {"channel": tuple(Channel)},
)

_state = notifications.c.state
# Most states are told to nobody, so the handler that stores them counts, and no event does.
COUNTS = (Counted(MESSAGES, from_zero=True),)
_open_channels = select(breakers.c.channel, func.count()).where(breakers.c.open_time.is_not(None))
GAUGES = (
    Measured(OPEN_MESSAGES, lambda _: select(_state, func.count()).where(OPEN).group_by(_state)),
    Measured(AWAY, lambda _: _open_channels.group_by(breakers.c.channel)),
)
