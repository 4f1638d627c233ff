"""What is wrong with a template is found when it is published (N2)."""

import string
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import notifications
from notifications.domain.channel import Language
from notifications.domain.notification import Message
from notifications.domain.occasions import SUPPLIED
from notifications.domain.template import Template, TemplateState, Text, Variable
from notifications.domain.values import Kind, Link, Money, Term, Value
from notifications.templating.check import faults
from notifications.templating.renderer import Renderer
from notifications.templating.wording import terms
from servicekit.errors import FailedPrecondition, InvalidArgument
from tests.notifications.builders import NOW, template

RENDERER = Renderer("Asia/Shanghai")
VALUES = {
    Kind.TEXT: st.text(max_size=50),
    Kind.INTEGER: st.integers(-(2**63), 2**63 - 1),
    Kind.TIME: st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1), timezones=st.just(UTC)),
    Kind.MONEY: st.builds(Money, st.integers(-(2**63), 2**63 - 1), st.sampled_from(["CNY", "JPY", "KWD", "XXX"])),
    Kind.TERM: st.builds(Term, st.sampled_from(["heat", "no_heat", "", "unheard_of"])),
    Kind.LINK: st.builds(Link, st.just("https://example.com/x")),
}


def shipped() -> list[Template]:
    releases = sorted((Path(notifications.__path__[0]) / "defaults").glob("release_*.yaml"))
    data = [each for release in releases for each in yaml.safe_load(release.read_text("utf-8"))]
    return [
        Template(
            each["code"],
            1,
            tuple(Variable(name, Kind(kind)) for name, kind in each["variables"].items()),
            {Language(language): Text(**text) for language, text in each["texts"].items()},
            TemplateState.DRAFT,
            NOW,
            NOW,
        )
        for each in data
    ]


def rules(made: Template, supplied=None) -> str:
    return "\n".join(f"{field}: {rule}" for field, rule in faults(made, supplied))


@pytest.mark.parametrize("made", shipped(), ids=lambda t: t.code)
def test_shipped_templates_can_be_published(made):
    assert faults(made, SUPPLIED[made.code]) == []


def test_every_event_has_its_template():
    assert {made.code for made in shipped()} == set(SUPPLIED)


@pytest.mark.parametrize("made", shipped(), ids=lambda t: t.code)
@given(data=st.data())
def test_shipped_templates_render_whatever_the_event_holds(made, data):
    values = {v.name: data.draw(VALUES[v.kind]) for v in made.variables}
    for language in Language:
        message = RENDERER.render(made, language, values, "李雷")
        assert message.body
        assert "\n" not in message.subject


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("{{ name }", "line 1: unexpected '}'"),
        ("{{ nmae }} {{ name }}", "variable 'nmae' is not declared"),
        ("hello", "variable 'name' is declared and not used"),
        ("", "is missing in language zh-CN"),
        ("{{ name | date }}", "filter 'date' is for times, and 'name' is a text"),
        ("{{ name | upper }}", "filter 'upper' is not one of"),
        ("{{ name.__class__ }}", "Getattr has no place in a message"),
        ("{{ name() }}", "Call has no place in a message"),
        ("{% for c in name %}{{ c }}{% endfor %}", "For has no place in a message"),
        ("{% include 'x' %}{{ name }}", "Include has no place in a message"),
        ("{% set name = 1 %}{{ name }}", "Assign has no place in a message"),
        ("{% if name > 3 %}{{ name }}{% endif %}", "a text cannot be compared so"),
        ("{{ name * 100000 }}", "only variables and constants are shown"),
        ("{{ " + "(" * 1500 + "name" + ")" * 1500 + " }}", "is nested more than 20 deep"),
        ("{% if name %}" * 101 + "{{ name }}" + "{% endif %}" * 101, "is nested more than 20 deep"),
    ],
)
def test_faults_are_found(body, fault):
    found = rules(template({"name": Kind.TEXT}, zh=body, en="{{ name }}"))
    assert fault in found
    assert "texts[zh-CN]" in found


def test_missing_language_is_a_fault():
    made = template({}, "x", "y")
    only_chinese = Template(**{**{f: getattr(made, f) for f in made.__slots__}, "texts": {Language.ZH: Text("a", "b")}})
    assert "texts[en].body: is missing in language en" in rules(only_chinese)


def test_template_of_an_event_uses_only_what_the_event_gives():
    found = rules(template({"weather": Kind.TEXT}, "{{ weather }}", "{{ weather }}"), SUPPLIED["ticket-received"])
    assert "variables[0]: the event behind 'note' gives only" in found


def test_recipient_name_is_always_there_and_not_declared():
    assert rules(template({}, "{{ recipient_name }}", "{{ recipient_name }}")) == ""
    assert "is declared already" in rules(template({"recipient_name": Kind.TEXT}, "x", "y"))


names = st.sampled_from(["count", "note", "at", "recipient_name"])
KINDS = {"count": Kind.INTEGER, "note": Kind.TEXT, "at": Kind.TIME}
pieces = st.one_of(
    st.text(string.ascii_letters + "，。{ }%|", max_size=8),
    names.map(lambda n: f"{{{{ {n} }}}}"),
    st.tuples(names, st.sampled_from(["date", "time", "upper"])).map(lambda p: f"{{{{ {p[0]} | {p[1]} }}}}"),
    st.tuples(names, st.sampled_from(["==", ">", "!="]), st.sampled_from(['"a"', "3", "none"])).map(
        lambda p: f"{{% if {p[0]} {p[1]} {p[2]} %}}x{{% else %}}{{{{ {p[0]} }}}}{{% endif %}}"
    ),
)


@given(st.lists(pieces, min_size=1, max_size=6).map("".join), st.data())
def test_what_can_be_published_can_be_rendered(body, data):
    """The promise of publishing: no values of the declared kinds make rendering fail."""
    source = "{{ count }}{{ note }}{{ at }}" + body
    made = template(KINDS, source, source)
    values: dict[str, Value] = {name: data.draw(VALUES[kind]) for name, kind in KINDS.items()}
    if not faults(made, None):
        RENDERER.render(made, Language.ZH, values, "a")
        RENDERER.render(made, Language.EN, values, "a")


def test_values_are_worded_by_language_and_time_zone():
    kinds = {"at": Kind.TIME, "paid": Kind.MONEY, "what": Kind.TERM}
    source = "{{ at }}|{{ at | time }}|{{ paid }}|{{ what }}"
    made = template(kinds, source, source)
    values: dict[str, Value] = {"at": NOW, "paid": Money(-123456, "CNY"), "what": Term("no_heat")}
    assert RENDERER.render(made, Language.ZH, values, "").body == "2026年1月15日 09:00|09:00|-¥1,234.56|不热"
    assert RENDERER.render(made, Language.EN, values, "").body == "15 Jan 2026, 09:00|09:00|-CN¥1,234.56|no heat"


def test_text_is_plain_and_not_a_template_itself():
    made = template({"note": Kind.TEXT}, "{{ note }}", "{{ note }}", subject="{{ note }}")
    message = RENDERER.render(made, Language.ZH, {"note": "a<b> {{ 7*7 }}\r\nBcc: x@y"}, "")
    assert message == Message("a<b> {{ 7*7 }} Bcc: x@y", "a<b> {{ 7*7 }}\r\nBcc: x@y")


def test_every_term_has_words_in_both_languages():
    assert all(word for words in terms().values() for word in words.values())
    assert len({frozenset(words) for words in terms().values()}) == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "values.name"),
        ({"name": "x", "other": "y"}, "values.other"),
        ({"name": 3}, "values.name"),
    ],
)
def test_values_must_be_those_declared(values, field):
    with pytest.raises(InvalidArgument) as caught:
        template({"name": Kind.TEXT}, "{{ name }}", "{{ name }}").check_values(values)
    assert caught.value.violations[0][0] == field


def test_published_version_never_changes():
    published = template({}, "x", "y").publish([], NOW)
    with pytest.raises(FailedPrecondition):
        published.edit((), {}, NOW + timedelta(1))
    with pytest.raises(FailedPrecondition):
        published.publish([], NOW)


def test_a_message_has_an_end_however_often_a_value_stands_in_it():
    body = "{{ word }}" * 400
    made = template({"word": Kind.TEXT}, body, body)
    assert len(RENDERER.render(made, Language.EN, {"word": "x" * 40}, "").body) == 16_000
    with pytest.raises(InvalidArgument, match="values: make a message of more than 20000 characters"):
        RENDERER.render(made, Language.EN, {"word": "x" * 2000}, "")


@pytest.mark.parametrize(
    "body",
    [
        "{% for x in word %}{{ x }}{% endfor %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{{ word.__class__ }}",
        "{{ word['__class__'] }}",
        "{{ word | attr('__class__') }}",
        "{{ 'x' * 1000000000 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{% set word = word ~ word %}{{ word }}",
        "{% include 'secrets' %}",
    ],
)
def test_a_template_neither_goes_on_for_ever_nor_reaches_into_values(body):
    made = template({"word": Kind.TEXT}, body + "{{ word }}", body + "{{ word }}")
    assert "body: line 1: " in rules(made)
