"""Sealing anew what is stored: rows from before in clear, and those under a key that is to go (C9).

It runs while the service serves. A batch of rows is locked, read, and written under the current keys in one
transaction, and no version counts up, for nothing has changed. What is sealed is passed over, so a run that was ended
goes on with what is left.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, MetaData, Table, and_, func, literal, not_, or_, select, tuple_
from sqlalchemy.dialects.postgresql import JSONPATH

from servicekit.kit import Kit
from servicekit.personal.columns import UNCHANGEABLE, Marks, Personal, PersonalBytes, PersonalText, plan_of
from servicekit.personal.keyring import Keyring, edition_mark, prefix
from servicekit.uow import UnitOfWork

Tell = Callable[[str, int, int], None]
"""Told after each batch: the table, how many of its rows are done, and of how many."""

_BATCH = 100


def renew(kit: Kit, metadata: MetaData, tell: Tell) -> int:
    """Seals every row anew that needs it; how many there were. ValueError while the keyring says not to seal."""
    if not kit.keyring.sealing:
        raise ValueError("HEARTHLINE_KEYRING says `sealing: false`, so nothing can be sealed")
    return sum(_renew(kit, table, tell) for table in _tables(metadata))


def outdated(kit: Kit, metadata: MetaData) -> int:
    """How many rows are in clear, or under another key than the current one."""
    return sum(_count(kit, table) for table in _tables(metadata))


def _tables(metadata: MetaData) -> list[Table]:
    return [t for t in metadata.sorted_tables if plan_of(t) and not t.info.get(UNCHANGEABLE)]


def _count(kit: Kit, table: Table) -> int:
    with kit.unit() as uow:
        ((number,),) = uow.rows(select(func.count()).select_from(table).where(_stale(kit.keyring, table)))
    return int(number)


def _renew(kit: Kit, table: Table, tell: Tell) -> int:
    total = max(_count(kit, table), 0)
    done = 0
    last: tuple[Any, ...] | None = None
    while total:
        with kit.unit(action="personal reencrypt") as uow:
            last, number = _next(uow, table, last, _stale(kit.keyring, table))
            uow.commit(None)
        if not number:
            break
        done += number
        tell(table.name, done, max(total, done))
    return done


def _next(
    uow: UnitOfWork, table: Table, after: tuple[Any, ...] | None, stale: ColumnElement[bool]
) -> tuple[tuple[Any, ...] | None, int]:
    """Renews the next rows in the order of their key; the last one's key, and how many there were."""
    plan = plan_of(table)
    assert plan is not None
    key = tuple(table.primary_key.columns)
    query = select(*key, *(table.c[name] for name in plan.sealed)).where(stale).order_by(*key).limit(_BATCH)
    if after is not None:
        query = query.where(tuple_(*key) > tuple_(*(literal(v, c.type) for v, c in zip(after, key, strict=True))))
    locked = query.with_for_update()
    if uow.lock_one(locked) is None:
        return after, 0
    rows = uow.rows(locked)
    for row in rows:
        names = {name: getattr(row, name) for name in plan.key}
        uow.update(table, names, {name: getattr(row, name) for name in plan.sealed})
    return tuple(getattr(rows[-1], name) for name in plan.key), len(rows)


def _stale(keyring: Keyring, table: Table) -> ColumnElement[bool]:
    """Rows with something in clear, under another key, or without its marks."""
    plan = plan_of(table)
    assert plan is not None
    columns = [_unsealed(keyring, table.c[name], kind) for name, kind in plan.sealed.items()]
    return or_(*columns, *(_unmarked(keyring, table, name, kind) for name, kind in plan.marks.items()))


def _unsealed(keyring: Keyring, column: ColumnElement[Any], kind: Personal) -> ColumnElement[bool]:
    text, content = prefix(keyring.data)
    if isinstance(kind, PersonalText):
        return and_(column != "", not_(column.startswith(text, autoescape=True)))
    if isinstance(kind, PersonalBytes):
        return and_(func.length(column) > 0, func.substr(column, 1, len(content)) != content)
    if kind.leaves:
        keys = " || ".join(f'exists($.**."{name}" ? (@ != "" && !(@ starts with "{text}")))' for name in kind.leaves)
        return func.jsonb_path_match(column, literal(keys, JSONPATH))
    whole = func.jsonb_extract_path_text(func.jsonb_build_array(column), "0")
    return and_(whole.not_in(["[]", "{}", ""]), not_(whole.startswith(text, autoescape=True)))


def _unmarked(keyring: Keyring, table: Table, name: str, kind: Marks) -> ColumnElement[bool]:
    first = func.coalesce(table.c[name][1], "")
    source = func.jsonb_extract_path_text(func.jsonb_build_array(table.c[kind.of]), "0")
    return and_(
        source.not_in(["[]", "{}", ""]), not_(first.startswith(edition_mark(keyring, kind.edition), autoescape=True))
    )
