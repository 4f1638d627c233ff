"""proto/topics.yaml says who writes and who reads each topic; the code must agree."""

from importlib import import_module

import pytest

from servicekit.eventlog.topics import TopicEntry, read_topics_file
from servicekit.sealing import audit_topic
from tests.architecture.tree import ROOT, services

TOPICS = read_topics_file().topics
# Partners outside of this repository, who write and read topics of ours.
PARTNERS = {"bank", "gateway"}


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_topic_is_written_and_read_by_somebody_we_know(topic: TopicEntry) -> None:
    known = {*services(), *PARTNERS}
    assert topic.producer in known
    assert set(topic.consumers) <= known


@pytest.mark.parametrize("topic", [each for each in TOPICS if each.producer not in PARTNERS], ids=lambda t: t.name)
def test_topic_of_a_service_carries_its_own_facts(topic: TopicEntry) -> None:
    facts = ROOT / "proto" / "hearthline" / topic.producer / "v1" / "events.proto"
    assert facts.is_file()
    assert topic.name.endswith(".v1")


@pytest.mark.parametrize("service", services())
def test_service_reads_the_topics_that_the_file_says(service: str) -> None:
    subscriptions = import_module(f"{service}.bootstrap").service().subscriptions
    reads = {each.topic for each in subscriptions if not each.topic.startswith("hearthline.bank.")}
    said = {topic.name for topic in TOPICS if service in topic.consumers and "{bank}" not in topic.name}
    # Its own seals are read by `audit verify` alone.
    assert reads == said - {audit_topic(service)}
