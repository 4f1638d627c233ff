"""Changing whom to ask and what a bad answer leads to (V2, V5)."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from servicekit.errors import FailedPrecondition
from servicekit.etags import check_etag
from servicekit.uow import UnitOfWork
from surveys.domain.trigger import TriggerRule
from surveys.store.questionnaires import published
from surveys.store.rules import get_rule, save_rule


@dataclass(frozen=True, slots=True)
class UpdateTriggerRule:
    """A change of the rule of one business type."""

    business_type: str
    etag: str
    change: Callable[[TriggerRule], TriggerRule]


def update_trigger_rule(uow: UnitOfWork, command: UpdateTriggerRule) -> TriggerRule:
    rule = get_rule(uow, command.business_type)
    check_etag(rule.name, command.etag, rule.version)
    changed = replace(command.change(rule), update_time=uow.now, version=rule.version + 1).check()
    if published(uow, changed.questionnaire) is None:
        raise FailedPrecondition(
            "QUESTIONNAIRE_NOT_PUBLISHED", rule.name, f"no version of {changed.questionnaire!r} is published"
        )
    save_rule(uow, changed)
    uow.audit(rule.name)
    return uow.commit(changed)
