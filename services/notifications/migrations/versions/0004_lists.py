"""Indexes for what lists filter by, so that a page costs the same of a thousand rows and of a million.

Without one the planner walks through the primary key and hopes to meet a page of matching rows soon; those that are
open are the newest, and it meets them last.
"""

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
    for name, table, columns, where in _INDEXES:
        indexes.build(op, name, table, columns, where)  # type: ignore[arg-type]  # the module is its Operations


def downgrade() -> None:
    for name, *_ in _INDEXES:
        indexes.drop(op, name)  # type: ignore[arg-type]
