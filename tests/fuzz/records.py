"""Records for every consumer: facts of ours, banks' events, dead letters."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from google.protobuf.descriptor import Descriptor
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from hearthline_cli.bank.keys import SigningKey
from hearthline_cli.laptop import BANKS
from servicekit.deadletters import CONSUMER, ID, PLACE, REASON, TOPIC
from servicekit.eventlog import Record
from servicekit.ids import new_id
from tests.fuzz import odd
from tests.fuzz.drawing import Hand
from tests.fuzz.messages import Messages
from tests.fuzz.wire import wired
from tests.fuzz.world import World, kind_of
from tests.support.running import MORNING, fact

_KEY = SigningKey("icbc", "2026-01", 3)
_ATTRIBUTES = ("ce_id", "ce_type", "ce_subject", "ce_sequence", "ce_time", "ce_source", "traceparent")
_CHANCES, _ODD, _GONE = 256, 252, 255
"""Of so many: from which chance on an attribute or member is odd, and from which it is not there."""


@dataclass(frozen=True)
class Source:
    """A kind of record, and how to make any number of them."""

    name: str
    topic: str
    records: SearchStrategy[Record]


def sources(world: World, messages: Messages) -> list[Source]:
    """Every type that a consumer handles, each bank's topic, and every topic of dead letters."""
    handled = {key: None for loops in world.loops.values() for loop in loops for key in loop._handlers}
    kinds = {(topic, kind): kind_of(kind) for topic, kind in handled}
    facts = [Source(f"{topic} {kind.name}", topic, _facts(topic, kind, messages)) for (topic, _), kind in kinds.items()]
    banks = [
        Source(topic, topic, _bank_records(topic)) for topic in (f"hearthline.bank.{b}.payments.v1" for b in BANKS)
    ]
    letters = [
        Source(f"{topic}.dlq", f"{topic}.dlq", _letters(topic, kind, messages, [loop.name for loop in loops]))
        for (topic, _), kind in kinds.items()
        if (loops := [loop for each in world.loops.values() for loop in each if topic in loop.topics])
    ]
    return [*facts, *banks, *{source.topic: source for source in letters}.values()]


@st.composite
def _facts(draw: DrawFn, topic: str, kind: Descriptor, messages: Messages) -> Record:
    hand = Hand(draw)
    message = hand(messages.of(kind))
    service = topic.split(".")[1]
    subject = messages.known.text(hand.below(2**16), "customer", "ticket") or "customers/x"
    made = fact(message, service, subject, 1 + hand.below(9), MORNING)
    headers = {**made.headers, "ce_type": kind.full_name}
    return Record(topic, made.key, hand(wired(st.just(message))), dict(_with_odd(hand, headers)))


def _with_odd(hand: Hand, headers: dict[str, str]) -> Iterator[tuple[str, str]]:
    """The headers, one of them missing or odd in some records. NUL and surrogates no log takes."""
    for name, value in headers.items():
        chance = hand.below(_CHANCES) if name in _ATTRIBUTES else 0
        if chance < _GONE:
            yield name, hand(odd.texts).replace("\0", "") if chance >= _ODD else value


_DATA = {
    "bank_reference": st.uuids().map(str),
    "account": st.sampled_from(["accounts/li", "accounts/nobody"]),
    "amount": st.sampled_from(["1.00", "2680.00", "0.01", "1e3", "-1", "99999999999999999999.00", "1.001", "NaN"]),
    "currency": st.sampled_from(["CNY", "JPY", "XXX"]),
    "paid_at": st.just("2026-01-15T08:50:00+08:00"),
    "reversed_at": st.just("2026-01-15T08:50:00+08:00"),
    "reverses": st.uuids().map(str),
}
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | odd.texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(odd.texts, inner, max_size=2),
    max_leaves=6,
)
_DEEP = (
    b'{"data":' * 20_000,
    b"[" * 60_000,
    b'{"a":1,"a":2}',
    b"\xff\xfe",
    b"",
    b"null",
    b'{"data":{"bank_reference":' + b"9" * 5000 + b"}}",
)


@st.composite
def _bank_records(draw: DrawFn, topic: str) -> Record:
    hand, bank = Hand(draw), topic.split(".")[2]

    def odd_one(usual: SearchStrategy[object]) -> object:
        return hand(_JSON if hand.below(_CHANCES) >= _ODD else usual)

    event = {
        "specversion": odd_one(st.just("1.0")),
        "id": odd_one(st.uuids().map(str)),
        "source": odd_one(st.just(f"/banks/{bank}")),
        "type": odd_one(st.just(f"hearthline.bank.v1.{hand.one_of(['PaymentMade', 'PaymentReversed'])}")),
        "data": odd_one(st.just({name: odd_one(usual) for name, usual in _DATA.items()})),
    }
    content = json.dumps(event).encode()
    if hand.below(64) == 0:
        content = hand(st.sampled_from(_DEEP) | st.binary(max_size=100))
    jws = SigningKey(bank, _KEY.kid, _KEY.seed).sign(content)
    if hand.below(16) == 0:
        jws = hand(odd.texts.map(lambda text: text.replace("\0", "")) | st.sampled_from(_forged(jws)))
    return Record(topic, "k", content, {"jws": jws})


def _forged(jws: str) -> list[str]:
    """A header of another kind before a signature, half of one, too much of one."""
    head, _, tail = jws.partition("..")
    headers = ("e30", "W10", "eyJhbGciOiJub25lIn0", "eyJhbGciOiJFZERTQSIsImtpZCI6e319", "bnVsbA", head[:-3], "")
    return [*(f"{header}..{tail}" for header in headers), f"{head}..", f"{head}.eA.{tail}", jws + jws, jws[:-5]]


@st.composite
def _letters(draw: DrawFn, topic: str, kind: Descriptor, messages: Messages, consumers: list[str]) -> Record:
    hand = Hand(draw)
    record = hand(_facts(topic, kind, messages))
    told = {ID: st.builds(new_id), TOPIC: st.just(topic), CONSUMER: st.sampled_from(consumers)}
    told |= {PLACE: st.sampled_from(["0/5", "x", "", "1/2/3", "-1/9e9"]), REASON: odd.texts}
    headers = {**record.headers}
    for name, usual in told.items():
        chance = hand.below(_CHANCES)
        if chance < _GONE:
            headers[name] = hand(odd.texts if chance >= _ODD else usual).replace("\0", "")
    return Record(topic + ".dlq", record.key, record.value, headers)
