"""What callers said goes when it is past its time (C9)."""

from alembic import op

from servicekit import retention

revision = "workorders_0007"
down_revision = "workorders_0006"
branch_labels = None
depends_on = None

_ENDED = "forget_time IS NULL AND state IN ('RESOLVED', 'CANCELLED')"
_INDEX = ("tickets_kept_idx", "tickets", ("report_time",), _ENDED)


def upgrade() -> None:
    retention.add_forget_time(op, "tickets", _INDEX)  # type: ignore[arg-type]  # the module is its Operations


def downgrade() -> None:
    retention.drop_forget_time(op, "tickets", _INDEX)  # type: ignore[arg-type]  # the module is its Operations
