"""Replies show people to those who need it, and masks to all others (C9)."""

from pathlib import Path

import grpc
import pytest
from google.protobuf.descriptor import Descriptor

from customers.bootstrap import service
from hearthline.customers.v1 import customers_pb2, premises_pb2
from hearthline.customers.v1.customers_pb2_grpc import CustomerServiceStub
from hearthline.customers.v1.premises_pb2_grpc import PremisesServiceStub
from servicekit.access import access_file, hidden_from
from servicekit.personal.masks import masked_address, masked_contact, masked_name, masked_text
from servicekit.personal.messages import Field, fields_of
from tests.architecture.test_access import served
from tests.customers.calls import person
from tests.customers.test_places import place
from tests.support.identities import Guarded
from tests.support.running import Starter

SEEN = ("王伟", "+8613800138000", "人民大街 p1")


@pytest.mark.parametrize(
    ("masked", "shown"),
    [
        (masked_contact("+8613812345678"), "+86138****5678"),
        (masked_contact("13812345678"), "138****5678"),
        (masked_contact("lilei@example.org"), "l****@example.org"),
        (masked_contact("wx-lilei"), "wx****"),
        (masked_contact("1"), "1****"),
        (masked_name("李小龙"), "李**"),
        (masked_name("Bruce Lee"), "B** L**"),
        (masked_address("长春市朝阳区人民大街1号"), "长春市朝阳区****"),
        (masked_address("1号"), "1****"),
        (masked_text("暖气不热"), "****"),
    ],
)
def test_a_mask_leaves_enough_to_recognise_and_no_more(masked: str, shown: str) -> None:
    assert masked == shown


@pytest.fixture
def guarded(start: Starter, tmp_path: Path) -> Guarded:
    """A server with a customer and their home, that asks who calls."""
    trusted = start(service, work=False)
    CustomerServiceStub(trusted.channel).CreateCustomer(person("c1"))
    PremisesServiceStub(trusted.channel).CreatePremises(place("p1"))
    return Guarded(start, service, trusted, tmp_path)


def seen_by(channel: grpc.Channel) -> tuple[str, str, str]:
    """Name and contact out of a list, and an address."""
    (found,) = CustomerServiceStub(channel).ListCustomers(customers_pb2.ListCustomersRequest()).customers
    home = PremisesServiceStub(channel).GetPremises(premises_pb2.GetPremisesRequest(name="premises/p1"))
    return found.display_name, found.contacts[0].address, home.address


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        ("agent", SEEN),
        ("supervisor", SEEN),
        ("dispatcher", ("王伟", "+86138****8000", "人民大街 p1")),
        ("auditor", ("王**", "+86138****8000", "人民大****")),
    ],
)
def test_a_role_sees_what_its_row_says(guarded: Guarded, role: str, seen: tuple[str, str, str]) -> None:
    assert seen_by(guarded.channel(f"staff/{role}", role)) == seen


def test_of_several_roles_the_one_that_sees_more_counts(guarded: Guarded) -> None:
    assert seen_by(guarded.channel("staff/both", "auditor", "supervisor")) == SEEN


def test_a_stored_answer_is_masked_for_whoever_gets_it_again(guarded: Guarded) -> None:
    request = person("c2", phone="13900139000", request_id="6a1e3b34-4c7f-4b0e-9a43-5c2f4f3a9b01")
    first = CustomerServiceStub(guarded.channel("staff/1", "agent")).CreateCustomer(request)
    again = CustomerServiceStub(guarded.channel("system/import", "system")).CreateCustomer(request)
    assert (first.name, first.display_name) == (again.name, "王伟")
    assert (again.display_name, again.contacts[0].address) == ("王**", "+86139****9000")


def test_a_role_that_nobody_listed_sees_nothing_in_clear() -> None:
    assert hidden_from(frozenset({"newcomer"})) == {2, 3, 4, 5}


def test_who_writes_a_resource_sees_it_in_clear() -> None:
    """Who gets a mask and sends it back would overwrite what it hides."""
    blind = []
    for method, descriptor in served().items():
        written = kinds(descriptor.input_type) if "update_mask" in descriptor.input_type.fields_by_name else set()
        blind += [(method, who) for who in access_file().rows()[method] if hidden_from(frozenset({who})) & written]
    assert blind == []


def test_who_may_have_an_export_sees_nothing_masked_elsewhere() -> None:
    """An export is handed over as it is: to others it would be a way around their masks."""
    readers = access_file().rows()["hearthline.privacy.v1.PersonalDataService/ListPersonalDataRecords"]
    assert readers
    assert [who for who in readers if hidden_from(frozenset({who}))] == []


def kinds(message: Descriptor) -> set[int]:
    """Kinds of personal data that a message can hold."""

    def within(fields: tuple[Field, ...]) -> set[int]:
        return {f.kind for f in fields if not f.within}.union(*(within(f.within) for f in fields))

    return within(fields_of(message))
