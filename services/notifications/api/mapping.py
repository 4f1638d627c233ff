"""Resources between protobuf and the domain."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta

from google.protobuf.duration_pb2 import Duration

from hearthline.notifications.v1 import notifications_pb2 as pb
from hearthline.notifications.v1 import templates_pb2 as templates_pb
from notifications.api.values import value_to_proto
from notifications.domain.channel import Language
from notifications.domain.notification import Attempt, Message, Notification, State
from notifications.domain.occasions import SUPPLIED
from notifications.domain.template import Template, Text, Variable
from notifications.domain.values import Kind, Link
from servicekit.errors import InvalidArgument
from servicekit.etags import etag
from servicekit.reads import AnyRow
from servicekit.times import to_timestamp

_KEY = "https://****"
_WAITING = (State.PENDING, State.AWAITING_CONTACT)


def notification_to_proto(notification: Notification) -> pb.Notification:
    n = _without_keys(notification)
    last = n.last
    return pb.Notification(
        name=n.name,
        state=pb.Notification.State.Value(f"STATE_{n.state}"),
        reason=n.reason,
        recipient=n.recipient,
        template=f"templates/{n.template_id}" if n.template_id else "",
        template_code=n.template_code,
        values={name: value_to_proto(value) for name, value in n.variables.items()},
        related_resource=n.related_resource,
        channel=last.route.channel.value if last else "",
        language_code=last.route.language.value if last else "",
        subject=n.message.subject if n.message else "",
        body=n.message.body if n.message else "",
        attempts=[_attempt(attempt) for attempt in n.attempts],
        create_time=to_timestamp(n.create_time),
        update_time=to_timestamp(n.update_time),
        next_try_time=to_timestamp(n.due if n.state in _WAITING else None),
        send_time=to_timestamp(n.sent_time),
        finish_time=to_timestamp(n.finish_time),
        etag=etag(n.version),
        confidential=n.confidential,
        expire_time=to_timestamp(n.expire_time),
    )


def _without_keys(n: Notification) -> Notification:
    """A link that came with a fact lets whoever has it answer in its reader's name: SurveyService says to whom (V3)."""
    links = {name: value for name, value in n.variables.items() if isinstance(value, Link)}
    if not links or n.template_code not in SUPPLIED:
        return n
    message = n.message
    for link in links.values():
        message = message and Message(message.subject.replace(link.url, _KEY), message.body.replace(link.url, _KEY))
    return replace(n, variables={**n.variables, **dict.fromkeys(links, Link(_KEY))}, message=message)


def _attempt(attempt: Attempt) -> pb.DeliveryAttempt:
    return pb.DeliveryAttempt(
        channel=attempt.route.channel.value,
        address=attempt.route.address,
        message_key=attempt.message_key,
        outcome=pb.DeliveryAttempt.Outcome.Value(f"OUTCOME_{attempt.outcome}"),
        reason=attempt.reason,
        attempt_time=to_timestamp(attempt.time),
    )


def sandbox_to_proto(row: AnyRow) -> pb.SandboxMessage:
    return pb.SandboxMessage(
        name=f"sandboxMessages/{row.message_key}",
        notification=f"notifications/{row.notification_id}",
        channel=row.channel,
        address=row.address,
        subject=row.subject,
        body=row.body,
        create_time=to_timestamp(row.create_time),
    )


def statistics_to_proto(rows: Iterable[AnyRow]) -> pb.DeliveryStatistics:
    made = [
        pb.DeliveryStatistics.Row(
            template_code=row.template_code,
            channel=row.channel,
            state=pb.Notification.State.Value(f"STATE_{row.state}"),
            count=row.messages,
            attempts=row.attempts,
        )
        for row in rows
    ]
    return pb.DeliveryStatistics(rows=made, total=sum(row.count for row in made))


def template_to_proto(t: Template) -> templates_pb.Template:
    return templates_pb.Template(
        name=t.name,
        code=t.code,
        version=t.number,
        variables=[
            templates_pb.TemplateVariable(
                variable=v.name, kind=templates_pb.TemplateVariable.Kind.Value(f"KIND_{v.kind.name}")
            )
            for v in t.variables
        ],
        texts=[
            templates_pb.TemplateText(language_code=language.value, subject=text.subject, body=text.body)
            for language, text in t.texts.items()
        ],
        state=templates_pb.Template.State.Value(f"STATE_{t.state}"),
        create_time=to_timestamp(t.create_time),
        update_time=to_timestamp(t.update_time),
        publish_time=to_timestamp(t.publish_time),
        etag=etag(t.version),
        life=_duration(t.life),
    )


def _duration(life: timedelta | None) -> Duration | None:
    return Duration(seconds=int(life.total_seconds())) if life else None


def life_from(given: templates_pb.Template) -> timedelta | None:
    """How long a message by it is worth sending; None where it does not say."""
    return given.life.ToTimedelta() if given.HasField("life") else None


def variables_from(given: Iterable[templates_pb.TemplateVariable]) -> tuple[Variable, ...]:
    kinds = templates_pb.TemplateVariable.Kind
    return tuple(Variable(v.variable, Kind[kinds.Name(v.kind).removeprefix("KIND_")]) for v in given)


def texts_from(given: Iterable[templates_pb.TemplateText]) -> Mapping[Language, Text]:
    """Texts by language; InvalidArgument for a language that comes twice."""
    texts: dict[Language, Text] = {}
    for place, text in enumerate(given):
        language = Language(text.language_code)
        if language in texts:
            raise InvalidArgument(f"template.texts[{place}].language_code", f"{language} is there already")
        texts[language] = Text(text.subject, text.body)
    return texts
