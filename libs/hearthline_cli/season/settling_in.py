"""Moving in: the district's network, homes, people, crews, accounts and charges, in batches."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from google.type.date_pb2 import Date  # type: ignore[import-untyped]

from hearthline.billing.v1 import accounts_pb2
from hearthline.billing.v1.events_pb2 import MinorUnits
from hearthline.customers.v1 import agreements_pb2, cells_pb2, customers_pb2, network_pb2, premises_pb2
from hearthline.workorders.v1 import crews_pb2
from hearthline_cli.season.district import CELLS, District, Home, nodes
from hearthline_cli.season.platform import Platform
from servicekit.times import to_timestamp

CREWS = CELLS
FEE = 268_000
"""A season's heat for a home: 2,680.00 yuan in fen."""
_BATCH = 500
_KINDS = {"station": 1, "branch": 2, "building": 3, "unit": 4}

T = TypeVar("T")


class NotSettled(Exception):
    """The platform refused a part of the district, which is a mistake in one of the two."""


def settle_in(platform: Platform, district: District, start: datetime, advance: Callable[[int], None]) -> None:
    """Registers everything; `advance` is told how many entries went in."""
    _crews_and_cells(platform)
    for batch in _batches(nodes(district)):
        request = network_pb2.BatchCreateNetworkNodesRequest(requests=[_node(*node) for node in batch])
        _check(platform.network.BatchCreateNetworkNodes(request).outcomes)
        advance(len(batch))
    for homes in _batches(district.homes):
        places = premises_pb2.BatchCreatePremisesRequest(requests=[_premises(home) for home in homes])
        people = customers_pb2.BatchCreateCustomersRequest(requests=[_customer(home) for home in homes])
        contracts = agreements_pb2.BatchStartServiceAgreementsRequest(requests=[_agreement(h, start) for h in homes])
        _check(platform.premises.BatchCreatePremises(places).outcomes)
        _check(platform.customers.BatchCreateCustomers(people).outcomes)
        _check(platform.agreements.BatchStartServiceAgreements(contracts).outcomes)
        advance(3 * len(homes))


def charge(
    platform: Platform, district: District, start: datetime, end: datetime, advance: Callable[[int], None]
) -> None:
    """Charges every home the season's fee; the accounts were opened by billing when the agreements began."""
    for homes in _batches(district.homes):
        request = accounts_pb2.BatchPostChargesRequest(requests=[_charge(home, start, end) for home in homes])
        platform.accounts.BatchPostCharges(request)
        advance(len(homes))


def account_of(home: Home) -> str:
    """The billing account of a home: billing names it after the agreement."""
    return f"accounts/a{home.number:06d}"


def _crews_and_cells(platform: Platform) -> None:
    shifts = [crews_pb2.Shift(weekday=day, start_minute=0, end_minute=1440) for day in range(1, 8)]
    for number in range(CREWS):
        crew = crews_pb2.Crew(
            display_name=f"{number + 1}号抢修班 / Crew {number + 1}",
            skills=["heat", "power"] + (["gas"] if number % 2 == 0 else []),
            shifts=shifts,
            on_call=True,
            latitude=43.88,
            longitude=125.32,
            max_load=6,
        )
        platform.crews.CreateCrew(crews_pb2.CreateCrewRequest(crew_id=f"crew-{number:02d}", crew=crew))
        cell = cells_pb2.Cell(
            display_name=f"{number + 1}号网格",
            account_manager=f"staff/{3000 + number}",
            crew=f"crews/crew-{number:02d}",
        )
        platform.cells.CreateCell(cells_pb2.CreateCellRequest(cell_id=f"cell-{number:02d}", cell=cell))


def _node(identifier: str, parent: str, kind: str, title: str) -> network_pb2.CreateNetworkNodeRequest:
    node = network_pb2.NetworkNode(
        kind=network_pb2.NetworkNode.Kind.ValueType(_KINDS[kind]),
        display_name=title,
        parent=f"networkNodes/{parent}" if parent else "",
    )
    return network_pb2.CreateNetworkNodeRequest(network_node_id=identifier, network_node=node)


def _premises(home: Home) -> premises_pb2.CreatePremisesRequest:
    areas = premises_pb2.Premises
    premises = premises_pb2.Premises(
        address=home.address,
        network_node=f"networkNodes/{home.path[-1]}",
        cell=f"cells/{home.cell_id}",
        latitude=home.latitude,
        longitude=home.longitude,
        area=areas.AREA_RURAL if home.is_rural else areas.AREA_URBAN,
    )
    return premises_pb2.CreatePremisesRequest(premises_id=home.premises_id, premises=premises)


def _customer(home: Home) -> customers_pb2.CreateCustomerRequest:
    contact = customers_pb2.Contact
    contacts = [
        contact(
            channel=contact.CHANNEL_SMS,
            address=home.phone,
            language_code=home.language,
            consented=home.consents,
            preferred=True,
        ),
        contact(
            channel=contact.CHANNEL_WECHAT,
            address=f"wx-{home.number:06d}",
            language_code=home.language,
            consented=home.consents,
        ),
    ]
    customer = customers_pb2.Customer(
        display_name=home.customer_name,
        kind=customers_pb2.Customer.KIND_PERSON,
        segment=customers_pb2.Customer.SEGMENT_RESIDENT,
        contacts=contacts,
    )
    return customers_pb2.CreateCustomerRequest(customer_id=home.customer_id, customer=customer)


def _agreement(home: Home, start: datetime) -> agreements_pb2.StartServiceAgreementRequest:
    return agreements_pb2.StartServiceAgreementRequest(
        service_agreement_id=f"a{home.number:06d}",
        customer=f"customers/{home.customer_id}",
        premises=f"premises/{home.premises_id}",
        commodity="heat",
        start_time=to_timestamp(start),
    )


def _charge(home: Home, start: datetime, end: datetime) -> accounts_pb2.PostChargeRequest:
    first, last = (Date(year=day.year, month=day.month, day=day.day) for day in (start, end))
    return accounts_pb2.PostChargeRequest(
        account=account_of(home),
        charge_id=f"season-{home.number:06d}",
        kind=accounts_pb2.Charge.KIND_SEASON,
        amount=MinorUnits(amount=FEE, currency_code="CNY"),
        description="采暖费 / heating season",
        period=accounts_pb2.Period(start_date=first, end_date=last),
    )


def _batches(entries: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(entries)
    while batch := list(islice(rest, _BATCH)):
        yield batch


def _check(outcomes: Sequence[Any]) -> None:
    refused = [outcome for outcome in outcomes if outcome.result == 3]
    if refused:
        raise NotSettled(f"{len(refused)} entries were refused, the first: {refused[0].field} {refused[0].rule}")
