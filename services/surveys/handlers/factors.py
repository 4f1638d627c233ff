"""New versions of factor trees (V4)."""

from dataclasses import dataclass

from servicekit.uow import UnitOfWork
from surveys.domain.factors import Factor, FactorTree
from surveys.store.factors import add_tree, newest_tree


@dataclass(frozen=True, slots=True)
class CreateFactorTree:
    """The next version of a code."""

    code: str
    factors: tuple[Factor, ...]


def create_factor_tree(uow: UnitOfWork, command: CreateFactorTree) -> FactorTree:
    newest = newest_tree(uow, command.code)
    tree = FactorTree(command.code, newest.version + 1 if newest else 1, command.factors, uow.now).check()
    add_tree(uow, tree)
    uow.audit(tree.name)
    return uow.commit(tree)
