"""Questionnaires: drafts are edited, published versions never change (V1)."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from servicekit.errors import FailedPrecondition, InvalidArgument
from surveys.domain.text import Text


class Kind(StrEnum):
    """How a question is answered."""

    SCALE = "scale"
    SINGLE_CHOICE = "single_choice"
    MULTIPLE_CHOICE = "multiple_choice"
    TEXT = "text"


class Measure(StrEnum):
    """What an answer feeds besides itself."""

    NONE = "none"
    OVERALL_SATISFACTION = "overall_satisfaction"  # CSAT and the recovery rule
    RECOMMENDATION = "recommendation"  # NPS
    SATISFACTION = "satisfaction"  # a leaf of a factor tree (V4)
    COMPLAINT_WANTED = "complaint_wanted"  # V5
    COMMENT = "comment"


class State(StrEnum):
    """A published version never changes; the next version replaces it for new surveys."""

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to choose; `satisfaction` (0 to 100) makes it count for a factor, -1 for none."""

    id: str
    label: Text
    satisfaction: int = -1


@dataclass(frozen=True, slots=True)
class Condition:
    """Holds when the earlier question was answered with any of these values (option ids or scale points)."""

    question: str
    any_of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """One question; shown when all of its conditions hold."""

    id: str
    kind: Kind
    text: Text
    measure: Measure = Measure.NONE
    required: bool = False
    minimum: int = 0
    maximum: int = 0
    options: tuple[Option, ...] = ()
    max_length: int = 0
    show_when: tuple[Condition, ...] = ()

    def values(self) -> list[str]:
        """Every value a condition may ask for; none for a text."""
        if self.kind is Kind.SCALE:
            return [str(point) for point in range(self.minimum, self.maximum + 1)]
        return [option.id for option in self.options]


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """One version of a questionnaire; versions of the same `code` follow each other."""

    code: str
    version: int
    title: Text
    questions: tuple[Question, ...]
    state: State
    create_time: datetime
    update_time: datetime
    publish_time: datetime | None = None
    revision: int = 1

    @property
    def id(self) -> str:
        return f"{self.code}-v{self.version}"

    @property
    def name(self) -> str:
        return f"questionnaires/{self.id}"

    def question(self, question_id: str) -> Question | None:
        return next((question for question in self.questions if question.id == question_id), None)

    def measuring(self, measure: Measure) -> Question | None:
        """The first question with this measure."""
        return next((question for question in self.questions if question.measure is measure), None)

    def edit(self, title: Text, questions: tuple[Question, ...], now: datetime) -> "Questionnaire":
        """A draft with other words; FailedPrecondition once published (V1)."""
        self._require_draft()
        return replace(self, title=title, questions=questions, update_time=now, revision=self.revision + 1)

    def publish(self, violations: list[tuple[str, str]], now: datetime) -> "Questionnaire":
        """Fix this version for good; refused with every violation found (V1)."""
        self._require_draft()
        if violations:
            raise InvalidArgument.of(violations, reason="QUESTIONNAIRE_NOT_PUBLISHABLE")
        return replace(self, state=State.PUBLISHED, publish_time=now, update_time=now, revision=self.revision + 1)

    def _require_draft(self) -> None:
        if self.state is not State.DRAFT:
            raise FailedPrecondition(
                "QUESTIONNAIRE_PUBLISHED", self.name, "a published version never changes: create the next version"
            )
