"""The fixtures themselves: what they promise to the other tests."""

import psycopg
import pytest
from kafka import KafkaAdminClient

from tests.support import kafka as kafka_support
from tests.support.postgres import Databases


def test_database_is_postgresql_18_empty_and_unsynced(database: str) -> None:
    with psycopg.connect(database) as connection:
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
        version = connection.execute("SELECT current_setting('server_version_num')::int / 10000").fetchone()
    assert (tables, version) == ((0,), (18,))


def test_database_can_be_copied_from_a_template(database: str, databases: Databases) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("CREATE TABLE kept (id int)")
    copy = databases.create(template=database)
    with psycopg.connect(copy) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
    databases.drop(copy)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(copy)


def test_kafka_answers_and_makes_no_topic_by_itself(kafka: str) -> None:
    client = KafkaAdminClient(bootstrap_servers=kafka)
    assert "hearthline.never-made" not in client.list_topics()
    client.close()


@pytest.mark.parametrize(("ci", "outcome"), [("", pytest.skip.Exception), ("true", pytest.fail.Exception)])
def test_missing_kafka_skips_at_home_and_fails_in_ci(
    monkeypatch: pytest.MonkeyPatch, ci: str, outcome: type[BaseException]
) -> None:
    monkeypatch.delenv("HEARTHLINE_TEST_KAFKA", raising=False)
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(kafka_support, "docker_answers", lambda: False)
    with pytest.raises(outcome, match="no Kafka"), kafka_support.kafka_broker():
        pass
