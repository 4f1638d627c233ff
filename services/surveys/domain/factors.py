"""Trees of service factors: data, versioned, never changed once made (V4)."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from servicekit.errors import InvalidArgument
from surveys.domain.text import Text


@dataclass(frozen=True, slots=True)
class Factor:
    """A basic factor (a leaf, tied to one question id) or a composite one (no question, with children)."""

    id: str
    parent: str  # empty for the root
    display_name: Text
    question: str = ""


@dataclass(frozen=True, slots=True)
class FactorTree:
    """One version of a tree; ties questions to factors, whatever questionnaires ask them."""

    code: str
    version: int
    factors: tuple[Factor, ...]
    create_time: datetime

    @property
    def id(self) -> str:
        return f"{self.code}-v{self.version}"

    @property
    def name(self) -> str:
        return f"factorTrees/{self.id}"

    def children(self, factor: str) -> list[Factor]:
        """The next level below a factor, in the tree's order."""
        return [child for child in self.factors if child.parent == factor]

    def leaves(self, factor: str) -> list[Factor]:
        """The basic factors at or below a factor."""
        below = self.children(factor)
        if not below:
            return [leaf for leaf in self.factors if leaf.id == factor]
        return [leaf for child in below for leaf in self.leaves(child.id)]

    def level(self, factor: Factor) -> int:
        """0 for the root, the seeds' j."""
        parents = {each.id: each.parent for each in self.factors}
        level, at = 0, factor.parent
        while at:
            level, at = level + 1, parents[at]
        return level

    def check(self) -> "FactorTree":
        """The tree itself; InvalidArgument with everything that makes it no tree of factors."""
        wrong = _ids(self.factors) or _shape(self)
        if wrong:
            raise InvalidArgument.of(
                [(f"factor_tree.{field}", rule) for field, rule in wrong], reason="BAD_FACTOR_TREE"
            )
        return self


def _ids(factors: tuple[Factor, ...]) -> list[tuple[str, str]]:
    known = {factor.id for factor in factors}
    wrong = [
        ("factors", f"must not hold {key!r} twice")
        for key, count in Counter(f.id for f in factors).items()
        if count > 1
    ]
    wrong += [
        (f"factors[{place}].parent", f"there is no factor {factor.parent!r}")
        for place, factor in enumerate(factors)
        if factor.parent and factor.parent not in known
    ]
    if [factor.parent for factor in factors].count("") != 1:
        wrong.append(("factors", "must hold exactly one factor without a parent, the root"))
    return wrong


def _shape(tree: FactorTree) -> list[tuple[str, str]]:
    root = next(factor for factor in tree.factors if not factor.parent)
    reached = _reached(tree, root)
    wrong = []
    asked: set[str] = set()
    for place, factor in enumerate(tree.factors):
        field = f"factors[{place}]"
        wrong += [(f"{field}.display_name.{lang}", "is missing") for lang in factor.display_name.missing_languages()]
        if factor.id not in reached:
            wrong.append((f"{field}.parent", f"{factor.id!r} is not below the root"))
        if bool(factor.question) == bool(tree.children(factor.id)):
            wrong.append(
                (f"{field}.question", "must be set for a basic factor and empty for one with factors below it")
            )
        if factor.question and factor.question in asked:
            wrong.append((f"{field}.question", f"{factor.question!r} is tied to another factor already"))
        asked.add(factor.question)
    return wrong


def _reached(tree: FactorTree, root: Factor) -> set[str]:
    reached, waiting = {root.id}, [root.id]
    while waiting:
        below = {child.id for child in tree.children(waiting.pop())} - reached
        reached |= below
        waiting += below
    return reached
