"""The first tables of the customers service."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

from servicekit import tables

revision = "customers_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    tables.create(op)  # type: ignore[arg-type]  # the module is its Operations
    _agreements()
    _cells()
    _customers()
    _interactions()
    _network_nodes()
    _premises()
    _service_points()
    _timeline()
    _premises_history()


def downgrade() -> None:
    op.drop_table("premises_history")
    op.drop_table("timeline")
    op.drop_table("service_points")
    op.drop_table("premises")
    op.drop_table("network_nodes")
    op.drop_table("interactions")
    op.drop_table("customers")
    op.drop_table("cells")
    op.drop_table("agreements")
    tables.drop(op)  # type: ignore[arg-type]


def _agreements() -> None:
    op.create_table(
        "agreements",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("premises_id", sa.Text(), nullable=False),
        sa.Column("service_point_id", sa.Text(), nullable=False),
        sa.Column("commodity", sa.Text(), nullable=False),
        sa.Column("start_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("end_time", TIMESTAMP(timezone=True), nullable=True),
        sa.Column("create_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="agreements_pkey"),
    )
    op.create_index("agreements_customer_id_idx", "agreements", ["customer_id"], unique=False)
    op.create_index(
        "agreements_holding_idx",
        "agreements",
        ["service_point_id"],
        unique=True,
        postgresql_where=sa.text("end_time IS NULL"),
    )
    op.create_index("agreements_premises_id_idx", "agreements", ["premises_id"], unique=False)
    op.create_index("agreements_service_point_id_idx", "agreements", ["service_point_id"], unique=False)


def _cells() -> None:
    op.create_table(
        "cells",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("account_manager", sa.Text(), nullable=False),
        sa.Column("crew_id", sa.Text(), nullable=True),
        sa.Column("create_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("update_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="cells_pkey"),
    )


def _customers() -> None:
    op.create_table(
        "customers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("segment", sa.Text(), nullable=False),
        sa.Column("contacts", JSONB(), nullable=False),
        sa.Column("create_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("update_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="customers_pkey"),
    )
    op.create_index(
        "customers_contacts_idx",
        "customers",
        ["contacts"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"contacts": "jsonb_path_ops"},
    )


def _interactions() -> None:
    op.create_table(
        "interactions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("premises_id", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("contact_address", sa.Text(), nullable=False),
        sa.Column("first_contact_owner", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("confirmed_facts", JSONB(), nullable=False),
        sa.Column("queue_seconds", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("occur_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("create_time", TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="interactions_pkey"),
    )
    op.create_index("interactions_customer_id_idx", "interactions", ["customer_id"], unique=False)
    op.create_index("interactions_occur_time_idx", "interactions", ["occur_time"], unique=False)


def _network_nodes() -> None:
    op.create_table(
        "network_nodes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Text(), nullable=True),
        sa.Column("path", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("create_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="network_nodes_pkey"),
    )
    op.create_index("network_nodes_parent_id_idx", "network_nodes", ["parent_id"], unique=False)
    op.create_index("network_nodes_path_idx", "network_nodes", ["path"], unique=False, postgresql_using="gin")


def _premises() -> None:
    op.create_table(
        "premises",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("network_node_id", sa.Text(), nullable=True),
        sa.Column("network_path", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("cell_id", sa.Text(), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("create_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("update_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="premises_pkey"),
    )
    op.create_index("premises_cell_id_idx", "premises", ["cell_id"], unique=False)
    op.create_index(
        "premises_network_path_idx",
        "premises",
        ["network_path"],
        unique=False,
        postgresql_using="gin",
    )


def _service_points() -> None:
    op.create_table(
        "service_points",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("premises_id", sa.Text(), nullable=False),
        sa.Column("commodity", sa.Text(), nullable=False),
        sa.Column("create_time", TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="service_points_pkey"),
        sa.UniqueConstraint("premises_id", "commodity", name="service_points_premises_id_commodity_key"),
    )


def _timeline() -> None:
    op.create_table(
        "timeline",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("occur_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("data", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="timeline_pkey"),
    )
    op.create_index("timeline_customer_idx", "timeline", ["customer_id", "occur_time", "id"], unique=False)


def _premises_history() -> None:
    op.create_table(
        "premises_history",
        sa.Column("premises_id", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["premises_id"], ["premises.id"], name="premises_history_premises_id_fkey"),
        sa.PrimaryKeyConstraint("premises_id", "year", "kind", name="premises_history_pkey"),
    )
