"""Trigger rules in rows, one per business type."""

from typing import Any

from sqlalchemy import Row, bindparam, select

from servicekit.errors import NotFound
from servicekit.listing import Listing
from servicekit.uow import UnitOfWork
from surveys.domain.trigger import BusinessType, RecoveryRule, TriggerRule
from surveys.store.tables import trigger_rules

TRIGGER_RULES = Listing(
    select(trigger_rules),
    {"enabled": trigger_rules.c.enabled, "questionnaire_code": trigger_rules.c.questionnaire_code},
    key=trigger_rules.c.business_type,
)

_OF_TYPE = select(trigger_rules).where(trigger_rules.c.business_type == bindparam("business_type"))


def find_rule(uow: UnitOfWork, business_type: str) -> TriggerRule | None:
    """The rule of a business type; None for one that nobody is asked about."""
    row = uow.row(_OF_TYPE, {"business_type": business_type})
    return rule_of(row) if row else None


def get_rule(uow: UnitOfWork, business_type: str) -> TriggerRule:
    """The rule of a business type; NotFound for an unknown one."""
    rule = find_rule(uow, business_type)
    if rule is None:
        raise NotFound(f"triggerRules/{business_type}")
    return rule


def save_rule(uow: UnitOfWork, rule: TriggerRule) -> None:
    """Stores a changed rule; Aborted at commit when somebody else changed it meanwhile."""
    values = {
        "enabled": rule.enabled,
        "questionnaire_code": rule.questionnaire,
        "sampling_rate": rule.sampling_rate,
        "delay": rule.delay,
        "fatigue": rule.fatigue,
        "valid_for": rule.valid_for,
        "call_back_after": rule.call_back_after,
        "max_attempts": rule.max_attempts,
        "low_score_max": rule.recovery.low_score_max,
        "complaint_score_max": rule.recovery.complaint_score_max,
        "complaint_phrases": list(rule.recovery.complaint_phrases),
        "update_time": rule.update_time,
    }
    uow.update(trigger_rules, {"business_type": rule.business_type.value}, values, version=rule.version - 1)


def rule_of(row: Row[Any]) -> TriggerRule:
    """The rule that a row holds."""
    return TriggerRule(
        business_type=BusinessType(row.business_type),
        enabled=row.enabled,
        questionnaire=row.questionnaire_code,
        sampling_rate=row.sampling_rate,
        delay=row.delay,
        fatigue=row.fatigue,
        valid_for=row.valid_for,
        call_back_after=row.call_back_after,
        max_attempts=row.max_attempts,
        recovery=RecoveryRule(row.low_score_max, row.complaint_score_max, tuple(row.complaint_phrases)),
        update_time=row.update_time,
        version=row.version,
    )
