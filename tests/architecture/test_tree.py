"""What may be in the repository."""

import re
import subprocess

from tests.architecture.tree import ROOT, services, short, tracked

SERVICES = ["billing", "complaints", "customers", "notifications", "surveys", "workorders"]
ROOMS = ["__init__.py", "__main__.py", "bootstrap.py", "settings.py", "domain", "handlers", "events.py", "migrations"]
# Absolute homes of one machine, and where packages come from: neither holds elsewhere.
MACHINE = re.compile(r"(?<![\w.])/(?:work|root|home/\w+)/|(?:index-url|find-links|registry)[ =:]+\S*://")
GENERATED = re.compile(r"_pb2(_grpc)?\.pyi?$")


def test_the_six_services_are_there_with_the_same_rooms() -> None:
    missing = [
        f"{name}/{room}" for name in SERVICES for room in ROOMS if not (ROOT / "services" / name / room).exists()
    ]
    assert (services(), missing) == (SERVICES, [])


def test_no_tracked_file_names_a_machine() -> None:
    named = []
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        named += [f"{short(path)}: {hit.group()}" for hit in MACHINE.finditer(text) if short(path) != short_of_this()]
    assert named == []


def short_of_this() -> str:
    return "tests/architecture/test_tree.py"


def test_nothing_generated_is_tracked() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert [line for line in listed.splitlines() if GENERATED.search(line)] == []


def test_lock_pins_every_package_with_hashes_and_names_no_host() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    entries = re.findall(r"^(\S+)==\S+(.*(?:\n {4}.*)*)", lock, flags=re.MULTILINE)
    assert len(entries) > 50
    assert [name for name, rest in entries if "--hash=sha256:" not in rest] == []
    assert "://" not in lock
