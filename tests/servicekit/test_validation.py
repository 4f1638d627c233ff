"""Requests are judged by their proto files; an update only by what its mask names (P1, AIP-134)."""

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message

from hearthline.customers.v1 import cells_pb2, customers_pb2
from hearthline.workorders.v1 import crews_pb2
from servicekit.errors import InvalidArgument
from servicekit.validation import validate

LONG = "x" * 201


def cell(*paths: str, **fields: str) -> cells_pb2.UpdateCellRequest:
    request = cells_pb2.UpdateCellRequest(update_mask=FieldMask(paths=paths))
    request.cell.SetInParent()
    for name, value in fields.items():
        setattr(request.cell, name, value)
    return request


def fields(request: Message) -> list[str]:
    """The fields that are refused."""
    with pytest.raises(InvalidArgument) as refused:
        validate(request)
    return [field for field, _ in refused.value.violations]


def test_what_the_mask_leaves_out_need_not_be_there() -> None:
    request = cell("crew", name="cells/north", crew="crews/7")
    validate(request)
    assert request.cell == cells_pb2.Cell(name="cells/north", crew="crews/7")


def test_what_the_mask_leaves_out_is_not_looked_at() -> None:
    request = cell("crew", name="cells/north", crew="crews/7", display_name=LONG, account_manager=LONG)
    validate(request)
    assert request.cell == cells_pb2.Cell(name="cells/north", crew="crews/7")


def test_what_the_mask_names_is_judged() -> None:
    assert fields(cell("display_name", "crew", display_name="", crew=LONG)) == ["cell.display_name", "cell.crew"]


def test_the_name_and_the_etag_are_always_judged() -> None:
    assert fields(cell("crew", name=LONG, etag=LONG)) == ["cell.name", "cell.etag"]


def test_with_the_widest_mask_all_of_it_is_judged() -> None:
    assert fields(cell("*", crew="crews/7")) == ["cell.display_name"]


def test_without_a_mask_what_is_filled_in_is_judged() -> None:
    assert fields(cell(crew=LONG)) == ["cell.crew"]


def test_fields_outside_of_the_resource_are_judged_whatever_the_mask() -> None:
    request = cell("crew")
    request.request_id = "seven"
    assert fields(request) == ["request_id"]
    assert fields(cells_pb2.UpdateCellRequest(update_mask=FieldMask(paths=["crew"]))) == ["cell"]


def test_a_list_is_judged_as_one_field() -> None:
    request = crews_pb2.UpdateCrewRequest(crew=crews_pb2.Crew(skills=["heat", "water"], max_load=0))
    request.update_mask.paths.append("skills")
    assert fields(request) == ["crew.skills[1]"]
    request.update_mask.paths[0] = "max_load"
    assert fields(request) == ["crew.max_load"]


def test_a_path_into_a_field_is_about_that_field() -> None:
    contact = customers_pb2.Contact(channel=customers_pb2.Contact.CHANNEL_SMS, address="x" * 400)
    request = customers_pb2.UpdateCustomerRequest(customer=customers_pb2.Customer(contacts=[contact]))
    request.update_mask.paths.append("contacts.address")
    assert fields(request) == ["customer.contacts[0].address"]


def test_a_list_that_is_too_long_is_told_without_a_look_at_its_elements() -> None:
    """Two million wrong elements are 4 MB on their way, and would be ten times as many broken rules."""
    many = customers_pb2.BatchCreateCustomersRequest.FromString(b"\x0a\x00" * 2_000_000)
    with pytest.raises(InvalidArgument) as refused:
        validate(many)
    assert refused.value.violations == [("requests", "must contain no more than 500 item(s)")]


def test_a_list_within_a_list_has_its_own_limit() -> None:
    one = customers_pb2.CreateCustomerRequest(
        customer=customers_pb2.Customer(contacts=[customers_pb2.Contact()] * 1000)
    )
    request = customers_pb2.BatchCreateCustomersRequest(requests=[one])
    assert fields(request) == ["requests[0].customer.contacts"]


def test_a_mask_names_no_more_fields_than_there_can_be() -> None:
    assert fields(cell(*["crew"] * 101, name="cells/north")) == ["update_mask.paths"]
