"""Files and functions stay small enough to be read at once."""

from tests.architecture.tree import SERVICES, body_length, functions, length, short, sources

FILE_LINES = 250
# Their state machines are read as one, and a free function beside an aggregate would be worse than a longer file.
AGGREGATES = {"services/complaints/domain/complaint.py"}
FUNCTION_LINES = 45
SERVICER_METHOD_LINES = 12


def test_no_file_is_longer_than_250_lines() -> None:
    long = {short(path) for path in sources() if len(path.read_text().splitlines()) > FILE_LINES}
    assert long - AGGREGATES == set()


def test_no_function_is_longer_than_45_lines() -> None:
    long = {
        f"{short(path)}:{function.name}": length(function)
        for path in sources()
        if "migrations" not in path.parts  # tables are lists of columns, however many
        for function in functions(path)
        if length(function) > FUNCTION_LINES
    }
    assert long == {}


def test_servicer_methods_only_translate() -> None:
    long = {
        f"{short(path)}:{function.name}": body_length(function)
        for path in sources()
        if path.is_relative_to(SERVICES) and ("api" in path.parts or path.stem.startswith("api"))
        for function in functions(path)
        if function.name[0].isupper() and body_length(function) > SERVICER_METHOD_LINES
    }
    assert long == {}


def test_main_modules_only_start_the_service() -> None:
    long = {short(path): path for path in SERVICES.glob("*/__main__.py") if len(path.read_text().splitlines()) > 20}
    assert long == {}
