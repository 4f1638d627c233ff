"""Who may call what, and for which data: proto/access.yaml, as the interceptor and the docs read it (P4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from hearthline.options.v1 import personal_pb2
from servicekit.errors import PermissionDenied
from servicekit.identity import Identity
from servicekit.reach import EVERYTHING, Reach

SCOPES: Mapping[str, str] = {
    "cell": "cells",
    "unit": "units",
    "customer": "customers",
    "crew": "crews",
    "bank": "banks",
}
"""Kinds of data that may be a caller's own, and the collection whose names a token lists under the same claim."""

Scope = Literal["cell", "unit", "customer", "crew", "bank"]
Personal = Literal["name", "contact", "address", "text"]
Grant = Literal["any"] | Annotated[list[Scope], Field(min_length=1)]
"""All data, or what is the caller's own by one of these."""


class AccessFile(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    roles: dict[Annotated[str, Field(pattern="^[a-z_]+$")], str]
    accounts: dict[Annotated[str, Field(pattern="^system/[a-z-]+$")], str]
    personal: dict[Personal, list[str]]
    confidential: list[str]
    services: dict[str, dict[str, dict[str, Grant]]]

    @model_validator(mode="after")
    def _names_are_known(self) -> "AccessFile":
        for method, row in self.rows().items():
            if unknown := sorted(row.keys() - self.roles.keys() - self.accounts.keys()):
                raise ValueError(f"{method}: {unknown[0]} is neither a role nor an account")
            if not row:
                raise ValueError(f"{method}: nobody may call it")
        return self

    @model_validator(mode="after")
    def _viewers_are_known(self) -> "AccessFile":
        if lacking := sorted(set(get_args(Personal)) - self.personal.keys()):
            raise ValueError(f"personal: says nobody for {lacking[0]}; an empty list is for nobody")
        of_people = {who for several in self.personal.values() for who in several}
        for what, viewers in {"personal": of_people, "confidential": set(self.confidential)}.items():
            if unknown := sorted(viewers - self.roles.keys() - self.accounts.keys()):
                raise ValueError(f"{what}: {unknown[0]} is neither a role nor an account")
        return self

    def rows(self) -> dict[str, dict[str, Grant]]:
        """Grants by method and then by role or account."""
        return {f"{service}/{name}": row for service, rows in self.services.items() for name, row in rows.items()}


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table."""

    method: str
    grants: Mapping[str, tuple[str, ...]]
    """Kinds of own data by role or account; none of them is all data."""

    def admit(self, identity: Identity) -> Reach:
        """How much of the data this caller may touch; PermissionDenied for one that has none of the roles."""
        granted = [self.grants[role] for role in identity.roles if role in self.grants]
        if not granted:
            may = ", ".join(self.grants) or "nobody"
            raise PermissionDenied(
                f"{identity.subject} may not call {self.method}: it is for {may}",
                "ROLE_MISSING",
                {"method": self.method, "roles": ",".join(self.grants)},
            )
        if () in granted:
            return EVERYTHING
        return Reach({kind: identity.scopes.get(kind, frozenset()) for kinds in granted for kind in kinds})


@cache
def access_file() -> AccessFile:
    """The table of this version."""
    installed = Path(str(files("servicekit") / "access.yaml"))
    path = installed if installed.is_file() else Path(__file__).parents[2] / "proto" / "access.yaml"
    return AccessFile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def rule_of(method: str) -> Rule:
    """The row of a method, `hearthline.workorders.v1.TicketService/GetTicket`; one without a row is for nobody."""
    row = access_file().rows().get(method, {})
    return Rule(method, {who: () if grant == "any" else tuple(grant) for who, grant in row.items()})


def sees_confidential(identity: Identity) -> bool:
    """Whether this caller is told who complains confidentially (S1)."""
    return not identity.roles.isdisjoint(access_file().confidential)


@lru_cache(maxsize=1024)
def hidden_from(roles: frozenset[str]) -> frozenset[int]:
    """Kinds of hearthline.options.v1.Personal that a caller with these roles sees masked (C9)."""
    kinds = {f"PERSONAL_{kind.upper()}": viewers for kind, viewers in access_file().personal.items()}
    return frozenset(personal_pb2.Personal.Value(kind) for kind, viewers in kinds.items() if roles.isdisjoint(viewers))
