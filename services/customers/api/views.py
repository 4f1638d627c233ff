"""The domain's objects on the wire."""

from customers.api.wording import readable
from customers.domain import network as network_domain
from customers.domain.customer import Channel, Customer, Kind, Segment
from customers.domain.interaction import Interaction, Outcome
from customers.domain.network import Node
from customers.domain.premises import Agreement, Area, Cell, Premises
from customers.domain.timeline import line
from hearthline.customers.v1 import (
    agreements_pb2,
    cells_pb2,
    customers_pb2,
    interactions_pb2,
    network_pb2,
    premises_pb2,
)
from servicekit.etags import etag
from servicekit.reads import AnyRow
from servicekit.times import to_timestamp

_Customer, _Contact = customers_pb2.Customer, customers_pb2.Contact

KINDS = {_Customer.KIND_PERSON: Kind.PERSON, _Customer.KIND_ORGANISATION: Kind.ORGANISATION}
SEGMENTS = {
    _Customer.SEGMENT_RESIDENT: Segment.RESIDENT,
    _Customer.SEGMENT_BUSINESS: Segment.BUSINESS,
    _Customer.SEGMENT_INDUSTRIAL: Segment.INDUSTRIAL,
    _Customer.SEGMENT_VIP: Segment.VIP,
}
CHANNELS = {
    _Contact.CHANNEL_SMS: Channel.SMS,
    _Contact.CHANNEL_EMAIL: Channel.EMAIL,
    _Contact.CHANNEL_WECHAT: Channel.WECHAT,
    _Contact.CHANNEL_APP: Channel.APP,
    _Contact.CHANNEL_VOICE: Channel.VOICE,
    _Contact.CHANNEL_LETTER: Channel.LETTER,
}
NODE_KINDS = {
    network_pb2.NetworkNode.KIND_STATION: network_domain.Kind.STATION,
    network_pb2.NetworkNode.KIND_BRANCH: network_domain.Kind.BRANCH,
    network_pb2.NetworkNode.KIND_BUILDING: network_domain.Kind.BUILDING,
    network_pb2.NetworkNode.KIND_UNIT: network_domain.Kind.UNIT,
}
OUTCOMES = {
    interactions_pb2.Interaction.OUTCOME_OFFERED: Outcome.OFFERED,
    interactions_pb2.Interaction.OUTCOME_ANSWERED: Outcome.ANSWERED,
    interactions_pb2.Interaction.OUTCOME_ABANDONED: Outcome.ABANDONED,
}
AREAS = {premises_pb2.Premises.AREA_URBAN: Area.URBAN, premises_pb2.Premises.AREA_RURAL: Area.RURAL}

_KIND_OF = {value: key for key, value in KINDS.items()}
_SEGMENT_OF = {value: key for key, value in SEGMENTS.items()}
_CHANNEL_OF = {value: key for key, value in CHANNELS.items()}
_NODE_KIND_OF = {value: key for key, value in NODE_KINDS.items()}
_OUTCOME_OF = {value: key for key, value in OUTCOMES.items()}
_AREA_OF = {value: key for key, value in AREAS.items()}


def customer_to_proto(customer: Customer) -> customers_pb2.Customer:
    contacts = [
        _Contact(
            channel=_CHANNEL_OF[c.channel],
            address=c.address,
            language_code=c.language_code,
            consented=c.consented,
            preferred=c.preferred,
            extension=c.extension,
            written=c.written,
        )
        for c in customer.contacts
    ]
    return _Customer(
        name=customer.name,
        display_name=customer.display_name,
        kind=_KIND_OF[customer.kind],
        segment=_SEGMENT_OF[customer.segment],
        contacts=contacts,
        create_time=to_timestamp(customer.create_time),
        update_time=to_timestamp(customer.update_time),
        etag=etag(customer.version),
        erase_time=to_timestamp(customer.erase_time),
    )


def entry_to_proto(row: AnyRow, language: str) -> customers_pb2.TimelineEntry:
    return customers_pb2.TimelineEntry(
        name=f"customers/{row.customer_id}/timelineEntries/{row.id}",
        occur_time=to_timestamp(row.occur_time),
        kind=row.kind,
        source=row.source,
        subject=row.subject,
        summary=line(row.kind, readable(row.data, language), language),
    )


def premises_to_proto(place: Premises) -> premises_pb2.Premises:
    path = [f"networkNodes/{node}" for node in place.network_path]
    return premises_pb2.Premises(
        name=place.name,
        address=place.address,
        network_node=path[-1] if path else "",
        network_path=path,
        cell=f"cells/{place.cell_id}" if place.cell_id else "",
        latitude=place.latitude,
        longitude=place.longitude,
        area=_AREA_OF[place.area],
        create_time=to_timestamp(place.create_time),
        update_time=to_timestamp(place.update_time),
        etag=etag(place.version),
    )


def history_to_proto(row: AnyRow) -> premises_pb2.PremisesHistory:
    return premises_pb2.PremisesHistory(
        premises=f"premises/{row.premises_id}", year=row.year, kind=row.kind, count=row._mapping["count"]
    )


def node_to_proto(node: Node) -> network_pb2.NetworkNode:
    return network_pb2.NetworkNode(
        name=node.name,
        kind=_NODE_KIND_OF[node.kind],
        display_name=node.display_name,
        parent=f"networkNodes/{node.parent_id}" if node.parent_id else "",
        path=[f"networkNodes/{part}" for part in node.path],
        create_time=to_timestamp(node.create_time),
        etag=etag(node.version),
    )


def cell_to_proto(cell: Cell) -> cells_pb2.Cell:
    return cells_pb2.Cell(
        name=cell.name,
        display_name=cell.display_name,
        account_manager=cell.account_manager,
        crew=f"crews/{cell.crew_id}" if cell.crew_id else "",
        create_time=to_timestamp(cell.create_time),
        update_time=to_timestamp(cell.update_time),
        etag=etag(cell.version),
    )


def agreement_to_proto(agreement: Agreement) -> agreements_pb2.ServiceAgreement:
    return agreements_pb2.ServiceAgreement(
        name=agreement.name,
        customer=f"customers/{agreement.customer_id}",
        premises=f"premises/{agreement.premises_id}",
        service_point=f"servicePoints/{agreement.service_point_id}",
        commodity=agreement.commodity,
        start_time=to_timestamp(agreement.start_time),
        end_time=to_timestamp(agreement.end_time),
        create_time=to_timestamp(agreement.create_time),
        etag=etag(agreement.version),
    )


def service_point_to_proto(row: AnyRow) -> agreements_pb2.ServicePoint:
    return agreements_pb2.ServicePoint(
        name=f"servicePoints/{row.id}",
        premises=f"premises/{row.premises_id}",
        commodity=row.commodity,
        create_time=to_timestamp(row.create_time),
    )


def interaction_to_proto(interaction: Interaction) -> interactions_pb2.Interaction:
    return interactions_pb2.Interaction(
        name=interaction.name,
        customer=f"customers/{interaction.customer_id}" if interaction.customer_id else "",
        premises=f"premises/{interaction.premises_id}" if interaction.premises_id else "",
        channel=interaction.channel,
        contact_address=interaction.contact_address,
        first_contact_owner=interaction.first_contact_owner,
        summary=interaction.summary,
        confirmed_facts=interaction.confirmed_facts,
        queue_seconds=interaction.queue_seconds,
        outcome=_OUTCOME_OF[interaction.outcome],
        occur_time=to_timestamp(interaction.occur_time),
        create_time=to_timestamp(interaction.create_time),
    )
