"""Who complained, and in what words, goes when it is past its time (C9)."""

from alembic import op

from servicekit import retention

revision = "complaints_0006"
down_revision = "complaints_0005"
branch_labels = None
depends_on = None

_ENDED = "forget_time IS NULL AND close_time IS NOT NULL"
_INDEX = ("complaints_kept_idx", "complaints", ("close_time",), _ENDED)


def upgrade() -> None:
    retention.add_forget_time(op, "complaints", _INDEX)  # type: ignore[arg-type]  # the module is its Operations


def downgrade() -> None:
    retention.drop_forget_time(op, "complaints", _INDEX)  # type: ignore[arg-type]  # the module is its Operations
