"""What a message said, and to whom, goes when it is past its time (C9)."""

import sqlalchemy as sa
from alembic import op

from servicekit import indexes
from servicekit.tables import Instant

revision = "notifications_0007"
down_revision = "notifications_0006"
branch_labels = None
depends_on = None

_ENDED = "forget_time IS NULL AND state IN ('DELIVERED', 'FAILED', 'SUPPRESSED', 'SENT')"
_INDEX = ("notifications_kept_idx", "notifications", ("create_time",), _ENDED)


def upgrade() -> None:
    op.add_column("notifications", sa.Column("forget_time", Instant), if_not_exists=True)
    indexes.build(op, _INDEX)  # type: ignore[arg-type]  # the module is its Operations


def downgrade() -> None:
    indexes.drop(op, _INDEX)  # type: ignore[arg-type]
    op.drop_column("notifications", "forget_time")
