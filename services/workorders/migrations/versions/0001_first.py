"""The first tables of the workorders service."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP

from servicekit import tables

revision = "workorders_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    tables.create(op)  # type: ignore[arg-type]  # the module is its Operations
    _cells()
    _crews()
    _customers()
    _incidents()
    _premises()
    _promises()
    _tickets()
    _work_orders()
    _work_order_indexes()


def downgrade() -> None:
    op.drop_table("work_orders")
    op.drop_table("tickets")
    op.drop_table("promises")
    op.drop_table("premises")
    op.drop_table("incidents")
    op.drop_table("customers")
    op.drop_table("crews")
    op.drop_table("cells")
    tables.drop(op)  # type: ignore[arg-type]


def _cells() -> None:
    op.create_table(
        "cells",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("crew_id", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="cells_pkey"),
    )


def _crews() -> None:
    op.create_table(
        "crews",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("skills", ARRAY(sa.Text()), nullable=False),
        sa.Column("shifts", JSONB(), nullable=False),
        sa.Column("on_call", sa.Boolean(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("max_load", sa.Integer(), nullable=False),
        sa.Column("create_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("update_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="crews_pkey"),
    )


def _customers() -> None:
    op.create_table(
        "customers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("segment", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="customers_pkey"),
    )


def _incidents() -> None:
    op.create_table(
        "incidents",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("premises_id", sa.Text(), nullable=False),
        sa.Column("commodity", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("urgency", sa.Text(), nullable=False),
        sa.Column("open_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("resolve_time", TIMESTAMP(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="incidents_pkey"),
    )
    op.create_index(
        "incidents_place_idx",
        "incidents",
        ["place", "commodity", "category"],
        unique=False,
        postgresql_where=sa.text("state = 'OPEN'"),
    )


def _premises() -> None:
    op.create_table(
        "premises",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("cell_id", sa.Text(), nullable=True),
        sa.Column("network_path", JSONB(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="premises_pkey"),
    )


def _promises() -> None:
    op.create_table(
        "promises",
        sa.Column("work_order_id", sa.Text(), nullable=False),
        sa.Column("clock", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("commodity", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("urgency", sa.Text(), nullable=False),
        sa.Column("start_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("due_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("met_time", TIMESTAMP(timezone=True), nullable=True),
        sa.Column("breached", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("work_order_id", "clock", "round", name="promises_pkey"),
    )
    op.create_index(
        "promises_start_idx",
        "promises",
        ["start_time"],
        unique=False,
    )


def _tickets() -> None:
    op.create_table(
        "tickets",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("premises_id", sa.Text(), nullable=True),
        sa.Column("incident_id", sa.Text(), nullable=True),
        sa.Column("commodity", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("urgency", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("interaction_id", sa.Text(), nullable=True),
        sa.Column("report_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("resolve_time", TIMESTAMP(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("imported", sa.Boolean(), nullable=False),
        sa.Column("related_resource", sa.Text(), nullable=False),
        sa.Column("create_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("update_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="tickets_pkey"),
    )
    op.create_index(
        "tickets_customer_idx",
        "tickets",
        ["customer_id"],
        unique=False,
    )
    op.create_index(
        "tickets_incident_idx",
        "tickets",
        ["incident_id"],
        unique=False,
        postgresql_where=sa.text("incident_id IS NOT NULL"),
    )
    op.create_index(
        "tickets_report_idx",
        "tickets",
        ["report_time"],
        unique=False,
    )


def _work_orders() -> None:
    op.create_table(
        "work_orders",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.Text(), nullable=False),
        sa.Column("premises_id", sa.Text(), nullable=False),
        sa.Column("cell_id", sa.Text(), nullable=True),
        sa.Column("crew_id", sa.Text(), nullable=True),
        sa.Column("commodity", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("urgency", sa.Text(), nullable=False),
        sa.Column("business_type", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("body", JSONB(), nullable=False),
        sa.Column("report_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("create_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("update_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="work_orders_pkey"),
    )


def _work_order_indexes() -> None:
    op.create_index(
        "work_orders_create_idx",
        "work_orders",
        ["create_time"],
        unique=False,
    )
    op.create_index(
        "work_orders_incident_id_idx",
        "work_orders",
        ["incident_id"],
        unique=False,
    )
    op.create_index(
        "work_orders_open_idx",
        "work_orders",
        ["state", "crew_id"],
        unique=False,
        postgresql_where=sa.text("state NOT IN ('CLOSED', 'CANCELLED', 'NOT_DONE')"),
    )
    op.create_index(
        "work_orders_premises_id_idx",
        "work_orders",
        ["premises_id"],
        unique=False,
    )
