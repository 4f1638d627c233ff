"""List calls: filter, order and keyset pages over a query (AIP-132, AIP-158)."""

import base64
import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any, Protocol, TypeVar

from google.protobuf.message import Message
from sqlalchemy import BinaryExpression, ColumnElement, DateTime, Text, and_, false, literal, or_
from sqlalchemy.sql import operators

from servicekit.core import AnySelect
from servicekit.errors import InvalidArgument, PermissionDenied
from servicekit.explanations import explained
from servicekit.filters import Fields, parse_filter, parse_order
from servicekit.reads import AnyRow
from servicekit.uow import UnitOfWork

DEFAULT_PAGE_SIZE = 50
LARGEST_PAGE_SIZE = 1000

T = TypeVar("T")

_TEXT = literal("", Text)
_BOUNDS = (operators.lt, operators.le, operators.gt, operators.ge)

Owner = ColumnElement[Any] | Callable[[Collection[str]], ColumnElement[bool]]
"""A column with the id of a row's owner, or what makes a condition for the rows that one of these ids owns."""


class ListRequest(Protocol):
    """The fields of every List request."""

    page_size: int
    page_token: str
    filter: str
    order_by: str


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one page, and the token of the next; the last page has none."""

    rows: Sequence[AnyRow]
    next_page_token: str


@dataclass(frozen=True, slots=True)
class Listing:
    """What can be listed: a query, the columns a caller may filter and order by, and the unique key.

    A page is found by the values of the last row before it, never by counting, so page 10,000 costs what
    page 1 does and rows added meanwhile move nothing. `resource` maps columns of ids to their collection.
    """

    query: AnySelect
    columns: Mapping[str, ColumnElement[Any]]
    key: ColumnElement[Any]
    resource: Mapping[str, str] = field(default_factory=dict)
    enums: Mapping[str, type[StrEnum]] = field(default_factory=dict)
    """Columns that the proto shows as an enum; filters may name its values with or without the prefix."""
    choices: Mapping[str, Collection[str]] = field(default_factory=dict)
    """Columns of text that hold one of a few words; a filter that asks for another is refused."""
    order_by: str = ""
    """The order when the caller asks for none: else that of a time which the filter bounds, else by key.

    Rows between two times are found where an index on the time has them; in the order of their ids, which are UUIDv7
    and so mostly in the order of creation, all older ones would be passed first.
    """
    owners: Mapping[str, Owner] = field(default_factory=dict)
    """How a row belongs to somebody, by kind of data scope (P4). Parts of a whole have none: the whole is asked for."""

    def page(self, uow: UnitOfWork, request: Any, *extra: ColumnElement[bool]) -> Page:
        """One page; InvalidArgument names `filter`, `order_by`, `page_size` or `page_token`."""
        text, order_text = (getattr(request, "filter", ""), getattr(request, "order_by", "") or self.order_by)
        size = _page_size(request.page_size)
        explain = partial(explained, request)
        asked = parse_filter(text, Fields(self.columns, self.resource, self.enums, self.choices, explain))
        order = [*(parse_order(order_text, self.columns, explain) or _bounded_time(asked)), (self.key, False)]
        shape = hashlib.sha256(f"{text}\0{order_text}".encode()).hexdigest()[:16]
        conditions = [*extra, *self.own(uow), *asked]
        if request.page_token:
            conditions.append(_after(order, _values(request.page_token, shape, [column for column, _ in order])))
        names = [f"_order_{n}" for n in range(len(order))]
        query = self.query.add_columns(*(c.label(n) for (c, _), n in zip(order, names, strict=True)))
        query = query.where(*conditions).order_by(*((c.desc() if d else c.asc()) for c, d in order)).limit(size + 1)
        rows = uow.rows(query)
        last = [getattr(rows[size - 1], n) for n in names] if len(rows) > size else None
        return Page(rows[:size], _token(shape, last) if last else "")

    def check_reach(self, uow: UnitOfWork, name: str) -> None:
        """PermissionDenied when a limited caller asks for what is not its own, or, which it does not learn, not there.

        `name` is a resource name. To be called before anything is read for the caller.
        """
        if uow.reach.own is None:
            return
        query = self.query.with_only_columns(self.key).where(self.key == name.partition("/")[2], *self.own(uow))
        if uow.row(query) is None:
            ways = " nor ".join(f"by {kind}" for kind in uow.reach.own)
            raise PermissionDenied(f"{name} is not {uow.actor}'s own, {ways}", "OUTSIDE_SCOPE", {"resource": name})

    def own(self, uow: UnitOfWork) -> list[ColumnElement[bool]]:
        """The rows that the caller may touch; no condition for a caller without limits."""
        reach = uow.reach
        if reach.own is None or (reach.is_checked and not self.owners):
            return []
        reach.is_checked = True
        owned = [_owned(self.owners[kind], ids) for kind, ids in reach.own.items() if ids and kind in self.owners]
        return [or_(false(), *owned)]


def page_of(request: Message, found: Iterable[T], key: Callable[[T], str]) -> tuple[Sequence[T], str]:
    """One page of what no query finds, with the next page's token, in the order of a text that no two have alike.

    InvalidArgument names `page_size`, or `page_token` when the rest of the request is not that of the page before.
    """
    asked = type(request)()
    asked.CopyFrom(request)
    token, size = asked.page_token, _page_size(asked.page_size)  # type: ignore[attr-defined]
    for field_of_page in ("page_token", "page_size"):
        asked.ClearField(field_of_page)
    shape = hashlib.sha256(asked.SerializeToString(deterministic=True)).hexdigest()[:16]
    after = _values(token, shape, [_TEXT])[0] if token else None
    rest = sorted((each for each in found if after is None or key(each) > after), key=key)
    return rest[:size], _token(shape, [key(rest[size - 1])]) if len(rest) > size else ""


def _owned(owner: Owner, ids: Collection[str]) -> ColumnElement[bool]:
    return owner.in_(ids) if isinstance(owner, ColumnElement) else owner(ids)


def _page_size(asked: int) -> int:
    if asked < 0:
        raise InvalidArgument("page_size", "must not be negative")
    return min(asked or DEFAULT_PAGE_SIZE, LARGEST_PAGE_SIZE)


def _bounded_time(conditions: Sequence[ColumnElement[bool]]) -> list[tuple[ColumnElement[Any], bool]]:
    """The order by the first time that the conditions compare with another, if there is one."""
    for condition in conditions:
        is_bound = isinstance(condition, BinaryExpression) and condition.operator in _BOUNDS
        if is_bound and isinstance(condition.left.type, DateTime):
            return [(condition.left, False)]
    return []


def _after(order: Sequence[tuple[ColumnElement[Any], bool]], values: Sequence[Any]) -> ColumnElement[bool]:
    """Rows that come after the one with these values, whatever mix of directions."""
    steps: list[ColumnElement[bool]] = []
    for n, (column, descending) in enumerate(order):
        same = [c.is_(None) if v is None else c == v for (c, _), v in zip(order[:n], values, strict=False)]
        steps.append(and_(*same, _beyond(column, descending, values[n])))
    return and_(*_not_before(*order[0], values[0]), or_(*steps))


def _not_before(column: ColumnElement[Any], descending: bool, value: Any) -> list[ColumnElement[bool]]:
    """What the steps say already, in the form that an index begins at; for an OR it is read from its first row."""
    if value is None or (not descending and getattr(column, "nullable", True)):
        return []
    return [column <= value if descending else column >= value]


def _beyond(column: ColumnElement[Any], descending: bool, value: Any) -> ColumnElement[bool]:
    """Values after this one; PostgreSQL puts NULL after all others, and first where they descend."""
    if value is None:
        return column.is_not(None) if descending else false()
    beyond: ColumnElement[bool] = column < value if descending else column > value
    if descending or not getattr(column, "nullable", True):
        # Columns that are never NULL keep the plain comparison, which an index serves.
        return beyond
    return or_(beyond, column.is_(None))


def _token(shape: str, values: list[Any]) -> str:
    plain = [{"t": v.isoformat()} if isinstance(v, datetime) else v for v in values]
    return base64.urlsafe_b64encode(json.dumps([shape, plain]).encode()).decode().rstrip("=")


def _values(token: str, shape: str, columns: Sequence[ColumnElement[Any]]) -> list[Any]:
    try:
        made_for, plain = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        values = [datetime.fromisoformat(v["t"]) if isinstance(v, dict) else v for v in plain]
        if made_for == shape and not all(map(_fits, columns, values)):
            raise ValueError("values of another kind")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InvalidArgument("page_token", "is not one that this service gave out") from error
    if made_for != shape or len(values) != len(columns):
        raise InvalidArgument("page_token", "belongs to another filter or order_by")
    return values


def _fits(column: ColumnElement[Any], value: Any) -> bool:
    """Whether a column can have this value: who changes a token is not to make up what the database is asked."""
    kind: type = column.type.python_type
    # To Python a truth is a number.
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if isinstance(value, str):
        # UnicodeEncodeError for half of a pair, which JSON can name and no text can hold.
        value.encode()
    if value is None or kind not in (str, int, bool, datetime):
        return value is None or isinstance(value, str | float) or is_number
    return is_number if kind is int else isinstance(value, kind)
