"""What must be right before a questionnaire is published; every fault is told with its field (V1)."""

from collections import Counter

from surveys.domain.questionnaire import Kind, Measure, Question, Questionnaire
from surveys.domain.text import Text

Violation = tuple[str, str]
Allowed = dict[str, frozenset[str]]

_ONCE = (Measure.OVERALL_SATISFACTION, Measure.RECOMMENDATION, Measure.COMPLAINT_WANTED, Measure.COMMENT)
_SHAPES = {
    Measure.OVERALL_SATISFACTION: (Kind.SCALE, 1, 5, "overall satisfaction is asked on a scale from 1 to 5"),
    Measure.RECOMMENDATION: (Kind.SCALE, 0, 10, "recommendation (NPS) is asked on a scale from 0 to 10"),
}


def violations(questionnaire: Questionnaire) -> list[Violation]:
    """Every reason why this draft may not be published, as (field, rule); empty when it may."""
    found = _languages("title", questionnaire.title)
    if not questionnaire.questions:
        found.append(("questions", "must hold at least one question"))
    found += _repeated([question.id for question in questionnaire.questions], "questions", "id")
    for place, question in enumerate(questionnaire.questions):
        found += _question(f"questions[{place}]", question)
    return found + _branching(questionnaire.questions) + _measures(questionnaire.questions)


def _question(field: str, question: Question) -> list[Violation]:
    found = _languages(f"{field}.text", question.text)
    for place, option in enumerate(question.options):
        found += _languages(f"{field}.options[{place}].label", option.label)
    match question.kind:
        case Kind.SCALE:
            if not 1 <= question.maximum - question.minimum <= 10:
                found.append((f"{field}.scale", "maximum must be 1 to 10 above minimum"))
        case Kind.SINGLE_CHOICE | Kind.MULTIPLE_CHOICE:
            if len(question.options) < 2:
                found.append((f"{field}.options", "must offer at least two options"))
            found += _repeated([option.id for option in question.options], f"{field}.options", "id")
        case Kind.TEXT:
            if question.max_length < 1:
                found.append((f"{field}.max_length", "must be at least 1 for a text question"))
    return found


def _languages(field: str, text: Text) -> list[Violation]:
    return [(f"{field}.{language}", f"is missing in language {language!r}") for language in text.missing_languages()]


def _repeated(ids: list[str], field: str, part: str) -> list[Violation]:
    first: dict[str, int] = {}
    found = []
    for place, identifier in enumerate(ids):
        if first.setdefault(identifier, place) != place:
            found.append(
                (f"{field}[{place}].{part}", f"{identifier!r} is used by {field}[{first[identifier]}] already")
            )
    return found


def _branching(questions: tuple[Question, ...]) -> list[Violation]:
    """Conditions look back to known questions and possible values, and every question can be reached."""
    found: list[Violation] = []
    needs: dict[str, Allowed] = {}
    by_id = {question.id: question for question in questions}
    for place, question in enumerate(questions):
        field = f"questions[{place}].show_when"
        wrong = _conditions(field, question, by_id, needs)
        allowed = _requirements(question, by_id, needs)
        if not wrong and not all(allowed.values()):
            wrong.append((field, f"question {question.id!r} can never be shown: its conditions exclude each other"))
        found += wrong
        needs.setdefault(question.id, allowed)
    return found


def _conditions(
    field: str, question: Question, by_id: dict[str, Question], seen: dict[str, Allowed]
) -> list[Violation]:
    found = []
    for place, condition in enumerate(question.show_when):
        at = f"{field}[{place}]"
        if condition.question not in by_id:
            found.append((f"{at}.question", f"there is no question {condition.question!r}"))
        elif condition.question not in seen:
            found.append(
                (f"{at}.question", f"{condition.question!r} is asked later: only earlier questions can decide")
            )
        elif by_id[condition.question].kind is Kind.TEXT:
            found.append((f"{at}.question", f"{condition.question!r} is a text: only scales and choices can decide"))
        elif not condition.any_of:
            found.append((f"{at}.any_of", f"question {question.id!r} can never be shown: no answer is named"))
        else:
            possible = by_id[condition.question].values()
            found += [
                (f"{at}.any_of[{index}]", f"{value!r} is no answer of question {condition.question!r}")
                for index, value in enumerate(condition.any_of)
                if value not in possible
            ]
    return found


def _requirements(question: Question, by_id: dict[str, Question], needs: dict[str, Allowed]) -> Allowed:
    """Which answers of earlier questions let this one be shown, through the whole chain; an empty set is a dead end.

    Scales and single choices have one answer, so that two conditions on them must overlap; several
    options of a multiple choice can be picked together, so that there they never exclude each other.
    """
    allowed: Allowed = {}
    for condition in question.show_when:
        parent = by_id.get(condition.question)
        if parent is None:
            continue
        inherited = needs.get(parent.id, {})
        single = {} if parent.kind is Kind.MULTIPLE_CHOICE else {parent.id: frozenset(condition.any_of)}
        for key, values in (*inherited.items(), *single.items()):
            allowed[key] = allowed[key] & values if key in allowed else values
    return allowed


def _measures(questions: tuple[Question, ...]) -> list[Violation]:
    found = [rule for place, question in enumerate(questions) for rule in _measure(f"questions[{place}]", question)]
    counts = Counter(question.measure for question in questions)
    if not counts[Measure.OVERALL_SATISFACTION]:
        found.append(("questions", "must ask for overall satisfaction once (MEASURE_OVERALL_SATISFACTION)"))
    found += [("questions", f"must not measure {measure} more than once") for measure in _ONCE if counts[measure] > 1]
    return found


def _measure(field: str, question: Question) -> list[Violation]:
    found = []
    measure = question.measure
    if measure in _SHAPES:
        kind, minimum, maximum, rule = _SHAPES[measure]
        if (question.kind, question.minimum, question.maximum) != (kind, minimum, maximum):
            found.append((f"{field}.scale", rule))
    if measure is Measure.OVERALL_SATISFACTION and (question.show_when or not question.required):
        found.append((field, "overall satisfaction must be required and shown to everybody"))
    if measure is Measure.SATISFACTION and not _scored(question):
        found.append(
            (field, "satisfaction needs a scale, or a single choice whose options carry satisfaction 0 to 100")
        )
    if measure is Measure.COMPLAINT_WANTED and (question.kind, set(question.values())) != (
        Kind.SINGLE_CHOICE,
        {"yes", "no"},
    ):
        found.append((f"{field}.options", "complaint wanted is a single choice of 'yes' and 'no'"))
    if measure is Measure.COMMENT and question.kind is not Kind.TEXT:
        found.append((field, "a comment is a text question"))
    return found


def _scored(question: Question) -> bool:
    if question.kind is Kind.SINGLE_CHOICE:
        return any(option.satisfaction >= 0 for option in question.options)
    return question.kind is Kind.SCALE
