"""The rows of the audit are sealed in a hash chain."""

from alembic import op

from servicekit import tables

revision = "workorders_0003"
down_revision = "workorders_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    tables.add_sealing(op, "audit", "id")  # type: ignore[arg-type]  # the module is its Operations


def downgrade() -> None:
    """Leaves columns and seals, which the older version does not look at: to drop them would drop what they prove."""
