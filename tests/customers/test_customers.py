"""Customers over gRPC and PostgreSQL (C1, C2)."""

from uuid import uuid4

import grpc
import pytest

from customers.bootstrap import service
from hearthline.customers.v1 import customers_pb2 as pb
from hearthline.customers.v1.batches_pb2 import BatchOutcome
from tests.customers.calls import Desk, open_desk, person, refusal
from tests.support.running import Starter


def test_a_caller_is_recognised_however_the_number_is_written(start: Starter) -> None:
    desk = open_desk(start)
    created = desk.customers.CreateCustomer(person("c1", phone="138-0013-8000"))
    assert created.contacts[0].address == "+8613800138000"
    for form in ("+86 138 0013 8000", "13800138000", "008613800138000"):
        found = desk.customers.FindCustomersByContact(pb.FindCustomersByContactRequest(address=form)).customers
        assert [c.name for c in found] == ["customers/c1"], form


def test_any_contact_recognises(start: Starter) -> None:
    desk = open_desk(start)
    request = person("c1")
    request.customer.contacts.add(channel=pb.Contact.CHANNEL_EMAIL, address="wang@Example.COM")
    request.customer.contacts.add(channel=pb.Contact.CHANNEL_WECHAT, address="wx-77")
    desk.customers.CreateCustomer(request)
    for address in ("wang@example.com", "wx-77"):
        found = desk.customers.FindCustomersByContact(pb.FindCustomersByContactRequest(address=address)).customers
        assert len(found) == 1, address
    assert not desk.customers.FindCustomersByContact(pb.FindCustomersByContactRequest(address="nobody")).customers


def with_contacts(identifier: str, *contacts: tuple[int, str]) -> pb.CreateCustomerRequest:
    request = person(identifier)
    del request.customer.contacts[:]
    for channel, address in contacts:
        request.customer.contacts.add(channel=channel, address=address, consented=True)
    return request


def found(desk: Desk, address: str) -> list[str]:
    request = pb.FindCustomersByContactRequest(address=address)
    return [c.name.removeprefix("customers/") for c in desk.customers.FindCustomersByContact(request).customers]


def test_callers_are_recognised_by_extension_switchboard_and_mail_in_any_case(start: Starter) -> None:
    desk = Desk(start(service, work=False, phone_area_code="024"))
    sms, mail = pb.Contact.CHANNEL_SMS, pb.Contact.CHANNEL_EMAIL
    one = with_contacts("c1", (sms, "024-86001234-301"), (mail, "Li.Lei@Example.com"))
    two = with_contacts("c2", (sms, "８６００１２３４ 转 302"), (sms, "13940001234/13840001234"))
    created = desk.customers.CreateCustomer(one)
    assert [(c.channel, c.address, c.extension, c.written) for c in created.contacts] == [
        (pb.Contact.CHANNEL_VOICE, "+862486001234", "301", "024-86001234-301"),
        (mail, "Li.Lei@example.com", "", "Li.Lei@Example.com"),
    ]
    assert len(desk.customers.CreateCustomer(two).contacts) == 3
    assert found(desk, "(024)8600-1234") == found(desk, "86001234") == ["c1", "c2"]
    assert found(desk, "024-86001234 ext. 302") == ["c2"]
    assert found(desk, "LI.LEI@EXAMPLE.COM") == ["c1"]
    assert found(desk, "013840001234") == ["c2"]
    search = pb.SearchCustomersRequest(phone_query="  +８６ （０２４） ８６００ - １２３４  转 ３０１  ")
    assert [c.name for c in desk.customers.SearchCustomers(search).customers] == ["customers/c1"]


def test_every_bad_contact_of_a_customer_is_named_and_a_batch_takes_the_customer(start: Starter) -> None:
    desk = open_desk(start)
    sms = pb.Contact.CHANNEL_SMS
    request = with_contacts("c1", (sms, "13940001234"), (sms, "12345"), (pb.Contact.CHANNEL_EMAIL, "nobody"))
    with pytest.raises(grpc.RpcError) as refused:
        desk.customers.CreateCustomer(request)
    code, text = refusal(refused.value)
    assert (code, "contacts[1].address" in text, "contacts[2].address" in text) == (
        grpc.StatusCode.INVALID_ARGUMENT, True, True,
    )  # fmt: skip
    (outcome,) = desk.customers.BatchCreateCustomers(pb.BatchCreateCustomersRequest(requests=[request])).outcomes
    assert outcome.result == BatchOutcome.RESULT_CREATED
    assert [part.field for part in outcome.left_out] == ["contacts[1].address", "contacts[2].address"]
    stored = desk.customers.GetCustomer(pb.GetCustomerRequest(name="customers/c1"))
    assert [c.address for c in stored.contacts] == ["+8613940001234"]
    changed = pb.UpdateCustomerRequest(customer=stored)
    changed.update_mask.paths.append("contacts")
    assert desk.customers.UpdateCustomer(changed).contacts == stored.contacts


@pytest.mark.parametrize("phone", ["12345", "not a phone", "+86 1", "110"])
def test_a_bad_phone_is_named(start: Starter, phone: str) -> None:
    desk = open_desk(start)
    with pytest.raises(grpc.RpcError) as refused:
        desk.customers.CreateCustomer(person(phone=phone))
    code, text = refusal(refused.value)
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert "contacts[0].address" in text


def test_two_preferred_contacts_are_refused(start: Starter) -> None:
    desk = open_desk(start)
    request = person()
    request.customer.contacts.add(channel=pb.Contact.CHANNEL_EMAIL, address="a@b.cn", preferred=True)
    with pytest.raises(grpc.RpcError) as refused:
        desk.customers.CreateCustomer(request)
    assert "contacts[1].preferred" in refusal(refused.value)[1]


def test_an_update_changes_only_what_the_mask_names(start: Starter) -> None:
    desk = open_desk(start)
    created = desk.customers.CreateCustomer(person("c1"))
    wanted = pb.Customer(name=created.name, display_name="王小伟", etag=created.etag)
    request = pb.UpdateCustomerRequest(customer=wanted)
    request.update_mask.paths.append("display_name")
    updated = desk.customers.UpdateCustomer(request)
    assert (updated.display_name, len(updated.contacts)) == ("王小伟", 1)
    with pytest.raises(grpc.RpcError) as refused:
        desk.customers.UpdateCustomer(request)
    assert refusal(refused.value)[0] is grpc.StatusCode.ABORTED


def test_an_unknown_mask_path_is_named(start: Starter) -> None:
    desk = open_desk(start)
    created = desk.customers.CreateCustomer(person("c1"))
    request = pb.UpdateCustomerRequest(customer=pb.Customer(name=created.name, display_name="x"))
    request.update_mask.paths.append("balance")
    with pytest.raises(grpc.RpcError) as refused:
        desk.customers.UpdateCustomer(request)
    assert "update_mask" in refusal(refused.value)[1]


def test_a_repeated_request_id_gets_the_first_answer(start: Starter) -> None:
    desk = open_desk(start)
    request = person(request_id=str(uuid4()))
    first = desk.customers.CreateCustomer(request)
    assert desk.customers.CreateCustomer(request) == first
    request.customer.display_name = "somebody else"
    with pytest.raises(grpc.RpcError) as refused:
        desk.customers.CreateCustomer(request)
    code, text = refusal(refused.value)
    assert (code, "request_id" in text) == (grpc.StatusCode.INVALID_ARGUMENT, True)


def test_a_batch_judges_each_entry_and_may_be_repeated(start: Starter) -> None:
    desk = open_desk(start)
    entries = [person("c1"), person("c 2"), person("c3", phone="13900139000"), person("c1")]
    batch = pb.BatchCreateCustomersRequest(requests=entries)
    results = [o.result for o in desk.customers.BatchCreateCustomers(batch).outcomes]
    new, there, bad = BatchOutcome.RESULT_CREATED, BatchOutcome.RESULT_EXISTS, BatchOutcome.RESULT_REFUSED
    assert results == [new, bad, new, there]
    again = desk.customers.BatchCreateCustomers(batch).outcomes
    assert [o.result for o in again] == [there, bad, there, there]
    assert again[1].field == "customer_id"


def test_pages_follow_each_other_without_gap_or_overlap(start: Starter) -> None:
    desk = open_desk(start)
    entries = [person(f"c{n:02d}", name=f"客户{n % 3}", phone=f"138001380{n:02d}") for n in range(25)]
    desk.customers.BatchCreateCustomers(pb.BatchCreateCustomersRequest(requests=entries))
    seen: list[str] = []
    token = ""
    while True:
        page = desk.customers.ListCustomers(
            pb.ListCustomersRequest(page_size=10, page_token=token, order_by="segment desc")
        )
        seen += [c.name for c in page.customers]
        token = page.next_page_token
        if not token:
            break
    assert len(seen) == len(set(seen)) == 25
    with pytest.raises(grpc.RpcError) as refused:
        desk.customers.ListCustomers(pb.ListCustomersRequest(page_token="forged"))
    assert "page_token" in refusal(refused.value)[1]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ('salary = "1"', "salary"),
        ("display_name = 王", "personal and stored encrypted"),
        ("kind", "at character 1"),
        ('create_time > "soon"', "create_time"),
    ],
)
def test_a_bad_filter_says_what_is_wrong(start: Starter, text: str, wrong: str) -> None:
    desk = open_desk(start)
    with pytest.raises(grpc.RpcError) as refused:
        desk.customers.ListCustomers(pb.ListCustomersRequest(filter=text))
    code, details = refusal(refused.value)
    assert (code, wrong in details) == (grpc.StatusCode.INVALID_ARGUMENT, True)


def test_customers_are_found_by_name_and_phone(start: Starter) -> None:
    desk = open_desk(start)
    desk.customers.CreateCustomer(person("c1", name="李小龙 Bruce Lee"))
    desk.customers.CreateCustomer(person("c2", name="张三", phone="13900139000"))
    by_name = desk.customers.SearchCustomers(pb.SearchCustomersRequest(name_query="LEE"))
    by_phone = desk.customers.SearchCustomers(pb.SearchCustomersRequest(phone_query="139 0013 9000"))
    assert [c.name for c in by_name.customers] == ["customers/c1"]
    assert [c.name for c in by_phone.customers] == ["customers/c2"]
    with pytest.raises(grpc.RpcError) as refused:
        desk.customers.SearchCustomers(pb.SearchCustomersRequest())
    assert refusal(refused.value)[0] is grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize("name", ["customers/nobody", "customers/", "premises/x", ""])
def test_unknown_and_wrong_names(start: Starter, name: str) -> None:
    desk = open_desk(start)
    with pytest.raises(grpc.RpcError) as refused:
        desk.customers.GetCustomer(pb.GetCustomerRequest(name=name))
    wanted = grpc.StatusCode.NOT_FOUND if name == "customers/nobody" else grpc.StatusCode.INVALID_ARGUMENT
    assert refusal(refused.value)[0] is wanted


def test_oversize_and_unstorable_texts_are_refused(start: Starter) -> None:
    desk = open_desk(start)
    for name in ("x" * 201, "nul\x00"):
        with pytest.raises(grpc.RpcError) as refused:
            desk.customers.CreateCustomer(person(name=name))
        assert refusal(refused.value)[0] is grpc.StatusCode.INVALID_ARGUMENT


def test_invalid_utf8_is_refused(start: Starter) -> None:
    desk = open_desk(start)
    method = "/hearthline.customers.v1.CustomerService/GetCustomer"
    call: grpc.UnaryUnaryMultiCallable[bytes, bytes] = desk.svc.channel.unary_unary(method)
    with pytest.raises(grpc.RpcError) as refused:
        call(b"\x0a\x02\xff\xfe")
    assert refusal(refused.value)[0] is grpc.StatusCode.INVALID_ARGUMENT


def test_a_message_of_ten_megabytes_is_refused(start: Starter) -> None:
    desk = open_desk(start)
    with pytest.raises(grpc.RpcError) as refused:
        desk.customers.GetCustomer(pb.GetCustomerRequest(name="x" * 10_000_000))
    assert refusal(refused.value)[0] is grpc.StatusCode.RESOURCE_EXHAUSTED
