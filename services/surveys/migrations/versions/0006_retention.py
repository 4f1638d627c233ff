"""What people said in answers and call-backs goes when it is past its time (C9)."""

from alembic import op

from servicekit import retention

revision = "surveys_0006"
down_revision = "surveys_0005"
branch_labels = None
depends_on = None

_ENDED = "forget_time IS NULL"
_INDEX = ("surveys_kept_idx", "surveys", ("invite_time",), _ENDED)


def upgrade() -> None:
    retention.add_forget_time(op, "surveys", _INDEX)  # type: ignore[arg-type]  # the module is its Operations


def downgrade() -> None:
    retention.drop_forget_time(op, "surveys", _INDEX)  # type: ignore[arg-type]  # the module is its Operations
