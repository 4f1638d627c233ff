"""Generates libs/api from proto/: messages, services and their types; and the image that buf reads.

protovalidate ships no validate.proto, only its descriptor inside a generated module, so the rules' file is
handed to protoc as a descriptor set instead of as source (docs/adr/0003-proto-toolchain.md).
"""

import os
import sys
import tempfile
from importlib import resources
from pathlib import Path

from google.protobuf import descriptor_pb2, duration_pb2, field_mask_pb2, timestamp_pb2
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from grpc_tools import protoc
from protovalidate._gen.buf.validate import validate_pb

ROOT = Path(__file__).resolve().parent
API = ROOT.parent / "libs" / "api"
# What buf reads, and written last: make takes it as the sign that the stubs are made.
IMAGE = API / ".image.binpb"
VALIDATE = "buf/validate/validate.proto"
WELL_KNOWN = (descriptor_pb2, duration_pb2, field_mask_pb2, timestamp_pb2)


def rules() -> FileDescriptorSet:
    """The protovalidate rules' file with its imports, imports first."""
    files = FileDescriptorSet()
    for module in WELL_KNOWN:
        files.file.append(FileDescriptorProto.FromString(module.DESCRIPTOR.serialized_pb))
    files.file.append(FileDescriptorProto.FromString(validate_pb._DESC.proto.to_binary()))
    return files


def run(*arguments: str) -> None:
    """Runs protoc; ends the program with its exit code when it fails."""
    code = protoc.main(["protoc", *arguments])
    if code:
        sys.exit(code)


def generate(target: Path, rules_file: Path, sources: list[str], image: Path) -> None:
    """Writes stubs for the sources and for the rules they use into target, and the image."""
    well_known = resources.files("grpc_tools") / "_proto"
    google = Path(descriptor_pb2.__file__).parents[1]
    reading = [f"--descriptor_set_in={rules_file}", f"-I{ROOT}", f"-I{well_known}", f"-I{google.parent}"]
    run(
        *reading,
        f"--python_out={target}",
        f"--grpc_python_out={target}",
        f"--mypy_out=quiet:{target}",
        f"--mypy_grpc_out=quiet:{target}",
        *sources,
        VALIDATE,
    )
    run(*reading, f"--descriptor_set_out={image}", "--include_imports", "--include_source_info", *sources)


def drop_serviceless(target: Path) -> None:
    """Removes the service stubs of files that declare no service."""
    for stub in target.rglob("*_pb2_grpc.py"):
        if "Servicer" not in stub.read_text():
            stub.unlink()
            stub.with_suffix(".pyi").unlink()


def publish(fresh: Path) -> None:
    """Makes libs/api equal to the fresh directory file by file, so that nobody importing meanwhile finds a gap."""
    made = {path.relative_to(fresh) for path in fresh.rglob("*.py*")}
    for relative in made:
        target = API / relative
        content = (fresh / relative).read_bytes()
        if not target.exists() or target.read_bytes() != content:
            target.parent.mkdir(parents=True, exist_ok=True)
            part = target.with_suffix(f"{target.suffix}.{os.getpid()}")
            part.write_bytes(content)
            part.replace(target)
    for old in API.rglob("*_pb2*.py*"):
        if "__pycache__" not in old.parts and old.relative_to(API) not in made:
            old.unlink()


def main() -> None:
    """Generates into a scratch directory first: a failure leaves the old stubs whole."""
    sources = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("hearthline/**/*.proto"))
    with tempfile.TemporaryDirectory() as scratch:
        rules_file = Path(scratch) / "rules.binpb"
        rules_file.write_bytes(rules().SerializeToString())
        fresh = Path(scratch) / "api"
        fresh.mkdir()
        image = Path(scratch) / "image.binpb"
        generate(fresh, rules_file, sources, image)
        drop_serviceless(fresh)
        publish(fresh)
        IMAGE.write_bytes(image.read_bytes())


if __name__ == "__main__":
    main()
