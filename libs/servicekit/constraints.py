"""What the database's constraints refuse, in a caller's words: never the name of an index or a column (P1)."""

import re

import psycopg

from servicekit.errors import AlreadyExists, DomainError, FailedPrecondition, InvalidArgument

_KEY = re.compile(r"Key \((?P<columns>.*?)\)=\((?P<values>.*)\) ")
_OTHER = re.compile(r'in table "(?P<table>\w+)"')
_NAMES = re.compile(r"\w+(?:, \w+)*\Z")


def refusal(error: psycopg.Error) -> DomainError | None:
    """The error of a broken constraint, or of a value that no column holds; None for any other."""
    table, detail = error.diag.table_name or "", error.diag.message_detail or ""
    found = _KEY.match(detail)
    match error:
        case psycopg.errors.UniqueViolation():
            return _taken(table, found)
        case psycopg.errors.ExclusionViolation():
            return FailedPrecondition("OVERLAPS", collection(table), "another one that stands overlaps with it")
        case psycopg.errors.ForeignKeyViolation():
            other = _OTHER.search(detail)
            missing = f"{collection(other['table'])}/{found['values']}" if found and other else collection(table)
            return FailedPrecondition("REFERENCE_MISSING", missing, "does not exist, or is still referred to")
        case psycopg.DataError():
            # What the protos cannot rule out, such as a NUL character in a text.
            rule = "holds a value that cannot be stored, such as a NUL character or a number that is too large"
            return InvalidArgument("request", rule, reason="UNSTORABLE_VALUE")
        case _:
            return None


def collection(table: str) -> str:
    """A table as resource names have it: `work_orders` holds workOrders."""
    first, *rest = table.split("_")
    return first + "".join(map(str.capitalize, rest))


def _taken(table: str, found: re.Match[str] | None) -> AlreadyExists:
    """Names the resource whose id is taken; of another key only what of it is the same, for the rest may be secret."""
    if found is not None and found["columns"] == "id":
        return AlreadyExists(f"{collection(table)}/{found['values']}")
    columns = found["columns"] if found is not None and _NAMES.match(found["columns"]) else "key"
    words = [name.removesuffix("_id").replace("_", " ") for name in columns.split(", ")]
    return AlreadyExists(table, f"another of {collection(table)} has the same {' and '.join(words)}")
