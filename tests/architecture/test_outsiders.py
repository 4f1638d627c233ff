"""What programs in other languages and the edge read out of our protos: HTTP rules, packages, resources, comments."""

import re
from collections.abc import Iterator
from functools import cache

import pytest
from google.api import annotations_pb2, field_behavior_pb2, field_info_pb2, resource_pb2
from google.api.http_pb2 import HttpRule
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from tests.architecture.test_protos import files, methods
from tests.architecture.tree import LIBS

VERBS = ("get", "post", "patch", "delete", "put")
VARIABLE = re.compile(r"\{([a-z_.]+)=([^}]+)\}")
PATH = re.compile(r"/v1/(\{[a-z_.]+=[A-Za-z]+/\*\}(/[A-Za-z]+)?|[A-Za-z]+)(:[a-z][A-Za-z]*)?")


@cache
def image() -> FileDescriptorSet:
    """The protos with their comments."""
    return FileDescriptorSet.FromString((LIBS / "api" / ".image.binpb").read_bytes())


def bindings(method: MethodDescriptor) -> Iterator[tuple[str, str, str]]:
    """Verb, path and body of every way to call it."""
    rule: HttpRule = method.GetOptions().Extensions[annotations_pb2.http]
    for one in (rule, *rule.additional_bindings):
        verb = one.WhichOneof("pattern") or ""
        yield verb, getattr(one, verb) if verb else "", one.body


def found(message: Descriptor, path: str) -> FieldDescriptor | None:
    """The field at a dotted path."""
    place: Descriptor | None = message
    field: FieldDescriptor | None = None
    for part in path.split("."):
        field = place.fields_by_name.get(part) if place else None
        place = field.message_type if field else None
    return field


def fits_query(field: FieldDescriptor) -> bool:
    """Numbers, texts, enums and well-known types do, and lists of these; messages of our own and maps do not."""
    message = field.message_type
    return message is None or (not field.is_repeated and message.full_name.startswith("google.protobuf."))


def faults(method: MethodDescriptor) -> Iterator[str]:
    request = method.input_type
    for verb, path, body in bindings(method):
        if verb not in VERBS or not PATH.fullmatch(path):
            yield f"no rule, or not of our form: {verb} {path}"
        bound = {name for name, _ in VARIABLE.findall(path)}
        yield from (
            f"{name} is no text"
            for name in bound
            if (field := found(request, name)) is None or field.type != FieldDescriptor.TYPE_STRING
        )
        if verb in ("get", "delete") and body:
            yield "a body where none is read"
        if verb in ("post", "patch") and not body:
            yield "no body"
        if body not in ("", "*") and found(request, body) is None:
            yield f"no field {body}"
        if verb == "patch" and {name.split(".")[0] for name in bound} != {body}:
            yield "the resource is not the body"
        if body != "*":
            left = [field for field in request.fields if field.name not in bound | {body}]
            yield from (f"{field.name} fits no query" for field in left if not fits_query(field))


@pytest.mark.parametrize("method", list(methods()), ids=lambda method: method.full_name.removeprefix("hearthline."))
def test_every_call_has_an_http_rule_that_can_be_bound(method: MethodDescriptor) -> None:
    """AIP-127."""
    assert list(faults(method)) == []


def test_no_two_calls_share_verb_and_path() -> None:
    """Over all services, for one edge may stand before them all; the name of a variable tells nothing apart."""
    taken: dict[tuple[str, str], str] = {}
    twice = []
    for method in methods():
        for verb, path, _ in bindings(method):
            key = verb, VARIABLE.sub(r"\2", path)
            if taken.setdefault(key, method.full_name) != method.full_name:
                twice.append((key, method.full_name, taken[key]))
    assert twice == []


def test_reads_of_the_standard_kinds_are_gets_and_updates_are_patches() -> None:
    wrong = [
        method.full_name
        for method in methods()
        for verb, _, _ in bindings(method)
        if (method.name.startswith("Update")) != (verb == "patch")
        or (method.name.startswith("List") and verb != "get")
        or (verb == "get" and "request_id" in method.input_type.fields_by_name)
    ]
    assert wrong == []


def test_every_file_names_its_packages_for_java_and_go() -> None:
    wrong = []
    outer: set[tuple[str, str]] = set()
    for file in files():
        options = file.GetOptions()
        area = file.package.split(".")[1]
        name = options.java_package, options.java_outer_classname
        good = (
            options.go_package == f"hearthline.internal/api/{area}/v1;{area}v1"
            and options.java_package == file.package
            and options.java_multiple_files
            and options.java_outer_classname.endswith("Proto")
            and name not in outer
        )
        outer.add(name)
        if not good:
            wrong.append(file.name)
    assert wrong == []


def test_every_service_and_call_has_a_comment() -> None:
    bare = []
    for file in (file for file in image().file if file.name.startswith("hearthline/")):
        told = {tuple(place.path) for place in file.source_code_info.location if place.leading_comments.strip()}
        for number, service in enumerate(file.service):
            bare += [service.name] if (6, number) not in told else []
            bare += [
                f"{service.name}.{call.name}"
                for position, call in enumerate(service.method)
                if (6, number, 2, position) not in told
            ]
    assert bare == []


def messages() -> Iterator[Descriptor]:
    for file in files():
        yield from file.message_types_by_name.values()


def resources() -> dict[str, str]:
    """Types of resources with their messages' names."""
    said = ((message, message.GetOptions().Extensions[resource_pb2.resource]) for message in messages())
    return {option.type: message.full_name for message, option in said if option.type}


def test_what_is_got_by_name_is_a_resource() -> None:
    got = {m.output_type.full_name for m in methods() if m.name == f"Get{m.output_type.name}"}
    got = {name for name in got if not name.endswith(("Statistics", "Totals", "Balance", "Progress", "Performance"))}
    named = {m.output_type.full_name for m in methods() if "name" in m.output_type.fields_by_name}
    assert sorted((got & named) - set(resources().values())) == []


def test_patterns_are_where_http_looks_for_resources() -> None:
    patterns = {
        pattern.split("/")[0]
        for message in messages()
        for pattern in message.GetOptions().Extensions[resource_pb2.resource].pattern
    }
    asked = {
        kind.split("/")[0]
        for method in methods()
        for _, path, _ in bindings(method)
        for _, kind in VARIABLE.findall(path)
    }
    assert sorted(asked - patterns - {"ledgerAccounts"}) == []


def test_names_and_parents_in_requests_say_of_what() -> None:
    known = {*resources(), "*"}
    dumb = [
        field.full_name
        for method in methods()
        for field in method.input_type.fields
        if field.name in ("name", "parent")
        if method.input_type.name.endswith("Request")
        if field.GetOptions().Extensions[resource_pb2.resource_reference].type not in known
    ]
    assert dumb == []


def test_request_ids_are_said_to_be_uuids() -> None:
    wrong = [
        field.full_name
        for message in messages()
        if (field := message.fields_by_name.get("request_id")) and message.name.endswith("Request")
        if field.GetOptions().Extensions[field_info_pb2.field_info].format != field_info_pb2.FieldInfo.UUID4
    ]
    assert wrong == []


def test_states_are_said_to_be_given_out_only() -> None:
    wrong = [
        field.full_name
        for message in messages()
        if message.GetOptions().Extensions[resource_pb2.resource].type
        if (field := message.fields_by_name.get("state")) and field.enum_type is not None
        if field_behavior_pb2.OUTPUT_ONLY not in field.GetOptions().Extensions[field_behavior_pb2.field_behavior]
    ]
    assert wrong == []
