"""What a partner's own client may write: bytes that nobody can read, and a transaction that it takes back."""

from servicekit.eventlog import Record
from tests.faults.trial import Trial
from tests.support.foreign import BAD_NAME, foreign_producer, transactional_producer

_POSTED = "SELECT count(*) FROM payments WHERE bank_reference = %s"
_SET_ASIDE = "SELECT count(*) FROM bank_records WHERE reason = 'UNREADABLE'"
_LETTERS = "SELECT count(*) FROM outbox WHERE headers ->> 'dlq-reason' LIKE 'unreadable, offsets %%'"


def undecodable(trial: Trial) -> int:
    """A bank writes a header whose name is no text into each partition, between two payments: both are posted."""
    house = trial.house
    with trial.between_calls(), house.frozen():
        house.settle()
        before, letters = _count(trial, _SET_ASIDE), _count(trial, _LETTERS)
        record = _payment(trial, "never")
        trial.bank.act()
        with foreign_producer(_servers(trial)) as producer:
            partitions = sorted(producer.partitions_for(record.topic))
            for partition in partitions:
                told = [*_headers(record), *BAD_NAME]
                producer.send(record.topic, record.value, record.key.encode(), told, partition=partition).get(30)
        trial.bank.act()
        house.settle()
        answered, kept = _count(trial, _SET_ASIDE) - before, _count(trial, _LETTERS) - letters
    trial.checker.dead_letters_meant = len(partitions)
    if answered != len(partitions):
        trial.findings.failed.append(f"{answered} of {len(partitions)} unreadable records were answered to the bank")
    if kept != len(partitions):
        trial.findings.lost.append(f"{kept} of {len(partitions)} unreadable records became dead letters")
    return 1


def taken_back(trial: Trial) -> int:
    """A bank writes a payment in a transaction, pays on outside it, and aborts: that payment alone is not posted."""
    house = trial.house
    reference = f"aborted-{trial.rng.randrange(10**12)}"
    with trial.between_calls():
        record = _payment(trial, reference)
    with transactional_producer(_servers(trial)) as producer:
        producer.begin_transaction()
        producer.partitions_for(record.topic)
        producer.send(record.topic, record.value, record.key.encode(), _headers(record), partition=0).get(60)
        trial.await_calls(60)
        producer.abort_transaction()
    with trial.between_calls(), house.frozen():
        house.settle()
        if house.postgres.query("billing", _POSTED, [reference])[0][0]:
            trial.findings.doubled.append(f"bank: {reference} was posted, though its transaction was aborted")
    return 1


def _payment(trial: Trial, reference: str) -> Record:
    return trial.bank.signed(reference)


def _headers(record: Record) -> list[tuple[str, bytes]]:
    return [(name, text.encode()) for name, text in record.headers.items()]


def _count(trial: Trial, query: str) -> int:
    return int(trial.house.postgres.query("billing", query, [])[0][0])


def _servers(trial: Trial) -> str:
    assert trial.house.broker is not None
    return trial.house.broker.servers
