"""Makes the AsyncAPI 3 document of our events out of topics.yaml and the protos."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

ROOT = Path(__file__).resolve().parent
IMAGE = ROOT.parent / "libs" / "api" / ".image.binpb"
PROTOBUF = "application/vnd.google.protobuf;version=3"
TEXT = {"type": "string", "minLength": 1}
# docs/internal-systems.md tells more of each.
HEADERS: dict[str, Any] = {
    "ce_specversion": {"type": "string", "const": "1.0"},
    "ce_id": TEXT,
    "ce_source": {"type": "string", "format": "uri-reference"},
    "ce_type": TEXT,
    "ce_subject": TEXT,
    "ce_time": {"type": "string", "format": "date-time"},
    "ce_sequence": {"type": "string", "pattern": "^[0-9]{19}$"},
    "ce_dataschema": {"type": "string", "format": "uri"},
    "ce_traceparent": {"type": "string"},
    "traceparent": {"type": "string"},
    "content-type": {"type": "string", "const": "application/protobuf"},
}
# docs/bank-guide.md tells what `data` holds.
BANK_EVENT: dict[str, Any] = {
    "name": "BankEvent",
    "summary": "A bank's event, or our reply to one: structured JSON, no headers.",
    "contentType": "application/cloudevents+json",
    "payload": {
        "type": "object",
        "properties": {"specversion": {"const": "1.0"}, "id": TEXT, "source": TEXT, "type": TEXT, "data": {}},
        "required": ["specversion", "id", "source", "type"],
    },
}
OPTIONAL = ("ce_traceparent", "traceparent")


def topics() -> Iterator[dict[str, Any]]:
    """What topics.yaml says, with its defaults; not the seals of the audit, which are no facts."""
    said = yaml.safe_load((ROOT / "topics.yaml").read_text())
    for topic in said["topics"]:
        if ".audit." not in topic["name"]:
            yield said["defaults"] | topic


def facts(files: FileDescriptorSet, package: str) -> dict[str, str]:
    """The facts that a package publishes with what is said of them: what no other message of its events is made of."""
    found: dict[str, str] = {}
    for file in files.file:
        if file.name == f"{package.replace('.', '/')}/events.proto":
            used = {field.type_name for message in file.message_type for field in message.field}
            told = comments(file)
            for message in file.message_type:
                if f".{package}.{message.name}" not in used:
                    found[message.name] = told.get(message.name, message.name)
    return found


def comments(file: FileDescriptorProto) -> dict[str, str]:
    """Of each message, on one line."""
    places = [place for place in file.source_code_info.location if len(place.path) == 2 and place.path[0] == 4]
    return {
        file.message_type[place.path[1]].name: " ".join(place.leading_comments.split())
        for place in places
        if place.leading_comments.strip()
    }


def channel(topic: dict[str, Any], messages: dict[str, str], key: str) -> dict[str, Any]:
    """One topic."""
    found: dict[str, Any] = {
        "address": topic["name"],
        "description": f"{topic['about']} Key: {topic['key']}.",
        "messages": {name: {"$ref": f"#/components/messages/{key}.{name}"} for name in messages},
        "bindings": {
            "kafka": {
                "partitions": topic["partitions"],
                "topicConfiguration": {"retention.ms": topic["retention_days"] * 86_400_000},
                "bindingVersion": "0.5.0",
            }
        },
    }
    if "{bank}" in topic["name"]:
        found["parameters"] = {"bank": {"description": "Id of the bank, as in banks/{bank}."}}
    return found


def operations(topic: dict[str, Any], key: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Who sends and who receives."""
    reference = {"$ref": f"#/channels/{key}"}
    yield (
        f"{topic['producer']}.send.{key}",
        {"action": "send", "channel": reference, "summary": f"{topic['producer']} publishes."},
    )
    for consumer in topic["consumers"]:
        yield (
            f"{consumer}.receive.{key}",
            {"action": "receive", "channel": reference, "summary": f"{consumer} reads."},
        )


def document(files: FileDescriptorSet) -> dict[str, Any]:
    """The whole document."""
    channels: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    doings: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    for topic in topics():
        key = topic["name"].replace("{bank}", "bank").replace(".", "_")
        package = topic["name"]
        told = facts(files, package)
        if "{bank}" in topic["name"]:
            messages[f"{key}.BankEvent"] = BANK_EVENT
            channels[key] = channel(topic, {"BankEvent": ""}, key)
        else:
            channels[key] = channel(topic, told, key)
        doings |= dict(operations(topic, key))
        if told:
            text = (ROOT / package.replace(".", "/") / "events.proto").read_text()
            schemas[key] = {"schemaFormat": PROTOBUF, "schema": text}
        for name, comment in told.items():
            messages[f"{key}.{name}"] = {
                "name": f"{package}.{name}",
                "summary": comment,
                "contentType": PROTOBUF,
                "traits": [{"$ref": "#/components/messageTraits/cloudEvent"}],
                "payload": {"$ref": f"#/components/schemas/{key}"},
            }
    required = [name for name in HEADERS if name not in OPTIONAL]
    headers = {"type": "object", "properties": HEADERS, "required": required}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Hearthline's events",
            "version": "1.0.0",
            "description": "CloudEvents 1.0: protobuf in binary mode; of banks structured JSON (docs/bank-guide.md).",
        },
        "defaultContentType": PROTOBUF,
        "channels": channels,
        "operations": doings,
        "components": {"schemas": schemas, "messages": messages, "messageTraits": {"cloudEvent": {"headers": headers}}},
    }


def main(target: Path) -> None:
    """Writes the document."""
    files = FileDescriptorSet.FromString(IMAGE.read_bytes())
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(yaml.safe_dump(document(files), sort_keys=False, allow_unicode=True, width=120))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
