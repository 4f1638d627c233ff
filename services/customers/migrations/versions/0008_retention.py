"""What was said in a contact goes when it is past its time, and entries of timelines go (C9)."""

import sqlalchemy as sa
from alembic import op

from servicekit import indexes
from servicekit.tables import Instant

revision = "customers_0008"
down_revision = "customers_0007"
branch_labels = None
depends_on = None

_INDEXES = (
    ("interactions_kept_idx", "interactions", ("occur_time",), "forget_time IS NULL"),
    ("timeline_occur_time_idx", "timeline", ("occur_time",), ""),
)


def upgrade() -> None:
    op.add_column("interactions", sa.Column("forget_time", Instant), if_not_exists=True)
    indexes.build(op, *_INDEXES)  # type: ignore[arg-type]  # the module is its Operations


def downgrade() -> None:
    indexes.drop(op, *_INDEXES)  # type: ignore[arg-type]
    op.drop_column("interactions", "forget_time")
