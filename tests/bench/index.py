"""GetSatisfactionIndex over very many answers."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from hearthline.surveys.v1.index_pb2 import GetSatisfactionIndexRequest, SatisfactionIndex
from servicekit.times import to_timestamp
from tests.bench import calls, pgbench
from tests.bench.load import Requests
from tests.bench.machine import Machine
from tests.bench.serving import Served, serve
from tests.bench.sizes import Sizes

METHOD = "/hearthline.surveys.v1.IndexService/GetSatisfactionIndex"
_DAYS = {"year": 366, "month": 30, "day": 1}

# The answers alone: no index looks at the surveys behind them, and so nobody misses those.
_FILL = """
INSERT INTO responses (survey_id, business_type, commodity, cell_id, via, agent, answers, score, recommendation,
    satisfaction, comment, low_score, complaint_wanted, respond_time)
SELECT 'survey-' || n, (ARRAY['repair', 'payment', 'counter'])[1 + mod(n, 3)], (ARRAY['heat', 'gas'])[1 + mod(n, 2)],
    'cell-' || mod(n, 200), 'LINK', '', '{}', score, CASE WHEN luck < 0.4 THEN 2 * score END,
    jsonb_build_object('response', 2500 * (score - 1), 'arrival', 2500 * (score - 1), 'repair', 2500 * (score - 1),
        'manner', 2500 * (score - 1)), '', score <= 2, false, now() - make_interval(secs => 31536000.0 * n / %(n)s)
FROM (SELECT n, random() AS luck, 1 + floor(5 * pow(random(), 0.3))::int AS score
    FROM generate_series(1, %(n)s) n) drawn
"""
_SCAN = (
    "SELECT count(*), sum(score), sum(recommendation) FROM responses WHERE respond_time >= now() - interval '{} days';"
)


def measure(made: Machine, sizes: Sizes) -> dict[str, Any]:
    """Of a year, a month and a day; the bound is to count the same rows without looking at what was answered."""
    served = serve(made, "surveys", "index")
    fill(served, sizes.many)
    found = {}
    for kind, days in _DAYS.items():
        script = _SCAN.format(days)

        def bound(callers: int, script: str = script) -> float:
            return pgbench.transactions_per_s(served.database, callers, sizes.seconds / 2, made.logs, script)

        # A year is seconds of work for the database, which more callers only share.
        found[kind] = calls.measure(served, __name__, kind, sizes, bound, sizes.callers[:2] if kind == "year" else ())
    made.stop_processes()
    return {"satisfaction_index": found}


def fill(served: Served, answers: int) -> None:
    """So many answers within a year."""
    with psycopg.connect(served.database, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(_FILL, {"n": answers})
        connection.execute("VACUUM ANALYZE responses")


def requests(kind: str, caller: int, callers: int) -> Requests:
    """The index of the last day, month or year."""
    end = datetime.now(UTC)
    request = GetSatisfactionIndexRequest(
        end_time=to_timestamp(end), start_time=to_timestamp(end - timedelta(days=_DAYS[kind]))
    )
    while True:
        SatisfactionIndex.FromString((yield request))
