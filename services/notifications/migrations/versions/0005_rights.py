"""People may have what is held on them, and be forgotten."""

from alembic import op

from servicekit import tables

revision = "notifications_0005"
down_revision = "notifications_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    tables.create_rights(op)  # type: ignore[arg-type]  # the module is its Operations


def downgrade() -> None:
    tables.drop_rights(op)  # type: ignore[arg-type]  # the module is its Operations
