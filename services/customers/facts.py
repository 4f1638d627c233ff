"""What the customers service tells others: its aggregates as the events of hearthline.customers.v1."""

from customers.domain.customer import Customer
from customers.domain.interaction import Interaction
from customers.domain.premises import Agreement, Cell, Premises
from hearthline.customers.v1 import events_pb2 as pb
from servicekit.times import to_timestamp


def customer_registered(customer: Customer) -> pb.CustomerRegistered:
    return pb.CustomerRegistered(
        customer=customer.name,
        display_name=customer.display_name,
        kind=customer.kind,
        segment=customer.segment,
        contacts=_contacts(customer),
        register_time=to_timestamp(customer.create_time),
    )


def customer_updated(customer: Customer) -> pb.CustomerUpdated:
    return pb.CustomerUpdated(
        customer=customer.name,
        display_name=customer.display_name,
        kind=customer.kind,
        segment=customer.segment,
        contacts=_contacts(customer),
        update_time=to_timestamp(customer.update_time),
    )


def _contacts(customer: Customer) -> list[pb.ContactPoint]:
    return [
        pb.ContactPoint(
            channel=c.channel,
            address=c.address,
            language_code=c.language_code,
            consented=c.consented,
            preferred=c.preferred,
            extension=c.extension,
        )
        for c in customer.contacts
    ]


def premises_registered(place: Premises) -> pb.PremisesRegistered:
    return pb.PremisesRegistered(
        premises=place.name,
        address=place.address,
        cell=f"cells/{place.cell_id}" if place.cell_id else "",
        network_path=[f"networkNodes/{node}" for node in place.network_path],
        latitude=place.latitude,
        longitude=place.longitude,
        area=place.area,
    )


def premises_updated(place: Premises) -> pb.PremisesUpdated:
    return pb.PremisesUpdated(
        premises=place.name,
        address=place.address,
        cell=f"cells/{place.cell_id}" if place.cell_id else "",
        network_path=[f"networkNodes/{node}" for node in place.network_path],
        latitude=place.latitude,
        longitude=place.longitude,
        area=place.area,
    )


def cell_assigned(cell: Cell) -> pb.CellAssigned:
    return pb.CellAssigned(
        cell=cell.name,
        display_name=cell.display_name,
        account_manager=cell.account_manager,
        crew=f"crews/{cell.crew_id}" if cell.crew_id else "",
    )


def agreement_started(agreement: Agreement) -> pb.ServiceAgreementStarted:
    return pb.ServiceAgreementStarted(
        service_agreement=agreement.name,
        customer=f"customers/{agreement.customer_id}",
        premises=f"premises/{agreement.premises_id}",
        service_point=f"servicePoints/{agreement.service_point_id}",
        commodity=agreement.commodity,
        start_time=to_timestamp(agreement.start_time),
    )


def agreement_ended(agreement: Agreement) -> pb.ServiceAgreementEnded:
    return pb.ServiceAgreementEnded(
        service_agreement=agreement.name,
        customer=f"customers/{agreement.customer_id}",
        premises=f"premises/{agreement.premises_id}",
        service_point=f"servicePoints/{agreement.service_point_id}",
        commodity=agreement.commodity,
        end_time=to_timestamp(agreement.end_time),
    )


def interaction_recorded(interaction: Interaction) -> pb.InteractionRecorded:
    return pb.InteractionRecorded(
        interaction=interaction.name,
        customer=f"customers/{interaction.customer_id}" if interaction.customer_id else "",
        premises=f"premises/{interaction.premises_id}" if interaction.premises_id else "",
        channel=interaction.channel,
        first_contact_owner=interaction.first_contact_owner,
        summary=interaction.summary,
        occur_time=to_timestamp(interaction.occur_time),
    )
