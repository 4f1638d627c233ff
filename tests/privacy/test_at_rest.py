"""Personal columns hold nothing in clear, and are sealed anew while the service serves (C2, C9)."""

import threading
from pathlib import Path

import grpc
import pytest
from sqlalchemy import text

from customers.bootstrap import service
from customers.store.tables import metadata
from hearthline.customers.v1 import customers_pb2 as pb
from hearthline.customers.v1.customers_pb2_grpc import CustomerServiceStub
from servicekit.personal.renewal import outdated, renew
from tests.customers.calls import person
from tests.privacy.keyrings import keyring
from tests.support.running import RunningService, Starter

PHONE = "+8613800138000"
IN_CLEAR = text(
    "INSERT INTO customers (id, display_name, kind, segment, contacts, create_time, update_time, version)"
    " SELECT 'old' || n, '王伟 ' || n, 'person', 'resident', jsonb_build_array(jsonb_build_object('channel', 'sms',"
    " 'address', '+861390013' || (1000 + n), 'language_code', 'zh-CN', 'consented', true, 'preferred', true)),"
    " now(), now(), 1 FROM generate_series(1, :number) n"
)


def rows(running: RunningService, query: str) -> list[tuple[object, ...]]:
    with running.kit.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def write_in_clear(running: RunningService, number: int) -> None:
    """Rows as an older version wrote them."""
    with running.kit.engine.connect() as connection:
        connection.execute(IN_CLEAR, {"number": number})


def found_by(running: RunningService, address: str) -> list[str]:
    stub = CustomerServiceStub(running.channel)
    return [c.name for c in stub.FindCustomersByContact(pb.FindCustomersByContactRequest(address=address)).customers]


def renewed(running: RunningService) -> int:
    return renew(running.kit, metadata, lambda table, done, total: None)


def test_a_customer_is_stored_sealed_and_answered_in_clear(start: Starter, tmp_path: Path) -> None:
    running = start(service, work=False, keyring=keyring(tmp_path))
    made = CustomerServiceStub(running.channel).CreateCustomer(person("c1", name="王伟", phone=PHONE))
    assert (made.display_name, made.contacts[0].address) == ("王伟", PHONE)
    ((name, contacts),) = rows(running, "SELECT display_name, contacts FROM customers")
    assert (str(name)[:7], str(contacts)[:7]) == ("hl1.d1.", "hl1.d1.")


def test_a_value_of_another_row_is_refused(start: Starter) -> None:
    running = start(service, work=False)
    stub = CustomerServiceStub(running.channel)
    stub.CreateCustomer(person("c1"))
    stub.CreateCustomer(person("c2"))
    with running.kit.engine.connect() as connection:
        swap = "UPDATE customers SET contacts = (SELECT contacts FROM customers WHERE id = 'c1') WHERE id = 'c2'"
        connection.execute(text(swap))
    assert stub.GetCustomer(pb.GetCustomerRequest(name="customers/c1")).contacts
    with pytest.raises(grpc.RpcError) as refused:
        stub.GetCustomer(pb.GetCustomerRequest(name="customers/c2"))
    assert refused.value.code() is grpc.StatusCode.INTERNAL


def test_rows_in_clear_are_read_and_recognised_before_they_are_sealed(start: Starter) -> None:
    running = start(service, work=False)
    write_in_clear(running, 3)
    read = CustomerServiceStub(running.channel).GetCustomer(pb.GetCustomerRequest(name="customers/old2"))
    assert (read.display_name, read.contacts[0].address) == ("王伟 2", "+8613900131002")
    assert found_by(running, "139 0013 1002") == ["customers/old2"]


def test_rows_in_clear_are_sealed_and_found_as_before(start: Starter) -> None:
    running = start(service, work=False)
    write_in_clear(running, 250)
    assert outdated(running.kit, metadata) == 250
    assert renewed(running) == 250
    assert (outdated(running.kit, metadata), renewed(running)) == (0, 0)
    assert rows(running, "SELECT count(*) FROM customers WHERE display_name LIKE 'hl1.dev.%' AND version = 1") == [
        (250,)
    ]
    assert found_by(running, "+8613900131007") == ["customers/old7"]


def test_a_run_that_was_ended_goes_on_with_what_is_left(start: Starter) -> None:
    running = start(service, work=False)
    write_in_clear(running, 250)

    def end(table: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        renew(running.kit, metadata, end)
    assert outdated(running.kit, metadata) == 150
    assert renewed(running) == 150


def test_keys_are_changed_and_the_old_ones_taken_away(start: Starter, tmp_path: Path) -> None:
    first = start(service, work=False, keyring=keyring(tmp_path, data=("d1",), index=("i1",)))
    CustomerServiceStub(first.channel).CreateCustomer(person("c1", name="王伟", phone=PHONE))
    both = start.beside(service, first, keyring=keyring(tmp_path, data=("d2", "d1"), index=("i2", "i1")))
    assert found_by(both, PHONE) == ["customers/c1"]
    assert renewed(both) == 1
    alone = start.beside(service, first, keyring=keyring(tmp_path, data=("d2",), index=("i2",)))
    read = CustomerServiceStub(alone.channel).GetCustomer(pb.GetCustomerRequest(name="customers/c1"))
    by_name = CustomerServiceStub(alone.channel).SearchCustomers(pb.SearchCustomersRequest(name_query="王伟"))
    assert (read.display_name, [c.name for c in by_name.customers]) == ("王伟", ["customers/c1"])
    assert found_by(alone, PHONE) == ["customers/c1"]


def test_no_change_is_lost_while_rows_are_sealed(start: Starter, tmp_path: Path) -> None:
    running = start(service, work=False)
    write_in_clear(running, 300)
    stub = CustomerServiceStub(running.channel)
    began = threading.Event()

    def change() -> None:
        for n in range(1, 301):
            wanted = pb.Customer(name=f"customers/old{n}", display_name=f"new {n}")
            request = pb.UpdateCustomerRequest(customer=wanted)
            request.update_mask.paths.append("display_name")
            stub.UpdateCustomer(request)
            began.set()

    caller = threading.Thread(target=change)
    caller.start()
    began.wait(20)
    renewed(running)
    caller.join()
    names = [stub.GetCustomer(pb.GetCustomerRequest(name=f"customers/old{n}")).display_name for n in range(1, 301)]
    assert names == [f"new {n}" for n in range(1, 301)]
    assert outdated(running.kit, metadata) == 0
    assert found_by(running, "+8613900131299") == ["customers/old299"]


def test_nothing_is_sealed_while_an_older_version_still_runs(start: Starter, tmp_path: Path) -> None:
    running = start(service, work=False, keyring=keyring(tmp_path, sealing=False))
    CustomerServiceStub(running.channel).CreateCustomer(person("c1", name="王伟", phone=PHONE))
    assert rows(running, "SELECT display_name FROM customers") == [("王伟",)]
    assert found_by(running, PHONE) == ["customers/c1"]
    with pytest.raises(ValueError, match="sealing"):
        renewed(running)


MARKED_BEFORE = text(
    "UPDATE customers SET contact_marks = contact_marks[2:] WHERE id = 'c1' AND contact_marks[1] LIKE '%.~2'"
)


def test_marks_of_an_older_edition_are_found_and_made_anew(start: Starter) -> None:
    running = start(service, work=False)
    stub = CustomerServiceStub(running.channel)
    stub.CreateCustomer(person("c1", phone=PHONE))
    with running.kit.engine.connect() as connection:
        assert connection.execute(MARKED_BEFORE).rowcount == 1
    assert found_by(running, "138 0013 8000") == ["customers/c1"]
    assert outdated(running.kit, metadata) == 1
    assert renewed(running) == 1
    assert (outdated(running.kit, metadata), found_by(running, PHONE)) == (0, ["customers/c1"])
