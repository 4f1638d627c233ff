"""Making, editing and publishing questionnaires (V1)."""

from dataclasses import dataclass

from servicekit.etags import check_etag
from servicekit.uow import UnitOfWork
from surveys.domain.publishing import violations
from surveys.domain.questionnaire import Question, Questionnaire, State
from surveys.domain.text import Text
from surveys.store.questionnaires import add_questionnaire, get_questionnaire, last_number, save_questionnaire


@dataclass(frozen=True, slots=True)
class CreateQuestionnaire:
    """The next version of a code, as a draft."""

    code: str
    title: Text
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class UpdateQuestionnaire:
    """Other words for a draft; None leaves a part as it is."""

    id: str
    etag: str
    title: Text | None
    questions: tuple[Question, ...] | None


@dataclass(frozen=True, slots=True)
class PublishQuestionnaire:
    """Fix a draft for good."""

    id: str
    etag: str


def create_questionnaire(uow: UnitOfWork, command: CreateQuestionnaire) -> Questionnaire:
    draft = Questionnaire(
        code=command.code,
        version=last_number(uow, command.code) + 1,
        title=command.title,
        questions=command.questions,
        state=State.DRAFT,
        create_time=uow.now,
        update_time=uow.now,
    )
    add_questionnaire(uow, draft)
    return _commit(uow, draft)


def update_questionnaire(uow: UnitOfWork, command: UpdateQuestionnaire) -> Questionnaire:
    draft = get_questionnaire(uow, command.id)
    check_etag(draft.name, command.etag, draft.revision)
    title = draft.title if command.title is None else command.title
    questions = draft.questions if command.questions is None else command.questions
    edited = draft.edit(title, questions, uow.now)
    save_questionnaire(uow, edited)
    return _commit(uow, edited)


def publish_questionnaire(uow: UnitOfWork, command: PublishQuestionnaire) -> Questionnaire:
    draft = get_questionnaire(uow, command.id)
    check_etag(draft.name, command.etag, draft.revision)
    published = draft.publish(violations(draft), uow.now)
    save_questionnaire(uow, published)
    return _commit(uow, published)


def _commit(uow: UnitOfWork, questionnaire: Questionnaire) -> Questionnaire:
    uow.audit(questionnaire.name)
    return uow.commit(questionnaire)
