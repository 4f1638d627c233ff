"""Makes the zip of protos for programs in other languages: ours with all that they import, for protoc to read alone.

protovalidate ships no validate.proto, only its descriptor: what protoc needs of it is written out of that, with every
message, field and number, without the CEL expressions, which each language's protovalidate brings along itself.
"""

import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

from google.protobuf import descriptor_pb2
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
)
from protovalidate._gen.buf.validate import validate_pb

ROOT = Path(__file__).resolve().parent
SITE = Path(descriptor_pb2.__file__).parents[2]
LABELS = {FieldDescriptorProto.LABEL_REPEATED: "repeated ", FieldDescriptorProto.LABEL_REQUIRED: "required "}
README = """Protos of Hearthline with their imports. From this folder:
  protoc -I . --python_out=OUT $(find hearthline -name '*.proto')
  buf build
google/protobuf/*.proto come with protoc and with buf. buf/validate/validate.proto has no CEL expressions.
"""


def type_of(field: FieldDescriptorProto) -> str:
    """As it is written in a proto file."""
    if field.type_name:
        return field.type_name
    return FieldDescriptorProto.Type.Name(field.type).removeprefix("TYPE_").lower()


def field_lines(field: FieldDescriptorProto, label: str, indent: str) -> Iterator[str]:
    """One field."""
    yield f"{indent}{label}{type_of(field)} {field.name} = {field.number};"


def enum_lines(enum: EnumDescriptorProto, indent: str) -> Iterator[str]:
    """An enum with its numbers."""
    yield f"{indent}enum {enum.name} {{"
    aliased = len({value.number for value in enum.value}) < len(enum.value)
    if aliased:
        yield f"{indent}  option allow_alias = true;"
    for value in enum.value:
        yield f"{indent}  {value.name} = {value.number};"
    yield from reserved_lines(enum.reserved_range, enum.reserved_name, indent, last=0)
    yield f"{indent}}}"


def reserved_lines(ranges: object, names: object, indent: str, last: int) -> Iterator[str]:
    """Numbers and names that are not to be used again; `last` is 1 where ranges end before their end."""
    for span in ranges:  # type: ignore[attr-defined]
        yield f"{indent}  reserved {span.start} to {span.end - last};"
    for name in names:  # type: ignore[attr-defined]
        yield f'{indent}  reserved "{name}";'


def message_lines(message: DescriptorProto, proto2: bool, indent: str = "") -> Iterator[str]:
    """A message with all in it."""
    inner = indent + "  "
    yield f"{indent}message {message.name} {{"
    for enum in message.enum_type:
        yield from enum_lines(enum, inner)
    for nested in message.nested_type:
        yield from message_lines(nested, proto2, inner)
    for field in message.field:
        if not field.HasField("oneof_index"):
            label = LABELS.get(field.label, "optional " if proto2 else "")
            yield from field_lines(field, label, inner)
    for number, oneof in enumerate(message.oneof_decl):
        yield f"{inner}oneof {oneof.name} {{"
        for field in message.field:
            if field.HasField("oneof_index") and field.oneof_index == number:
                yield from field_lines(field, "", inner + "  ")
        yield f"{inner}}}"
    for span in message.extension_range:
        end = "max" if span.end == 536870912 else str(span.end - 1)
        yield f"{inner}extensions {span.start} to {end};"
    yield from reserved_lines(message.reserved_range, message.reserved_name, indent, last=1)
    yield f"{indent}}}"


def written(file: FileDescriptorProto) -> str:
    """A file as source."""
    syntax = file.syntax or "proto2"
    lines = [f'syntax = "{syntax}";', f"package {file.package};", *(f'import "{name}";' for name in file.dependency)]
    if file.options.go_package:
        lines.append(f'option go_package = "{file.options.go_package}";')
    lines += [
        f"option java_multiple_files = {str(file.options.java_multiple_files).lower()};",
        f'option java_outer_classname = "{file.options.java_outer_classname}";',
        f'option java_package = "{file.options.java_package}";',
    ]
    for enum in file.enum_type:
        lines += enum_lines(enum, "")
    for message in file.message_type:
        lines += message_lines(message, syntax == "proto2")
    for extension in file.extension:
        label = LABELS.get(extension.label, "optional ")
        lines += [f"extend {extension.extendee} {{", *field_lines(extension, label, "  "), "}"]
    return "\n".join(lines) + "\n"


def imports(text: str) -> Iterator[str]:
    """What a proto file imports."""
    for line in text.splitlines():
        if line.startswith("import "):
            yield line.split('"')[1]


def sources() -> dict[str, str]:
    """Every file of the zip by its name: ours, and all that they import but what protoc has."""
    found = {path.relative_to(ROOT).as_posix(): path.read_text() for path in sorted(ROOT.glob("hearthline/**/*.proto"))}
    waiting = [name for text in found.values() for name in imports(text)]
    while waiting:
        name = waiting.pop()
        if name in found or name.startswith("google/protobuf/"):
            continue
        if name == "buf/validate/validate.proto":
            text = written(FileDescriptorProto.FromString(validate_pb._DESC.proto.to_binary()))
        else:
            text = (SITE / name).read_text()
        found[name] = text
        waiting += imports(text)
    return found


def main(target: Path) -> None:
    """Writes the zip, the same bytes for the same protos."""
    target.parent.mkdir(parents=True, exist_ok=True)
    entries = {**sources(), "buf.yaml": "version: v2\n", "README": README}
    entries["topics.yaml"] = (ROOT / "topics.yaml").read_text()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in sorted(entries.items()):
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), text)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
