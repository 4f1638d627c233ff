"""What callers said goes when it is past its time (C9)."""

import sqlalchemy as sa
from alembic import op

from servicekit import indexes
from servicekit.tables import Instant

revision = "workorders_0007"
down_revision = "workorders_0006"
branch_labels = None
depends_on = None

_ENDED = "forget_time IS NULL AND state IN ('RESOLVED', 'CANCELLED')"
_INDEX = ("tickets_kept_idx", "tickets", ("report_time",), _ENDED)


def upgrade() -> None:
    op.add_column("tickets", sa.Column("forget_time", Instant), if_not_exists=True)
    indexes.build(op, _INDEX)  # type: ignore[arg-type]  # the module is its Operations


def downgrade() -> None:
    indexes.drop(op, _INDEX)  # type: ignore[arg-type]
    op.drop_column("tickets", "forget_time")
