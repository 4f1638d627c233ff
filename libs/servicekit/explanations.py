"""Why a list is not filtered or sorted by a field that its resources have."""

from typing import Any

from google.protobuf.descriptor import Descriptor

from hearthline.options.v1 import personal_pb2


def explained(request: Any, name: str) -> str:
    """What to say of a field that a list does not go by; empty for what is no field of its resource."""
    resource = _listed(getattr(request, "DESCRIPTOR", None))
    found = resource.fields_by_name.get(name.partition(".")[0]) if resource else None
    if resource is None or found is None:
        return ""
    kind = found.GetOptions().Extensions[personal_pb2.personal]
    if kind not in (personal_pb2.PERSONAL_UNSPECIFIED, personal_pb2.PERSONAL_NONE):
        return f"{name!r} is personal and stored encrypted, so that no list goes by it, and"
    if found.message_type is not None and "." in name:
        return f"{name!r} is a part of {found.name} that this list does not go by, and"
    return f"{name!r} is a field of {resource.name} that this list does not go by, and"


def _listed(request: Descriptor | None) -> Descriptor | None:
    """The resource that a List or Search request asks for, by AIP-132's naming of its response."""
    if request is None:
        return None
    response = f"{request.full_name.removesuffix('Request')}Response"
    try:
        fields = request.file.pool.FindMessageTypeByName(response).fields
    except KeyError:
        return None
    return next((field.message_type for field in fields if field.is_repeated and field.message_type), None)
