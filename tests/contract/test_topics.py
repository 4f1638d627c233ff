"""topics.yaml: what it must say, and what is said when it does not."""

from datetime import timedelta
from pathlib import Path

import pytest

from servicekit.eventlog.topics import TopicsFileError, load_topics, read_topics_file

SERVICES = {"customers", "workorders", "notifications", "surveys", "complaints", "billing"}
GOOD = """
defaults: {partitions: 12, retention_days: 7}
dead_letters: {partitions: 1, retention_days: 30}
topics:
  - {name: hearthline.x.v1, about: X., producer: x, consumers: [y], key: id of x}
"""


def test_every_service_has_its_topic_and_dead_letters() -> None:
    topics = {t.name: t for t in load_topics()}
    for service in SERVICES:
        assert topics[f"hearthline.{service}.v1"].partitions == 12
        assert topics[f"hearthline.{service}.v1"].retention == timedelta(days=7)
        assert topics[f"hearthline.{service}.v1.dlq"].retention == timedelta(days=30)


def test_each_bank_has_its_topics() -> None:
    names = [t.name for t in load_topics(banks=["icbc", "ccb"])]
    for bank in ("icbc", "ccb"):
        assert f"hearthline.bank.{bank}.payments.v1" in names
        assert f"hearthline.bank.{bank}.payments.v1.dlq" in names
        assert f"hearthline.bank.{bank}.replies.v1" in names
    assert not [name for name in names if "{" in name]


def test_a_laptop_may_ask_for_fewer_partitions() -> None:
    assert {t.partitions for t in load_topics(partitions=2)} == {1, 2}


def test_producers_and_consumers_are_services_or_partners() -> None:
    for topic in read_topics_file().topics:
        assert {topic.producer, *topic.consumers} <= SERVICES | {"bank", "gateway"}, topic.name


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (GOOD.replace("partitions: 12", "partitions: 0"), "defaults.partitions"),
        (GOOD.replace("hearthline.x.v1", "tickets"), "topics.0.name"),
        (GOOD.replace("key: id of x", "schlüssel: id"), "topics.0.schlüssel"),
        (GOOD + GOOD.splitlines()[-1], "hearthline.x.v1 stands there twice"),
        ("topics: [", "not YAML"),
        ("", "valid dictionary"),
    ],
)
def test_a_wrong_file_is_told_where_and_why(tmp_path: Path, wrong: str, said: str) -> None:
    path = tmp_path / "topics.yaml"
    path.write_text(wrong, encoding="utf-8")
    with pytest.raises(TopicsFileError, match=said) as caught:
        read_topics_file(path)
    assert str(path) in str(caught.value)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(TopicsFileError, match="No such file"):
        read_topics_file(tmp_path / "none.yaml")
