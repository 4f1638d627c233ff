"""Indexes for what lists filter by, as those of tickets in workorders, where they were measured."""

from alembic import op

from servicekit import indexes

revision = "customers_0004"
down_revision = "customers_0003"
branch_labels = None
depends_on = None

_INDEXES = (
    ("interactions_premises_id_idx", "interactions", ("premises_id",), ""),
    ("premises_network_node_id_idx", "premises", ("network_node_id",), ""),
)


def upgrade() -> None:
    indexes.build(op, *_INDEXES)  # type: ignore[arg-type]  # the module is its Operations


def downgrade() -> None:
    indexes.drop(op, *_INDEXES)  # type: ignore[arg-type]
