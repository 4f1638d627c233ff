"""A job was completed, or opened again: whether its customers are to be asked (V2)."""

from datetime import datetime

from hearthline.workorders.v1.events_pb2 import WorkOrderCompleted, WorkOrderFacts, WorkOrderReopened
from servicekit.cloudevents import Event
from servicekit.times import instant
from servicekit.uow import UnitOfWork
from surveys.domain.survey import Occasion
from surveys.domain.trigger import Outcome, TriggerRule, plan
from surveys.store.occasions import occasion_id, put_occasion, sequences
from surveys.store.rules import find_rule

DELAY = "survey-delay"
"""Kind of the timer that ends the delay; its subject is the occasion."""


def plan_surveys(uow: UnitOfWork, event: Event[WorkOrderCompleted]) -> None:
    """Each customer of the job is an occasion of its own; a job of unknown business type is none."""
    completed = instant(event.data.complete_time)
    rule = find_rule(uow, event.data.facts.business_type)
    if rule is None:
        return
    for occasion in _unseen(uow, event.data.facts, event.sequence):
        outcome = plan(rule, event.id, occasion.customer, completed, uow.now)
        put_occasion(uow, occasion, completed, outcome, event.sequence)
        _set_delay(uow, rule, occasion, completed, outcome)


def drop_planned(uow: UnitOfWork, event: Event[WorkOrderReopened]) -> None:
    """What is not done is not asked about; an invitation already sent stays."""
    for occasion in _unseen(uow, event.data.facts, event.sequence):
        put_occasion(uow, occasion, instant(event.data.reopen_time), Outcome.REOPENED, event.sequence)
        uow.cancel(DELAY, occasion_id(occasion.work_order, occasion.customer))


def _unseen(uow: UnitOfWork, facts: WorkOrderFacts, sequence: int) -> list[Occasion]:
    """The job's occasions of which nothing as new as this is known; anonymous callers cannot be asked."""
    known = sequences(uow, facts.work_order)
    return [
        Occasion(facts.work_order, customer, facts.business_type, facts.premises, facts.commodity, facts.cell)
        for customer in dict.fromkeys(facts.customers)
        if customer and known.get(occasion_id(facts.work_order, customer), 0) < sequence
    ]


def _set_delay(uow: UnitOfWork, rule: TriggerRule, occasion: Occasion, completed: datetime, outcome: Outcome) -> None:
    identifier = occasion_id(occasion.work_order, occasion.customer)
    if outcome is Outcome.PLANNED:
        uow.schedule(DELAY, identifier, completed + rule.delay)
    else:
        uow.cancel(DELAY, identifier)
