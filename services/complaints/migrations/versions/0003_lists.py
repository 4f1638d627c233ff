"""Indexes for what lists filter by, as those of tickets in workorders, where they were measured."""

from alembic import op

from servicekit import indexes

revision = "complaints_0003"
down_revision = "complaints_0002"
branch_labels = None
depends_on = None

_INDEXES = (
    ("complaints_state_idx", "complaints", ("state", "id"), ""),
    ("complaints_unit_idx", "complaints", ("responsible_unit", "id"), ""),
    ("complaints_related_resource_idx", "complaints", ("related_resource",), "related_resource <> ''"),
    ("complaints_decide_due_time_idx", "complaints", ("decide_due_time",), ""),
    ("complaints_close_time_idx", "complaints", ("close_time",), "close_time IS NOT NULL"),
    ("complaints_create_time_idx", "complaints", ("create_time",), ""),
)


def upgrade() -> None:
    indexes.build(op, *_INDEXES)  # type: ignore[arg-type]  # the module is its Operations


def downgrade() -> None:
    indexes.drop(op, *_INDEXES)  # type: ignore[arg-type]
