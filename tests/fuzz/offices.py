"""What offices have to deal with: banks, quarantined events, requests of people, templates, dead letters, surveys."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from google.protobuf.message import Message

from hearthline_cli.bank.events import Order, encode, payment, record
from hearthline_cli.bank.keys import SigningKey
from hearthline_cli.laptop import BANKS
from servicekit.deadletters import CONSUMER, ID, PLACE, REASON, TOPIC
from servicekit.ids import new_id
from tests.e2e.story import ACCOUNT, CUSTOMER, PREMISES
from tests.fuzz.stage import Stage
from tests.fuzz.world import NEW_BANKS
from tests.surveys.running import completed
from workorders.domain.words import Severity, Urgency
from workorders.handlers.tickets import CreateTicket
from workorders.store.tickets import add_ticket

_TEXT = {"zh": "问", "en": "Question"}
_OVERALL = {
    "question_id": "overall",
    "text": _TEXT,
    "measure": 1,
    "required": True,
    "scale": {"minimum": 1, "maximum": 5},
}
_DAY = timedelta(days=1)


def new_banks(stage: Stage, count: int) -> Iterator[Message]:
    """Of those whose topics are there: each can be made once."""
    for bank in NEW_BANKS:
        key = SigningKey(bank, "k1", 1)
        keys = [{"kid": key.kid, "jwk": key.jwk}]
        yield stage.request("CreateBank", bank_id=bank, bank={"display_name": bank, "keys": keys})


def quarantined(rpc: str) -> Any:
    """Payments for accounts that there are, signed with a key that billing did not know then."""

    def scene(stage: Stage, count: int) -> Iterator[Message]:
        bank, key = BANKS[0], SigningKey(BANKS[0], stage.id(), 7)
        order, now = Order(ACCOUNT, "1.00"), stage.world.start.clock.now()
        stage.publish(*(record(key, ACCOUNT, encode(payment(bank, stage.id(), order, now))) for _ in range(count)))
        stage.settle("billing")
        known = stage.do("GetBank", name=f"banks/{bank}")
        keys = [*known.keys[-9:], {"kid": key.kid, "jwk": key.jwk}]
        stage.do("UpdateBank", bank={"name": known.name, "keys": keys}, update_mask={"paths": ["keys"]})
        wanted = {"filter": 'reason = "UNKNOWN_KEY"', "order_by": "receive_time desc", "page_size": count}
        for event in stage.do("ListQuarantinedEvents", **wanted).quarantined_events:
            yield stage.request(rpc, name=event.name)

    return scene


def entries(stage: Stage, count: int) -> Iterator[Message]:
    """Of complaints."""
    for complaint in stage.do("ListComplaints", page_size=count).complaints:
        yield stage.request("ListComplaintEntries", parent=complaint.name)


def deferred_erasures(stage: Stage, count: int) -> list[Message]:
    """Of customers who have complained, so that they are not forgotten yet."""
    ids = [stage.id() for _ in range(count)]
    for each in ids:
        stage.do("CreateCustomer", customer_id=each, customer={"display_name": "韩梅梅", "kind": 1, "segment": 1})
        stage.do("FileComplaint", subject="太冷", customer=f"customers/{each}", channel="counter", severity="minor")
    stage.world.settle()
    asked = [stage.do("CreateDataRequest", customer=f"customers/{each}", kind=2).name for each in ids]
    stage.world.settle()
    return [stage.request("CancelDataRequest", name=name) for name in asked]


def exports(stage: Stage, count: int) -> Iterator[Message]:
    """Of a customer's data, gathered by every service."""
    identifier = stage.id()
    stage.do("CreateCustomer", customer_id=identifier, customer={"display_name": "韩梅梅", "kind": 1, "segment": 1})
    asked = stage.do("CreateDataRequest", customer=f"customers/{identifier}", kind=1).name
    stage.world.settle()
    yield stage.request("ListPersonalDataRecords", parent=asked)


def _draft(stage: Stage) -> Any:
    texts = [{"language_code": code, "subject": "热", "body": "{{ what }}"} for code in ("zh-CN", "en")]
    draft = {"code": stage.id(), "variables": [{"variable": "what", "kind": 1}], "texts": texts}
    return stage.do("CreateTemplate", template=draft)


def _template(stage: Stage) -> Any:
    return stage.do("PublishTemplate", name=_draft(stage).name)


def templates(stage: Stage, count: int) -> list[Message]:
    """That are not published yet."""
    drafts = [_draft(stage) for _ in range(count)]
    return [stage.request("UpdateTemplate", template={"name": each.name, "texts": each.texts}) for each in drafts]


def _message(stage: Stage, rpc: str, **values: Any) -> Any:
    request = stage.request(rpc, **values)
    request.values["what"].text = "热"
    return request


def messages(stage: Stage, count: int) -> list[Message]:
    """To addresses."""
    address = {"channel": "sms", "address": "+8613800000001", "language_code": "en"}
    return [_message(stage, "SendNotification", template_code=_template(stage).code, address=address)]


def previews(stage: Stage, count: int) -> list[Message]:
    """Of a template."""
    return [_message(stage, "PreviewTemplate", name=_template(stage).name, language_code="en")]


def receipts(stage: Stage, count: int) -> Iterator[Message]:
    """For messages that were handed over."""
    for message in stage.do("ListSandboxMessages", order_by="create_time desc", page_size=count).sandbox_messages:
        yield stage.request("RecordReceipt", message_key=message.name.partition("/")[2], outcome=1)


def dead_letters(rpc: str) -> Any:
    """Facts that a consumer of each service was said to have refused, and would take now."""

    def scene(stage: Stage, count: int) -> Iterator[Message]:
        for loops in stage.world.loops.values():
            loop = next(each for each in loops if any(each.wants(fact) for fact in stage.world.facts()))
            good = next(fact for fact in stage.world.facts() if loop.wants(fact))
            told = {ID: new_id(), TOPIC: good.topic, CONSUMER: loop.name, PLACE: "0/0", REASON: "KeyError: x"}
            stage.publish(replace(good, topic=f"{good.topic}.dlq", headers={**good.headers, **told}))
            yield stage.request(rpc, name=f"deadLetters/{told[ID]}")

    return scene


def stuck_tickets(stage: Stage, count: int) -> Iterator[Message]:
    """Not taken in, as when the fact about them lies among the dead letters."""
    kit = stage.world.services["workorders"].kit
    for identifier in (stage.id() for _ in range(count)):
        command = CreateTicket(
            id=identifier,
            customer_id=CUSTOMER.partition("/")[2],
            premises_id=PREMISES.partition("/")[2],
            commodity="heat",
            category="no_heat",
            severity=Severity.MINOR,
            urgency=Urgency.ROUTINE,
            channel="hotline",
            summary="不热",
            report_time=kit.clock.now(),
        )
        with kit.unit() as uow:
            add_ticket(uow, command.ticket(identifier, uow.now, imported=False))
            uow.commit(None)
        yield stage.request("TriageTicket", name=f"tickets/{identifier}", category="leak", reason="smell of gas")


def _invited(stage: Stage, count: int) -> list[Any]:
    """Surveys that can be answered by their link, and by whoever calls back."""
    draft = {"code": stage.id(), "title": _TEXT, "questions": [_OVERALL]}
    name = stage.do("CreateQuestionnaire", questionnaire=draft).name
    code = stage.do("PublishQuestionnaire", name=name).code
    rule = {"name": "triggerRules/repair", "enabled": True, "questionnaire_code": code, "sampling_rate": 1}
    stage.do("UpdateTriggerRule", trigger_rule={**rule, "valid_for": 90 * _DAY, "max_attempts": 20})
    customers, now = [f"customers/{stage.id()}" for _ in range(count)], stage.world.start.clock.now()
    stage.publish(*(completed(f"workOrders/{stage.id()}", [customer], now) for customer in customers))
    stage.settle("surveys")
    stage.pass_(timedelta(minutes=1))
    found = [stage.do("ListSurveys", filter=f'customer = "{customer}"').surveys for customer in customers]
    return [survey for surveys in found for survey in surveys]


def links(stage: Stage, count: int) -> list[Message]:
    """Of surveys that nobody has answered."""
    return [stage.request("GetLinkedQuestionnaire", link_token=each.link_token) for each in _invited(stage, count)]


def answers(stage: Stage, count: int) -> list[Message]:
    """By link, and by who has called back."""
    given = [{"question": "overall", "values": ["4"]}]
    by_link = [stage.request("RecordResponse", link_token=s.link_token, answers=given) for s in _invited(stage, count)]
    claimed = [stage.do("ClaimCallback", name=request.name).name for request in callbacks(stage, count)]
    return by_link + [stage.request("RecordResponse", callback=name, answers=given) for name in claimed]


def callbacks(stage: Stage, count: int) -> list[Any]:
    """That nobody has claimed."""
    names = [each.name.replace("surveys/", "callbacks/") for each in _invited(stage, count)]
    return [stage.request("ClaimCallback", name=name) for name in names]


def attempts(stage: Stage, count: int) -> list[Message]:
    """At those who are called back by the caller."""
    claimed = [stage.do("ClaimCallback", name=request.name).name for request in callbacks(stage, count)]
    return [stage.request("RecordAttempt", name=name, outcome=1) for name in claimed]
