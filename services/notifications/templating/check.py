"""Checks a draft so thoroughly that rendering it cannot fail any more (N2).

A template may hold text, variables, the filters `date` and `time`, and `if` with comparisons; what it compares and
filters is checked against the declared kinds. Loops, calls, attributes and imports are refused: a message needs
none of them, and without them nothing is left that could go wrong with values of the declared kinds.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC

import jinja2
from jinja2 import nodes

from notifications.domain.template import RECIPIENT_NAME, Template, Violation, declaration_faults
from notifications.domain.values import Kind
from notifications.templating.renderer import environment

_HARMLESS = (nodes.TemplateData, nodes.If, nodes.And, nodes.Or, nodes.Not, nodes.Operand)
_SHOWN = (nodes.TemplateData, nodes.Name, nodes.Filter, nodes.Const)
_DEEPEST = 20
_TOO_DEEP = f"is nested more than {_DEEPEST} deep"
_ORDERED = {"lt", "lteq", "gt", "gteq"}

Kinds = Mapping[str, Kind]


def faults(template: Template, supplied: Kinds | None) -> list[Violation]:
    """Every reason why this draft may not be published, as (field, rule); empty when it may."""
    found = declaration_faults(template, supplied)
    kinds = {variable.name: variable.kind for variable in template.variables} | {RECIPIENT_NAME: Kind.TEXT}
    for language, text in template.texts.items():
        field = f"texts[{language}]"
        used: set[str] = set()
        for part, source in (("subject", text.subject), ("body", text.body)):
            try:
                tree = environment(language, UTC).parse(source)
            except jinja2.TemplateSyntaxError as error:
                found.append((f"{field}.{part}", f"line {error.lineno}: {error.message}"))
                continue
            except RecursionError:
                found.append((f"{field}.{part}", _TOO_DEEP))
                continue
            names = {node.name for node in tree.find_all(nodes.Name)}
            used |= names
            found += [(f"{field}.{part}", f"variable {name!r} is not declared") for name in sorted(names - set(kinds))]
            found += [(f"{field}.{part}", rule) for rule in _refused(tree, kinds)]
        found += _unused(field, used, kinds)
    return found


def _unused(field: str, used: set[str], kinds: Kinds) -> Iterator[Violation]:
    """A fact that one language leaves out is a mistake of translation."""
    for name in kinds:
        if name not in used and name != RECIPIENT_NAME:
            yield f"{field}.body", f"variable {name!r} is declared and not used"


def _refused(tree: nodes.Template, kinds: Kinds) -> Iterator[str]:
    waiting: list[tuple[nodes.Node, int]] = [(child, 1) for child in tree.iter_child_nodes()]
    while waiting:
        node, depth = waiting.pop()
        if depth > _DEEPEST:
            yield _TOO_DEEP
            return
        if rule := _rule(node, kinds):
            yield f"line {node.lineno}: {rule}"
        waiting += [(child, depth + 1) for child in node.iter_child_nodes()]


def _rule(node: nodes.Node, kinds: Kinds) -> str:
    """What is wrong with one node itself; empty when nothing is."""
    match node:
        case nodes.Name():
            return "" if node.ctx == "load" else "a template sets no variables"
        case nodes.Const():
            return "" if type(node.value) in (str, int) else f"{node.value!r} is neither a text nor an integer"
        case nodes.Output():
            return "" if all(isinstance(n, _SHOWN) for n in node.nodes) else "only variables and constants are shown"
        case nodes.Filter():
            return _filter_rule(node, kinds)
        case nodes.Compare():
            return _comparison_rule(node, kinds)
        case _ if isinstance(node, _HARMLESS):
            return ""
        case _:
            return f"{type(node).__name__} has no place in a message"


def _filter_rule(node: nodes.Filter, kinds: Kinds) -> str:
    if node.name not in ("date", "time") or node.args or node.kwargs:
        return f"filter {node.name!r} is not one of date, time (without arguments)"
    inner = node.node
    if not isinstance(inner, nodes.Name):
        return f"filter {node.name!r} is for a variable"
    if kinds.get(inner.name, Kind.TIME) is not Kind.TIME:
        return f"filter {node.name!r} is for times, and {inner.name!r} is a {kinds[inner.name]}"
    return ""


def _comparison_rule(node: nodes.Compare, kinds: Kinds) -> str:
    if len(node.ops) != 1 or not isinstance(node.expr, nodes.Name) or not isinstance(node.ops[0].expr, nodes.Const):
        return "a comparison is of a variable with a constant"
    name, kind = node.expr.name, kinds.get(node.expr.name)
    constant, sign = node.ops[0].expr.value, node.ops[0].op
    if kind is Kind.INTEGER and type(constant) is int and (sign in _ORDERED or sign in ("eq", "ne")):
        return ""
    if kind is Kind.TEXT and type(constant) is str and sign in ("eq", "ne"):
        return ""
    return "" if kind is None else f"a {kind} cannot be compared so: {name!r} with {constant!r}"
