"""What a message said, and to whom, goes when it is past its time (C9)."""

from alembic import op

from servicekit import retention

revision = "notifications_0007"
down_revision = "notifications_0006"
branch_labels = None
depends_on = None

_ENDED = "forget_time IS NULL AND state IN ('DELIVERED', 'FAILED', 'SUPPRESSED', 'SENT')"
_INDEX = ("notifications_kept_idx", "notifications", ("create_time",), _ENDED)


def upgrade() -> None:
    retention.add_forget_time(op, "notifications", _INDEX)  # type: ignore[arg-type]  # the module is its Operations


def downgrade() -> None:
    retention.drop_forget_time(op, "notifications", _INDEX)  # type: ignore[arg-type]  # the module is its Operations
