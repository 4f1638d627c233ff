"""The zip of protos and the client's wheel, each used alone."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto, FileDescriptorSet
from protovalidate._gen.buf.validate import validate_pb

from tests.architecture.tree import LIBS

ROOT = LIBS.parent
VALIDATE = "buf/validate/validate.proto"


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("protos")
    run(sys.executable, ROOT / "proto" / "bundle.py", folder / "protos.zip", cwd=folder)
    with zipfile.ZipFile(folder / "protos.zip") as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


@pytest.fixture(scope="module")
def compiled(unpacked: Path) -> FileDescriptorSet:
    """By protoc with no include path but the folder itself."""
    names = [path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*.proto")]
    image = unpacked.parent / "image.binpb"
    protoc = [sys.executable, "-m", "grpc_tools.protoc", "-I", ".", f"--descriptor_set_out={image}"]
    run(*protoc, "--include_imports", *names, cwd=unpacked)
    return FileDescriptorSet.FromString(image.read_bytes())


def test_protoc_reads_all_of_the_zip(compiled: FileDescriptorSet) -> None:
    ours = {path.relative_to(ROOT / "proto").as_posix() for path in (ROOT / "proto").glob("hearthline/**/*.proto")}
    assert ours <= {file.name for file in compiled.file}


def test_buf_builds_the_zip_without_its_registry(unpacked: Path) -> None:
    run(Path(sys.executable).parent / "buf", "build", cwd=unpacked)


def bare(message: DescriptorProto) -> dict[str, object]:
    """What is on the wire of a message."""
    return {
        "fields": sorted((f.name, f.number, f.label, f.type, f.type_name) for f in message.field),
        "nested": {nested.name: bare(nested) for nested in message.nested_type},
        "ranges": [(span.start, span.end) for span in message.extension_range],
        "enums": {enum.name: [(value.name, value.number) for value in enum.value] for enum in message.enum_type},
    }


def test_the_rules_file_says_the_same_as_protovalidates_own(compiled: FileDescriptorSet) -> None:
    written = next(file for file in compiled.file if file.name == VALIDATE)
    own = FileDescriptorProto.FromString(validate_pb._DESC.proto.to_binary())
    assert {m.name: bare(m) for m in written.message_type} == {m.name: bare(m) for m in own.message_type}
    extensions = [[(e.name, e.number, e.extendee, e.type_name) for e in file.extension] for file in (written, own)]
    assert extensions[0] == extensions[1]
    assert [e.name for e in written.enum_type] == [e.name for e in own.enum_type]
