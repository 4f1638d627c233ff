"""Work orders and their promises in the database."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, case, func, select

from servicekit.errors import NotFound
from servicekit.listing import Listing
from servicekit.reads import AnyRow
from servicekit.uow import UnitOfWork
from workorders.domain.lifecycle import State
from workorders.domain.words import COMMODITIES, Severity, Urgency
from workorders.domain.work_order import WorkOrder
from workorders.store.bodies import body_of, from_body
from workorders.store.tables import promises, work_orders

_PLAIN = ("state", "commodity", "category", "severity", "urgency", "create_time", "update_time")
WORK_ORDERS = Listing(
    select(work_orders),
    {
        **{name: work_orders.c[name] for name in _PLAIN},
        "crew": work_orders.c.crew_id,
        "premises": work_orders.c.premises_id,
        "incident": work_orders.c.incident_id,
        "cell": work_orders.c.cell_id,
    },
    key=work_orders.c.id,
    resource={"crew": "crews", "premises": "premises", "incident": "incidents", "cell": "cells"},
    enums={"state": State},
    choices={"commodity": COMMODITIES, "severity": tuple(Severity), "urgency": tuple(Urgency)},
    owners={"crew": work_orders.c.crew_id, "cell": work_orders.c.cell_id},
)
_LAST_OF = (
    select(work_orders)
    .where(work_orders.c.incident_id == bindparam("incident_id"))
    .order_by(work_orders.c.create_time.desc())
    .limit(1)
)
_COLUMNS = tuple(column.name for column in work_orders.columns if column.name not in ("body", "forget_time"))


def work_order_of(row: AnyRow) -> WorkOrder:
    columns: dict[str, Any] = {name: getattr(row, name) for name in _COLUMNS}
    columns["state"] = State(row.state)
    columns["severity"] = Severity(row.severity)
    columns["urgency"] = Urgency(row.urgency)
    return WorkOrder(**columns, **from_body(row.body))


def get_work_order(uow: UnitOfWork, identifier: str) -> WorkOrder:
    row = uow.get(work_orders, identifier)
    if row is None:
        raise NotFound(f"workOrders/{identifier}")
    return work_order_of(row)


def last_order_of(uow: UnitOfWork, incident_id: str) -> WorkOrder | None:
    """The job of an incident: of several, the follow-up after the ones it follows."""
    row = uow.row(_LAST_OF, {"incident_id": incident_id})
    return work_order_of(row) if row else None


def add_work_order(uow: UnitOfWork, order: WorkOrder) -> None:
    """A new job; the version in the database is the order's."""
    values = {name: getattr(order, name) for name in _COLUMNS}
    uow.insert(work_orders, {**values, "body": body_of(order)})
    _keep_promises(uow, order)


def change_work_order(uow: UnitOfWork, order: WorkOrder) -> None:
    """The next version of a job; Aborted at commit when somebody else made it."""
    names = ("state", "crew_id", "attempt", "update_time")
    values = {**{name: getattr(order, name) for name in names}, "body": body_of(order)}
    uow.update(work_orders, {"id": order.id}, values, version=order.version - 1)
    _keep_promises(uow, order)


def _keep_promises(uow: UnitOfWork, order: WorkOrder) -> None:
    for promise in order.promises:
        row = {
            "work_order_id": order.id,
            "clock": promise.clock,
            "round": promise.round,
            "commodity": order.commodity,
            "category": order.category,
            "severity": order.severity,
            "urgency": order.urgency,
            "start_time": promise.start,
            "due_time": promise.due,
            "met_time": promise.met,
            "breached": promise.breached,
            "version": order.version,
        }
        uow.upsert(promises, row, key=["work_order_id", "clock", "round"], newer="version")


def performance(uow: UnitOfWork, start: datetime | None, end: datetime | None) -> list[AnyRow]:
    """(commodity, category, severity, urgency, clock, kept, broken, running) of promises begun in a time."""
    p = promises.c
    groups = (p.commodity, p.category, p.severity, p.urgency, p.clock)
    kept = func.count(case((p.met_time.is_not(None) & ~p.breached, 1)))
    broken = func.count(case((p.breached, 1)))
    running = func.count(case((p.met_time.is_(None) & ~p.breached, 1)))
    query = select(*groups, kept.label("kept"), broken.label("broken"), running.label("running"))
    if start is not None:
        query = query.where(p.start_time >= start)
    if end is not None:
        query = query.where(p.start_time < end)
    return list(uow.rows(query.group_by(*groups).order_by(*groups)))


def orders_by_state(uow: UnitOfWork, start: datetime | None, end: datetime | None) -> dict[str, int]:
    """Jobs created in a time, by state."""
    table = work_orders
    query = select(table.c.state, func.count().label("jobs"))
    if start is not None:
        query = query.where(table.c.create_time >= start)
    if end is not None:
        query = query.where(table.c.create_time < end)
    return {row.state: row.jobs for row in uow.rows(query.group_by(table.c.state))}
