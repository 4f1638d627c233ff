"""Who signed for a job, and what crews noted, goes when it is past its time (C9)."""

from alembic import op

from servicekit import retention

revision = "workorders_0008"
down_revision = "workorders_0007"
branch_labels = None
depends_on = None

_ENDED = "forget_time IS NULL AND state IN ('CLOSED', 'CANCELLED', 'NOT_DONE')"
_INDEX = ("work_orders_kept_idx", "work_orders", ("report_time",), _ENDED)


def upgrade() -> None:
    retention.add_forget_time(op, "work_orders", _INDEX)  # type: ignore[arg-type]  # the module is its Operations


def downgrade() -> None:
    retention.drop_forget_time(op, "work_orders", _INDEX)  # type: ignore[arg-type]  # the module is its Operations
