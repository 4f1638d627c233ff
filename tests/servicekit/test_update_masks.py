"""What an Update changes: the fields of its mask, all with `*`, those that are filled in without one (AIP-134)."""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message_factory import GetMessageClass

from hearthline.workorders.v1.crews_pb2 import Crew, GetCrewRequest, UpdateCrewRequest
from hearthline_cli.laptop import SERVICES
from servicekit.errors import InvalidArgument
from servicekit.update_masks import mask_of
from servicekit.validation import validate
from tests.support.identities import answer
from tests.support.running import RunningService, Starter
from tests.workorders.calls import Desk

FIELDS = ("display_name", "skills", "shifts", "on_call", "max_load")


def update(*paths: str, **crew: Any) -> UpdateCrewRequest:
    return UpdateCrewRequest(crew=Crew(name="crews/crew-0", **crew), update_mask=FieldMask(paths=paths))


@pytest.mark.parametrize(
    ("request_", "fields"),
    [
        (update("max_load"), {"max_load"}),
        (update("max_load", "skills", "max_load"), {"max_load", "skills"}),
        (update("*"), {*FIELDS}),
        (update("*", max_load=3), {*FIELDS}),
        (update(max_load=3), {"max_load"}),
        (update(max_load=3, skills=["heat"], on_call=True), {"max_load", "skills", "on_call"}),
        (update(max_load=3, etag="x"), {"max_load"}),
        (update(max_load=3, on_call=False), {"max_load"}),
    ],
)
def test_a_mask_names_what_is_changed(request_: UpdateCrewRequest, fields: set[str]) -> None:
    assert mask_of(request_, FIELDS) == fields


REFUSED = {
    ("nowhere",): ["'nowhere' is no field of it and is not one of display_name, skills"],
    ("max_load", "nowhere", "update_time"): ["'nowhere' is no field", "'update_time' cannot be updated"],
    ("name",): ["'name' cannot be updated"],
    ("etag",): ["'etag' cannot be updated"],
    ("skills.0",): ["'skills.0' is a part of skills, which is changed as a whole: name skills"],
    ("crew.max_load",): ["'crew.max_load' is no field"],
    ("*", "max_load"): ["'*' stands for all fields, and so alone"],
    ("displayName",): ["'displayName' is no field"],
    ("",): ["'' is no field"],
    (): ["names nothing, and none of display_name, skills, shifts, on_call, max_load is filled in"],
}


@pytest.mark.parametrize(("paths", "rules"), REFUSED.items(), ids=str)
def test_paths_that_cannot_be_changed_are_all_named(paths: tuple[str, ...], rules: list[str]) -> None:
    with pytest.raises(InvalidArgument) as refused:
        mask_of(update(*paths), FIELDS)
    assert [field for field, _ in refused.value.violations] == ["update_mask"] * len(rules)
    for (_, said), rule in zip(refused.value.violations, rules, strict=True):
        assert rule in said


def test_without_a_mask_only_what_is_filled_in_is_judged() -> None:
    validate(update(max_load=3))
    with pytest.raises(InvalidArgument, match="max_load"):
        validate(update(max_load=1001))
    with pytest.raises(InvalidArgument, match=r"crew\.skills"):
        validate(update("*", max_load=3, display_name="x"))


def test_the_widest_mask_replaces_and_no_mask_changes_what_is_filled_in(start: Starter) -> None:
    desk = Desk(start, work=False)
    before = desk.crews.GetCrew(GetCrewRequest(name="crews/crew-0"))
    changed = desk.crews.UpdateCrew(update(max_load=before.max_load + 1))
    assert (changed.max_load, changed.display_name, changed.skills) == (6, before.display_name, before.skills)
    whole = update("*", display_name="Night", skills=["gas"], max_load=2)
    replaced = desk.crews.UpdateCrew(whole)
    assert (replaced.display_name, list(replaced.skills), list(replaced.shifts)) == ("Night", ["gas"], [])
    assert (replaced.on_call, replaced.create_time) == (False, before.create_time)


def updates() -> dict[str, Any]:
    """Every RPC with a mask, by its name."""
    files = [each for name in SERVICES for each in import_module(f"{name}.bootstrap").service().descriptors]
    methods = [method for file in files for each in file.services_by_name.values() for method in each.methods]
    masked = [method for method in methods if "update_mask" in method.input_type.fields_by_name]
    return {f"{m.containing_service.full_name}/{m.name}": m for m in masked}


@pytest.fixture(scope="module")
def started(start_once: Starter) -> Callable[[str], RunningService]:
    return cache(lambda service: start_once(import_module(f"{service}.bootstrap").service, work=False))


@pytest.mark.parametrize("name", updates())
def test_every_update_takes_the_widest_mask_and_names_an_unknown_path(
    started: Callable[[str], RunningService], name: str
) -> None:
    running = started(name.split(".")[1])
    call: Any = running.connect("staff/1007", ("agent", "supervisor", "system")).unary_unary(f"/{name}", None, None)
    request: Any = GetMessageClass(updates()[name].input_type)(update_mask=FieldMask(paths=["nowhere"]))
    (resource,) = [f for f in request.DESCRIPTOR.fields if f.message_type and f.name != "update_mask"]
    collection = f"{resource.message_type.name[:1].lower()}{resource.message_type.name[1:]}"
    getattr(request, resource.name).name = f"{collection if collection == 'premises' else collection + 's'}/unknown"
    with pytest.raises(grpc.RpcError) as refused:
        call(request.SerializeToString())
    assert (refused.value.code(), "update_mask: 'nowhere'" in (refused.value.details() or "")) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        True,
    )
    request.update_mask.paths[:] = ["*"]
    code, _ = answer(lambda: call(request.SerializeToString())) or (None, "")
    # What is missing then is told by its own field, or nobody knows the resource; the mask is right.
    assert code in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND)
    with pytest.raises(grpc.RpcError) as refused:
        call(request.SerializeToString())
    assert "update_mask" not in (refused.value.details() or "")
