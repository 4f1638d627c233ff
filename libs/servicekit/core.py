"""What SQLAlchemy's Core builds, as SQL for psycopg's RawCursor: compiled each time, or once where it is built once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast
from weakref import WeakKeyDictionary

from sqlalchemy import BindParameter, Select
from sqlalchemy.dialects.postgresql.psycopg import PGCompiler_psycopg, PGDialect_psycopg
from sqlalchemy.sql.dml import UpdateBase

from servicekit.writes import Statement

AnySelect = Select[*tuple[Any, ...]]

_CORE = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]


def compile_core(statement: UpdateBase) -> Statement:
    """Any Core write, as SQLAlchemy compiles it."""
    compiled = statement.compile(dialect=_CORE)
    values = compiled.construct_params()
    processors = compiled._bind_processors
    names = compiled.positiontup or []
    return Statement(str(compiled), tuple(_processed(processors.get(name), values[name]) for name in names))


def _processed(processor: Any, value: Any) -> Any:
    return processor(value) if processor else value


class _Compiler(PGCompiler_psycopg):
    """Writes a query's constants into it, for a plan that is made once for all values takes an index of some rows (the
    open ones, say) only where it can see that those are wanted."""

    def visit_bindparam(self, bindparam: BindParameter[Any], **options: Any) -> str:  # type: ignore[override]
        options["literal_execute"] = bindparam.unique or options.get("literal_execute", False)
        return cast(str, super().visit_bindparam(bindparam, **options))  # type: ignore[no-untyped-call]


_BUILT_ONCE = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
_BUILT_ONCE.statement_compiler = _Compiler


@dataclass(frozen=True, slots=True)
class _Prepared:
    """SQL with `$n` placeholders, and for each of them its name, what converts its value, and what it is by default."""

    sql: str
    names: tuple[str, ...]
    converters: tuple[Callable[[Any], Any] | None, ...]
    defaults: Mapping[str, Any]

    def bound(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """The values in the order of the placeholders; a wrong name is a KeyError."""
        if unknown := values.keys() - set(self.names):
            raise KeyError(f"no such parameters: {', '.join(sorted(unknown))}")
        given = (values[name] if name in values else self.defaults[name] for name in self.names)
        pairs = zip(self.converters, given, strict=True)
        return tuple(convert(value) if convert and value is not None else value for convert, value in pairs)


_prepared: WeakKeyDictionary[AnySelect | UpdateBase, _Prepared] = WeakKeyDictionary()


def prepared(statement: AnySelect | UpdateBase, values: Mapping[str, Any]) -> Statement:
    """A statement that its module built once; `values` are for its bindparams, and a wrong name is a KeyError."""
    known = _prepared.get(statement)
    if known is None:
        known = _prepared[statement] = _prepare(statement, values)
    return Statement(known.sql, known.bound(values))


def _prepare(query: AnySelect | UpdateBase, values: Mapping[str, Any]) -> _Prepared:
    compiled = query.compile(dialect=_BUILT_ONCE)
    # With the lists of `IN` written out, which SQLAlchemy leaves to each execution.
    whole = compiled.construct_expanded_state(dict(values))
    names = tuple(whole.positiontup or ())
    processors: Mapping[str, Any] = {**compiled._bind_processors, **whole.processors}
    converters = tuple(processors.get(name) for name in names)
    # A parameter that a caller leaves out is missed, and not taken from the first caller.
    defaults = {name: value for name, value in whole.parameters.items() if name not in values}
    return _Prepared(whole.statement, names, converters, defaults)
