"""The tables of the complaints service; columns that end in _id hold the id part of a resource name."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from servicekit import tables
from servicekit.personal.columns import UNCHANGEABLE, PersonalJson, PersonalText
from servicekit.sealing import Sealed
from servicekit.tables import Instant

metadata = tables.metadata()

_TEXTS = (
    "state",
    "customer_id",
    "channel",
    "external_number",
    "external_key",
    "severity",
    "remedy_sought",
    "related_resource",
    "responsible_unit",
    "first_contact_owner",
    "policy",
    "root_cause",
    "outcome",
)

_PERSONAL = (
    "subject",
    "description",
    "complainant_display_name",
    "complainant_contact",
    "assessment",
    "findings",
    "response",
    "decision",
    "closing_note",
)

complaints = Table(
    "complaints",
    metadata,
    Column("id", Text, primary_key=True),
    *(Column(name, Text, nullable=False) for name in _TEXTS),
    *(Column(name, PersonalText, nullable=False) for name in _PERSONAL),
    Column("anonymous", Boolean, nullable=False),
    Column("confidential", Boolean, nullable=False),
    Column("evidence", JSONB, nullable=False),
    Column("supervised_steps", JSONB, nullable=False),
    Column("extension_count", Integer, nullable=False),
    Column("reopen_count", Integer, nullable=False),
    Column("receive_time", Instant, nullable=False),
    Column("clock_time", Instant, nullable=False),
    Column("acknowledge_due_time", Instant, nullable=False),
    Column("decide_due_time", Instant, nullable=False),
    Column("external_due_time", Instant),
    Column("acknowledge_time", Instant),
    Column("decide_time", Instant),
    Column("close_time", Instant),
    Column("create_time", Instant, nullable=False),
    Column("update_time", Instant, nullable=False),
    Column("version", Integer, nullable=False),
    Column("decide_start", Instant),
    Column("decide_days", Integer, nullable=False, server_default="0"),
    Column("deadline_estimated", Boolean, nullable=False, server_default=text("false")),
    Column("holidays_version", Integer, nullable=False, server_default="0"),
    # When what it told of people was past its time; empty before.
    Column("forget_time", Instant),
    Index("complaints_kept_idx", "close_time", postgresql_where=text("forget_time IS NULL AND close_time IS NOT NULL")),
    # One case of a government hotline is filed once, however its number is written (`external_key`).
    Index(
        "complaints_external_key_key",
        "channel",
        "external_key",
        unique=True,
        postgresql_where=text("external_key <> ''"),
    ),
    Index("complaints_customer_id_idx", "customer_id"),
    Index("complaints_receive_time_idx", "receive_time"),
    Index("complaints_responsible_unit_idx", "responsible_unit"),
    Index("complaints_state_idx", "state", "id"),
    Index("complaints_unit_idx", "responsible_unit", "id"),
    Index("complaints_related_resource_idx", "related_resource", postgresql_where=text("related_resource <> ''")),
    Index("complaints_decide_due_time_idx", "decide_due_time"),
    Index("complaints_close_time_idx", "close_time", postgresql_where=text("close_time IS NOT NULL")),
    Index("complaints_create_time_idx", "create_time"),
)

# Rows are added and never changed or removed: a trigger sees to that, and lets them be sealed.
entries = Table(
    "complaint_entries",
    metadata,
    Column("complaint_id", Text, ForeignKey("complaints.id"), primary_key=True),
    # The version of the complaint that this step made.
    Column("number", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("actor", Text, nullable=False),
    # Statistics look into it, so the texts of people alone are sealed.
    Column("details", PersonalJson(*_PERSONAL, "reason", "explanation"), nullable=False),
    Column("create_time", Instant, nullable=False),
    *tables.sealed(),
    *tables.sealing_indexes("complaint_entries", "complaint_id", "number"),
    # What stops a clock or moves its deadline.
    Index(
        "complaint_entries_clocks_idx",
        "kind",
        "create_time",
        postgresql_where=text("kind IN ('decision_communicated', 'withdrawn', 'extended')"),
    ),
    info={UNCHANGEABLE: True},
)

SEALED_ENTRIES = Sealed(
    entries,
    ("complaint_id", "number"),
    ("complaint_id", "number", "kind", "actor", "details", "create_time"),
)
"""What was written about complaints stays as it was written, and is seen if not (S13)."""
