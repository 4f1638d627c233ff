"""The templates of what ends without a repair or takes longer; those that an operator has made stay theirs."""

from alembic import op

from notifications.defaults import bring

revision = "notifications_0002"
down_revision = "notifications_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    bring(op, release=2)  # type: ignore[arg-type]  # the module is its Operations


def downgrade() -> None:
    """Leaves them: messages may have been made of them, and the table goes with the first revision."""
