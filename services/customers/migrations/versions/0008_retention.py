"""What was said in a contact goes when it is past its time, and entries of timelines go (C9)."""

from alembic import op

from servicekit import retention

revision = "customers_0008"
down_revision = "customers_0007"
branch_labels = None
depends_on = None

_INDEXES = (
    ("interactions_kept_idx", "interactions", ("occur_time",), "forget_time IS NULL"),
    ("timeline_occur_time_idx", "timeline", ("occur_time",), ""),
)


def upgrade() -> None:
    retention.add_forget_time(op, "interactions", *_INDEXES)  # type: ignore[arg-type]  # the module is its Operations


def downgrade() -> None:
    retention.drop_forget_time(op, "interactions", *_INDEXES)  # type: ignore[arg-type]  # the module is its Operations
