"""Factor trees in rows: one a version."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, select

from servicekit.errors import NotFound
from servicekit.listing import Listing
from servicekit.uow import UnitOfWork
from surveys.domain.factors import Factor, FactorTree
from surveys.domain.text import Text
from surveys.store.tables import factor_trees

DEFAULT_CODE = "service"

FACTOR_TREES = Listing(
    select(factor_trees),
    {"code": factor_trees.c.code, "version": factor_trees.c.number, "create_time": factor_trees.c.create_time},
    key=factor_trees.c.id,
)


def get_tree(uow: UnitOfWork, tree_id: str) -> FactorTree:
    """One version; NotFound when there is none."""
    row = uow.get(factor_trees, tree_id)
    if row is None:
        raise NotFound(f"factorTrees/{tree_id}")
    return tree_of(row)


def newest_tree(uow: UnitOfWork, code: str) -> FactorTree | None:
    """The newest version of a code."""
    query = select(factor_trees).where(factor_trees.c.code == code).order_by(factor_trees.c.number.desc()).limit(1)
    row = uow.row(query)
    return tree_of(row) if row else None


def add_tree(uow: UnitOfWork, tree: FactorTree) -> None:
    """Stores a new version."""
    row = {
        "id": tree.id,
        "code": tree.code,
        "number": tree.version,
        "factors": [asdict(factor) for factor in tree.factors],
        "create_time": tree.create_time,
    }
    uow.insert(factor_trees, row)


def tree_of(row: Row[Any]) -> FactorTree:
    """The version that a row holds."""
    factors = tuple(
        Factor(each["id"], each["parent"], Text(**each["display_name"]), each.get("question", ""))
        for each in row.factors
    )
    return FactorTree(row.code, row.number, factors, row.create_time)
