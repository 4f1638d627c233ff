"""CompleteWorkOrder: a guarded change of a job with its promises, its event, its audit and its answer."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
from psycopg.types.json import Jsonb

from hearthline.workorders.v1.work_orders_pb2 import CompleteWorkOrderRequest
from servicekit.clock import connect_clock
from servicekit.database import connect_database
from servicekit.eventlog import connect
from servicekit.kit import Kit
from tests.bench import calls, pgbench
from tests.bench.load import Requests
from tests.bench.machine import Machine
from tests.bench.serving import Served, serve
from tests.bench.sizes import Sizes
from workorders.domain.lifecycle import State
from workorders.domain.standards import freeze
from workorders.domain.words import Severity, Urgency
from workorders.domain.work_order import WorkOrder
from workorders.settings import Settings
from workorders.store.bodies import body_of
from workorders.store.work_orders import add_work_order

METHOD = "/hearthline.workorders.v1.WorkOrderService/CompleteWorkOrder"
_MOST_PER_S = 3000
"""Jobs that are there for each second."""

# A sealed body can be read in its own row alone; in clear, as an older version wrote it, it can be copied.
_COPY = """
INSERT INTO work_orders SELECT (w).* FROM (
    SELECT jsonb_populate_record(w, jsonb_build_object('id', %(level)s || n, 'incident_id', 'incident-' || n,
        'body', %(body)s::jsonb)) AS w
    FROM work_orders w, generate_series(0, %(jobs)s) n WHERE w.id = 'first') copied
"""


def measure(made: Machine, sizes: Sizes) -> dict[str, Any]:
    """Against pgbench's three inserts, as creating a ticket is."""
    served = serve(made, "workorders", "complete")
    inserts = made.database("pgbench_complete")
    pgbench.prepare(inserts)
    body = _work_on_first(served)

    def bound(callers: int) -> float:
        fill(served, callers, sizes, body)
        return pgbench.transactions_per_s(inserts, callers, sizes.seconds, made.logs)

    found = calls.measure(served, __name__, "complete", sizes, bound)
    made.stop_processes()
    return {"complete_work_order": found}


def fill(served: Served, callers: int, sizes: Sizes, body: Mapping[str, Any]) -> None:
    """Jobs that are worked on, `CALLERS-0` and on, enough for callers of this number."""
    jobs = round((sizes.seconds + 1) * _MOST_PER_S)
    with psycopg.connect(served.database, autocommit=True) as connection:
        connection.execute(_COPY, {"level": f"{callers}-", "jobs": jobs, "body": Jsonb(body)})
        connection.execute("VACUUM ANALYZE work_orders")


def requests(kind: str, caller: int, callers: int) -> Requests:
    """Each job once."""
    number = caller
    while True:
        yield CompleteWorkOrderRequest(
            name=f"workOrders/{callers}-{number}",
            request_id=str(uuid4()),
            cause="a valve that stuck",
            resolution="The valve was replaced and the radiators were bled.",
            parts=["valve DN20"],
            signature="signatures/1",
        )
        number += callers


def _work_on_first(served: Served) -> Mapping[str, Any]:
    """One job as it is after its crew began to work, of which the others are copies; its body."""
    order = _started(datetime.now(UTC) - timedelta(minutes=30))
    settings = Settings(database_url=served.database, eventlog_url=served.log)
    engine = connect_database(served.database)
    with connect(served.log) as log:
        kit = Kit("workorders", settings, connect_clock("system"), engine, log)
        with kit.unit() as uow:
            add_work_order(uow, order)
            uow.commit(None)
    engine.dispose()
    return body_of(order)


def _started(at: datetime) -> WorkOrder:
    new = WorkOrder(
        id="first",
        incident_id="incident",
        ticket_ids=("ticket",),
        customer_ids=("customer",),
        premises_id="premises",
        cell_id="cell",
        commodity="heat",
        category="no_heat",
        severity=Severity.MEDIUM,
        urgency=Urgency.URGENT,
        business_type="repair",
        state=State.NEW,
        standard=freeze("heat", "no_heat", Severity.MEDIUM, Urgency.URGENT, "urban", "resident", at=at),
        report_time=at,
        create_time=at,
        update_time=at,
    ).opened()
    crew = "crews/crew"
    sent = new.dispatched("crew", "North 3", "nearest", "system", at).acknowledged(crew, at).travelling(crew, at)
    return sent.arrived("", crew, at).started(crew, at)
