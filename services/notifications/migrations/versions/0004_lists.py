"""Indexes for what lists filter by, as those of tickets in workorders, where they were measured."""

from alembic import op

from servicekit import indexes

revision = "notifications_0004"
down_revision = "notifications_0003"
branch_labels = None
depends_on = None

_INDEXES = (
    ("notifications_state_idx", "notifications", ("state", "id"), "state NOT IN ('DELIVERED', 'SENT')"),
    ("notifications_related_resource_idx", "notifications", ("related_resource",), "related_resource <> ''"),
    ("notifications_recipient_idx", "notifications", ("recipient", "id"), ""),
)


def upgrade() -> None:
    indexes.build(op, *_INDEXES)  # type: ignore[arg-type]  # the module is its Operations


def downgrade() -> None:
    indexes.drop(op, *_INDEXES)  # type: ignore[arg-type]
