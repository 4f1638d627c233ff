"""What the import contracts in pyproject.toml cannot say: lists of what is allowed."""

import sys

import pytest

from tests.architecture.tree import SERVICES, imports, services, short

# The parts of servicekit that do no I/O and know no clock.
PURE = ("servicekit.errors", "servicekit.calendar", "servicekit.phrases")
# I/O and chance, though the standard library has them.
IMPURE = {
    "asyncio",
    "random",
    "secrets",
    "socket",
    "sqlite3",
    "subprocess",
    "threading",
    "time",
    "urllib",
    "http",
    "os",
}


def allowed_in_domain(service: str, name: str) -> bool:
    root = name.partition(".")[0]
    own = (f"{service}.domain", *PURE)
    return any(name == part or name.startswith(f"{part}.") for part in own) or (
        root in sys.stdlib_module_names and root not in IMPURE
    )


@pytest.mark.parametrize("service", services())
def test_domain_is_pure(service: str) -> None:
    """Standard library, its own rules and servicekit's pure parts: nothing else."""
    foreign = {
        f"{short(path)} imports {name}"
        for path in (SERVICES / service / "domain").glob("**/*.py")
        for name in imports(path)
        if not allowed_in_domain(service, name)
    }
    assert foreign == set()


@pytest.mark.parametrize("service", services())
def test_domain_reads_no_clock(service: str) -> None:
    """The time is passed in, so that a season can be simulated in seconds."""
    readings = ("datetime.now(", "datetime.utcnow(", "date.today(", "datetime.today(")
    found = {
        short(path): reading
        for path in (SERVICES / service).glob("**/*.py")
        for reading in readings
        if reading in path.read_text()
    }
    assert found == {}


@pytest.mark.parametrize("service", services())
def test_service_uses_no_other_service(service: str) -> None:
    others = set(services()) - {service}
    crossing = {
        f"{short(path)} imports {name}"
        for path in (SERVICES / service).glob("**/*.py")
        for name in imports(path)
        if name.partition(".")[0] in others
    }
    assert crossing == set()
