"""The templates of what puts right that which is not true any more; those that an operator has made stay theirs."""

from alembic import op

from notifications.defaults import bring

revision = "notifications_0012"
down_revision = "notifications_0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    bring(op, release=4)  # type: ignore[arg-type]  # the module is its Operations


def downgrade() -> None:
    """Leaves them: messages may have been made of them, and the table goes with the first revision."""
