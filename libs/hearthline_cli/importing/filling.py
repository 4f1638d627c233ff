"""From a row's texts to the fields of a message, by what the mapping says and the message's own types."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import TypeVar, cast

import protovalidate
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from hearthline_cli.importing.encodings import fitting_cell
from hearthline_cli.importing.mapping import Fields, Source, Value
from hearthline_cli.importing.moments import in_order, parsed
from hearthline_cli.importing.reading import RowError
from servicekit.ids import derived_id
from servicekit.times import to_timestamp

M = TypeVar("M", bound=Message)

_YES, _NO = {"true", "yes", "y", "1"}, {"false", "no", "n", "0", ""}
_ORDERED = (("report_time", "resolve_time"), ("start_time", "end_time"))
"""What begins and what ends the same, wherever a message has both."""
_WHOLE = {FieldDescriptor.TYPE_INT32, FieldDescriptor.TYPE_INT64}


def text_of(name: str, value: Value, row: Mapping[str, str], encoding: str = "") -> str:
    """The text that a field gets from a row; RowError for one that the mapping does not know or that is no text."""
    if value.constant:
        return value.constant
    parts = [row[column].strip() for column in value.reads]
    for column, part in zip(value.reads, parts, strict=True):
        _check_text(column, part, encoding)
    if value.as_id:
        return value.prefix + derived_id("\x1f".join(parts), "import") if any(parts) else value.default
    text = value.join.join(filter(None, parts))
    if value.values:
        found = value.values.get(text, value.default)
        if not found and text:
            raise RowError(name, "is not one of the mapping's values", text)
        return found
    return value.prefix + text if text else value.default


def fill(message: M, fields: Fields, row: Mapping[str, str], source: Source) -> M:
    """Sets the fields of a message that are named in `fields`, and checks what its proto asks; RowError."""
    descriptors = cast(Mapping[str, FieldDescriptor], message.DESCRIPTOR.fields_by_name)
    known = {name: value for name, value in fields.items() if name in descriptors}
    texts = {name: text_of(name, value, row, source.encoding) for name, value in known.items()}
    for name, text in texts.items():
        if text:
            _set(message, descriptors[name], text, source)
    for start, end in _ORDERED:
        if texts.get(start) and texts.get(end):
            first, last = in_order(_time(start, texts[start], source), _time(end, texts[end], source))
            getattr(message, start).CopyFrom(to_timestamp(first))
            getattr(message, end).CopyFrom(to_timestamp(last))
    check(message, texts)
    return message


def check(message: Message, texts: Mapping[str, str]) -> None:
    """The rules of the message's proto, those that every service holds all of its callers to."""
    for violation in protovalidate.collect_violations(message):
        place = violation.proto.field
        path = [element.field_name for element in place.elements] if place else ["row"]
        raise RowError(path[-1], violation.proto.message or violation.proto.rule_id, texts.get(path[-1], ""))


def _check_text(column: str, text: str, encoding: str) -> None:
    if "\0" in text:
        raise RowError(column, "must not contain the NUL character", text)
    if not text.isascii() and any("\ud800" <= c <= "\udfff" for c in text):
        other = fitting_cell(text, encoding) if encoding else ""
        advice = f"; it is in {other}, which source.encoding can name" if other else ""
        rule = f"is not text in the file's encoding, {encoding}{advice}"
        raise RowError(column, rule, text.encode(errors="backslashreplace").decode())


def _set(message: Message, field: FieldDescriptor, text: str, source: Source) -> None:
    if field.message_type is not None:
        getattr(message, field.name).CopyFrom(to_timestamp(_time(field.name, text, source)))
    elif field.enum_type is not None:
        values = _enum(field)
        if text.upper() not in values:
            raise RowError(field.name, f"must be one of {', '.join(sorted(values))}", text)
        setattr(message, field.name, values[text.upper()])
    elif field.type == FieldDescriptor.TYPE_BOOL:
        if text.lower() not in _YES | _NO:
            raise RowError(field.name, "must be yes or no", text)
        setattr(message, field.name, text.lower() in _YES)
    elif field.type == FieldDescriptor.TYPE_STRING:
        setattr(message, field.name, text)
    else:
        _set_number(message, field, text)


def _set_number(message: Message, field: FieldDescriptor, text: str) -> None:
    try:
        setattr(message, field.name, int(text) if field.type in _WHOLE else float(text))
    except ValueError as error:
        kind = "whole number" if field.type in _WHOLE else "number"
        raise RowError(field.name, f"must be a {kind} that is not too large", text) from error


@cache
def _enum(field: FieldDescriptor) -> Mapping[str, int]:
    """An enum's values by their names without the prefix: SMS for CHANNEL_SMS."""
    assert field.enum_type is not None
    prefix = field.enum_type.values_by_number[0].name.removesuffix("UNSPECIFIED")
    return {value.name.removeprefix(prefix): value.number for value in field.enum_type.values if value.number}


def _time(name: str, text: str, source: Source) -> datetime:
    found = parsed(text, source.time_formats)
    if found is None:
        raise RowError(name, f"is no time of the form {' or '.join(source.time_formats)}", text)
    return found if found.tzinfo else found.replace(tzinfo=source.time_zone)
