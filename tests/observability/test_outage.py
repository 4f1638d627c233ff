"""A database that is away takes its gauges with it, and nothing else of a scrape (P3)."""

import time
from collections.abc import Callable

from surveys.bootstrap import service as surveys
from tests.support.postgres import shut
from tests.support.running import RunningService, Starter
from tests.support.scraping import Scrape

GAUGE = "hearthline_outbox_events"
PATIENCE_S = 30.0


def scraped(running: RunningService, wanted: Callable[[Scrape], bool]) -> Scrape:
    """The first scrape that is as it should be."""
    end = time.monotonic() + PATIENCE_S
    while not wanted(scrape := Scrape.of(running.kit.metrics.port)):
        assert time.monotonic() < end, scrape.names()
        time.sleep(0.05)
    return scrape


def test_gauges_are_absent_while_the_database_is_away_and_come_back(start: Starter, postgres_url: str) -> None:
    running = start(surveys, metrics_listen="127.0.0.1:0", metrics_watch_seconds=0.2)
    scraped(running, lambda scrape: GAUGE in scrape.names())
    with shut(postgres_url, running.database):
        away = scraped(running, lambda scrape: GAUGE not in scrape.names())
        assert "hearthline_consumer_lag_events" in away.names()
        assert away.total("db_client_connection_max") == running.service.settings.threads + 10
        waiting = {"loop": "watch.database", "reason": "unavailable"}
        scraped(running, lambda scrape: scrape.total("hearthline_loop_failures_total", **waiting) > 0)
    scraped(running, lambda scrape: GAUGE in scrape.names())
