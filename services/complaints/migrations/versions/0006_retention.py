"""Who complained, and in what words, goes when it is past its time (C9)."""

import sqlalchemy as sa
from alembic import op

from servicekit import indexes
from servicekit.tables import Instant

revision = "complaints_0006"
down_revision = "complaints_0005"
branch_labels = None
depends_on = None

_ENDED = "forget_time IS NULL AND close_time IS NOT NULL"
_INDEX = ("complaints_kept_idx", "complaints", ("close_time",), _ENDED)


def upgrade() -> None:
    op.add_column("complaints", sa.Column("forget_time", Instant), if_not_exists=True)
    indexes.build(op, _INDEX)  # type: ignore[arg-type]  # the module is its Operations


def downgrade() -> None:
    indexes.drop(op, _INDEX)  # type: ignore[arg-type]
    op.drop_column("complaints", "forget_time")
