"""The mapping: which column of somebody's CSV becomes which field of ours. docs/import explains each key."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar
from zoneinfo import ZoneInfo

import yaml
from google.protobuf.descriptor import Descriptor
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from hearthline.customers.v1.agreements_pb2 import StartServiceAgreementRequest
from hearthline.customers.v1.customers_pb2 import Contact, Customer
from hearthline.customers.v1.premises_pb2 import Premises, PremisesHistory
from hearthline.workorders.v1.tickets_pb2 import ImportedTicket
from hearthline_cli.importing.moments import SERIALS

M = TypeVar("M", bound="Mapped")

_OURS = {"name", "create_time", "update_time", "etag", "network_path", "contacts", "request_id", "written"}
"""Fields that no mapping gives: the platform makes them, or they have a key of their own."""


class MappingError(Exception):
    """The mapping cannot be used; each line of the message names a key and the rule it breaks."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _known_form(form: str) -> str:
    if form != "iso" and form not in SERIALS:
        # A form that cannot read what it writes would refuse every row instead.
        datetime.strptime(datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC).strftime(form), form)  # noqa: DTZ007
    return form


def _known_encoding(name: str) -> str:
    try:
        "".encode(name)
    except LookupError as error:
        raise ValueError(str(error)) from error
    return name


class Source(_Strict):
    """How the file is written."""

    encoding: Annotated[str, AfterValidator(_known_encoding)] = "utf-8-sig"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    time_zone: Annotated[ZoneInfo, Field(description="of times that name none")] = ZoneInfo("UTC")
    time_formats: Annotated[tuple[Annotated[str, AfterValidator(_known_form)], ...], Field(min_length=1)] = ("iso",)
    """`strptime` formats, tried in this order; "iso" is ISO 8601, "excel" and "excel-1904" are days as Excel counts."""
    sheet: str = ""
    """Of a workbook; its first one where none is named."""


class Value(_Strict):
    """Where the value of one field comes from: a column, several of them joined, or a constant."""

    column: str = ""
    columns: tuple[str, ...] = ()
    constant: str = ""
    join: str = ", "
    values: Mapping[str, str] = {}
    """What each value of the source means; one that is not named here is refused, unless there is a default."""
    default: str = ""
    """For an empty value, and for one that `values` does not name."""
    as_id: bool = False
    """Makes the same id of the same text, wherever and how often it is read."""
    prefix: str = ""

    @model_validator(mode="after")
    def _one_origin(self) -> "Value":
        if sum(map(bool, (self.column, self.columns, self.constant))) != 1:
            raise ValueError("give exactly one of column, columns and constant")
        return self

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns it needs."""
        return (self.column,) if self.column else self.columns


class Skip(_Strict):
    """Rows that are not meant: those with one of these values in a column."""

    column: str
    values: Annotated[tuple[str, ...], Field(min_length=1)]


Fields = Mapping[str, Value]


def _fields_of(descriptor: Descriptor, *more: str) -> AfterValidator:
    names = {field.name for field in descriptor.fields} - _OURS | set(more)

    def check(fields: Fields) -> Fields:
        if unknown := sorted(fields.keys() - names):
            raise ValueError(f"no such field: {', '.join(unknown)}; there are {', '.join(sorted(names))}")
        return fields

    return AfterValidator(check)


class Mapped(_Strict, ABC):
    """What every mapping has."""

    source: Source = Source()
    skip: tuple[Skip, ...] = ()

    def with_time_formats(self, *more: str) -> Self:
        """The same, with forms of times that are tried last."""
        source = self.source.model_copy(update={"time_formats": (*self.source.time_formats, *more)})
        return self.model_copy(update={"source": source})

    def columns(self) -> set[str]:
        """All columns that it needs the file to have."""
        return {skip.column for skip in self.skip} | {
            column for fields in self.sections() for value in fields.values() for column in value.reads
        }

    @abstractmethod
    def sections(self) -> list[Fields]:
        """The groups of fields."""


class TicketMapping(Mapped):
    """Rows that are tickets."""

    ticket: Annotated[Fields, _fields_of(ImportedTicket.DESCRIPTOR)]

    def sections(self) -> list[Fields]:
        return [self.ticket]


class CustomerMapping(Mapped):
    """Rows that are premises, and perhaps who lives there, since when they are supplied, and a year's history."""

    premises: Annotated[Fields, _fields_of(Premises.DESCRIPTOR, "premises_id")]
    customer: Annotated[Fields, _fields_of(Customer.DESCRIPTOR, "customer_id")] = {}
    contacts: tuple[Annotated[Fields, _fields_of(Contact.DESCRIPTOR)], ...] = ()
    agreement: Annotated[Fields, _fields_of(StartServiceAgreementRequest.DESCRIPTOR)] = {}
    """The supply of this customer at these premises, which the import names by itself."""
    history: Annotated[Fields, _fields_of(PremisesHistory.DESCRIPTOR)] = {}

    @model_validator(mode="after")
    def _known_again(self) -> "CustomerMapping":
        # Without an id of the source's own a second run would bring everything twice.
        if "premises_id" not in self.premises:
            raise ValueError("premises needs a premises_id")
        if self.customer and "customer_id" not in self.customer:
            raise ValueError("customer needs a customer_id")
        if (self.contacts or self.agreement) and not self.customer:
            raise ValueError("contacts and agreement need a customer")
        if self.agreement and "service_agreement_id" not in self.agreement:
            raise ValueError("agreement needs a service_agreement_id")
        return self

    def sections(self) -> list[Fields]:
        return [self.premises, self.customer, self.agreement, self.history, *self.contacts]


def load_mapping(path: Path, kind: type[M]) -> M:
    """The mapping in a YAML file; MappingError."""
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        return kind.model_validate(content)
    except (OSError, UnicodeDecodeError) as error:
        raise MappingError(f"{path}: cannot be read: {error}") from error
    except yaml.YAMLError as error:
        raise MappingError(f"{path}: is not YAML: {error}") from error
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, e['loc'])) or 'mapping'}: {e['msg']}" for e in error.errors()]
        raise MappingError("\n".join(f"{path}: {line}" for line in lines)) from error
