"""The first tables of the complaints service."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

from servicekit import tables

revision = "complaints_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    tables.create(op)  # type: ignore[arg-type]  # the module is its Operations
    _complaints()
    _entries()


def downgrade() -> None:
    op.drop_table("complaint_entries")
    op.execute("DROP FUNCTION complaint_entries_are_final")
    op.drop_table("complaints")
    tables.drop(op)  # type: ignore[arg-type]


def _complaints() -> None:
    op.create_table(
        "complaints",
        *_what_was_said(),
        *_handling(),
        *_when(),
        sa.PrimaryKeyConstraint("id", name="complaints_pkey"),
    )
    op.create_index(
        "complaints_external_number_key",
        "complaints",
        ["channel", "external_number"],
        unique=True,
        postgresql_where=sa.text("external_number <> ''"),
    )
    op.create_index("complaints_customer_id_idx", "complaints", ["customer_id"])
    op.create_index("complaints_receive_time_idx", "complaints", ["receive_time"])
    op.create_index("complaints_responsible_unit_idx", "complaints", ["responsible_unit"])


def _what_was_said() -> list[sa.Column[Any]]:
    """Who complains of what, and who answers for it."""
    return [
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("complainant_display_name", sa.Text(), nullable=False),
        sa.Column("complainant_contact", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("external_number", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("remedy_sought", sa.Text(), nullable=False),
        sa.Column("related_resource", sa.Text(), nullable=False),
        sa.Column("responsible_unit", sa.Text(), nullable=False),
        sa.Column("first_contact_owner", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
    ]


def _handling() -> list[sa.Column[Any]]:
    """How it is handled, and what each step of that came to."""
    return [
        sa.Column("assessment", sa.Text(), nullable=False),
        sa.Column("root_cause", sa.Text(), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("response", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("closing_note", sa.Text(), nullable=False),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("evidence", JSONB(), nullable=False),
        sa.Column("supervised_steps", JSONB(), nullable=False),
        sa.Column("extension_count", sa.Integer(), nullable=False),
        sa.Column("reopen_count", sa.Integer(), nullable=False),
    ]


def _when() -> list[sa.Column[Any]]:
    """Times and deadlines, and the version."""
    return [
        sa.Column("receive_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("clock_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("acknowledge_due_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("decide_due_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("external_due_time", TIMESTAMP(timezone=True), nullable=True),
        sa.Column("acknowledge_time", TIMESTAMP(timezone=True), nullable=True),
        sa.Column("decide_time", TIMESTAMP(timezone=True), nullable=True),
        sa.Column("close_time", TIMESTAMP(timezone=True), nullable=True),
        sa.Column("create_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("update_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    ]


def _entries() -> None:
    op.create_table(
        "complaint_entries",
        sa.Column("complaint_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("details", JSONB(), nullable=False),
        sa.Column("create_time", TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", "number", name="complaint_entries_pkey"),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaints.id"], name="complaint_entries_complaint_id_fkey"),
    )
    # What was written about a complaint stays as it was written.
    op.execute("""
        CREATE FUNCTION complaint_entries_are_final() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION 'complaint entries are added, never changed or removed';
        END $$
    """)
    op.execute("""
        CREATE TRIGGER complaint_entries_final BEFORE UPDATE OR DELETE OR TRUNCATE ON complaint_entries
        FOR EACH STATEMENT EXECUTE FUNCTION complaint_entries_are_final()
    """)
