"""TriggerRuleService."""

from dataclasses import replace
from typing import Any

import grpc

from hearthline.surveys.v1 import questionnaires_pb2 as pb
from hearthline.surveys.v1.questionnaires_pb2_grpc import TriggerRuleServiceServicer
from servicekit.calls import Rpc
from servicekit.etags import etag
from servicekit.names import resource_id
from servicekit.times import to_timestamp
from servicekit.update_masks import mask_of
from surveys.api.texts import duration_to_proto
from surveys.domain.trigger import TriggerRule
from surveys.handlers.rules import UpdateTriggerRule, update_trigger_rule
from surveys.store.rules import TRIGGER_RULES, get_rule, rule_of

_RECOVERY = ("low_score_max", "complaint_score_max", "complaint_phrases")


class TriggerRuleApi(TriggerRuleServiceServicer):
    """Trigger rules over gRPC (V2)."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc

    def GetTriggerRule(self, request: pb.GetTriggerRuleRequest, context: grpc.ServicerContext) -> pb.TriggerRule:
        with self._rpc.reading() as uow:
            return rule_to_proto(get_rule(uow, resource_id(request.name, "triggerRules")))

    def ListTriggerRules(
        self, request: pb.ListTriggerRulesRequest, context: grpc.ServicerContext
    ) -> pb.ListTriggerRulesResponse:
        with self._rpc.reading() as uow:
            page = TRIGGER_RULES.page(uow, request)
            found = [rule_to_proto(rule_of(row)) for row in page.rows]
            return pb.ListTriggerRulesResponse(trigger_rules=found, next_page_token=page.next_page_token)

    def UpdateTriggerRule(self, request: pb.UpdateTriggerRuleRequest, context: grpc.ServicerContext) -> pb.TriggerRule:
        return self._rpc.command(request, update_trigger_rule, _update(request), render=rule_to_proto)


def rule_to_proto(rule: TriggerRule) -> pb.TriggerRule:
    return pb.TriggerRule(
        name=rule.name,
        enabled=rule.enabled,
        questionnaire_code=rule.questionnaire,
        sampling_rate=rule.sampling_rate,
        delay=duration_to_proto(rule.delay),
        fatigue=duration_to_proto(rule.fatigue),
        valid_for=duration_to_proto(rule.valid_for),
        call_back_after=duration_to_proto(rule.call_back_after),
        max_attempts=rule.max_attempts,
        low_score_max=rule.recovery.low_score_max,
        complaint_score_max=rule.recovery.complaint_score_max,
        complaint_phrases=rule.recovery.complaint_phrases,
        update_time=to_timestamp(rule.update_time),
        etag=etag(rule.version),
    )


def _update(request: pb.UpdateTriggerRuleRequest) -> UpdateTriggerRule:
    given = request.trigger_rule
    values = _values(given)
    chosen = {path: values[path] for path in mask_of(request, values)}

    def change(rule: TriggerRule) -> TriggerRule:
        recovery = replace(rule.recovery, **{path: value for path, value in chosen.items() if path in _RECOVERY})
        own = {path: value for path, value in chosen.items() if path not in _RECOVERY}
        own |= {"questionnaire": own.pop("questionnaire_code")} if "questionnaire_code" in own else {}
        return replace(rule, recovery=recovery, **own)

    return UpdateTriggerRule(resource_id(given.name, "triggerRules", field="trigger_rule.name"), given.etag, change)


def _values(given: pb.TriggerRule) -> dict[str, Any]:
    """What a rule can be changed in, by the names of the proto's fields."""
    return {
        "enabled": given.enabled,
        "questionnaire_code": given.questionnaire_code,
        "sampling_rate": given.sampling_rate,
        "delay": given.delay.ToTimedelta(),
        "fatigue": given.fatigue.ToTimedelta(),
        "valid_for": given.valid_for.ToTimedelta(),
        "call_back_after": given.call_back_after.ToTimedelta(),
        "max_attempts": given.max_attempts,
        "low_score_max": given.low_score_max,
        "complaint_score_max": given.complaint_score_max,
        "complaint_phrases": tuple(given.complaint_phrases),
    }
