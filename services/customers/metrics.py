"""What is counted of customers and their contacts (P3)."""

from customers.domain.customer import Segment
from hearthline.customers.v1 import events_pb2 as pb
from servicekit.metrics import Counted, Kind, Metric

REGISTRATIONS = Metric(
    "hearthline.customer.registrations",
    Kind.COUNTER,
    "Customers registered.",
    "{customer}",
    {"segment": tuple(Segment)},
)
INTERACTIONS = Metric(
    "hearthline.interactions",
    Kind.COUNTER,
    "Calls, visits and messages recorded.",
    "{interaction}",
    {"channel": ("hotline", "counter", "web", "wechat", "email", "government_hotline", "visit")},
)

COUNTS = (
    Counted(REGISTRATIONS, {pb.CustomerRegistered: lambda event: {"segment": event.segment}}),
    Counted(INTERACTIONS, {pb.InteractionRecorded: lambda event: {"channel": event.channel}}),
)
