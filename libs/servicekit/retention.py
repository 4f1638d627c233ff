"""Retention: what is past its time goes, kind by kind, whether or not anybody asks (C9)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from alembic.operations import Operations
from sqlalchemy import Column, bindparam, delete, select

from servicekit import indexes
from servicekit.core import AnySelect
from servicekit.kit import Kit
from servicekit.reads import among
from servicekit.tables import Instant, accesses
from servicekit.uow import UnitOfWork

BATCH = 500
"""So many records go in one transaction, which holds nobody up."""

Forget = Callable[[UnitOfWork, Sequence[str]], object]
"""Erases the records with these ids; done again it changes nothing."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Rule:
    """How long a kind of record is kept, and what then becomes of it."""

    kind: str
    keep: timedelta
    old: AnySelect
    """Query for the ids of what is older than the parameter `before`, and was not forgotten yet; see `oldest`."""
    forget: Forget


def oldest(key: Column[str], time: Column[datetime]) -> AnySelect:
    """The oldest batch of records whose time is before the parameter `before`."""
    return select(key).where(time < bindparam("before", type_=Instant)).order_by(time).limit(BATCH)


def access_rule(keep: timedelta) -> Rule:
    """Every service has it: of reads."""
    return Rule("accesses", keep, oldest(accesses.c.id, accesses.c.time), _forget_accesses)


def _forget_accesses(uow: UnitOfWork, ids: Sequence[str]) -> None:
    uow.execute(delete(accesses).where(among(accesses.c.id, ids)))


def add_forget_time(op: Operations, table: str, *wanted: indexes.Wanted) -> None:
    """Room for when a record was forgotten, and what finds those that are past their time; for migrations."""
    op.add_column(table, sa.Column("forget_time", Instant), if_not_exists=True)
    indexes.build(op, *wanted)


def drop_forget_time(op: Operations, table: str, *wanted: indexes.Wanted) -> None:
    """Undoes `add_forget_time`."""
    indexes.drop(op, *wanted)
    op.drop_column(table, "forget_time")


class Retention:
    """Applies the rules, hourly by real time and with the service's own clock.

    What there is to do stands in the records themselves, so the next round goes on after whatever went wrong. Two
    processes that do it at once do the same.
    """

    name = "retention"
    poll_s = 3600.0

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules

    def run_once(self, kit: Kit) -> bool:
        """A batch of each kind; True when one was full."""
        return max(self._apply(kit, rule) for rule in self._rules) == BATCH

    def _apply(self, kit: Kit, rule: Rule) -> int:
        with kit.unit(actor="retention") as uow:
            ids = [row[0] for row in uow.rows(rule.old, {"before": uow.now - rule.keep})]
            if ids:
                rule.forget(uow, ids)
                uow.commit(None)
                _log.info("past its time", kind=rule.kind, count=len(ids))
        return len(ids)
