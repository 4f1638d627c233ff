"""What people said in answers and call-backs goes when it is past its time (C9)."""

import sqlalchemy as sa
from alembic import op

from servicekit import indexes
from servicekit.tables import Instant

revision = "surveys_0006"
down_revision = "surveys_0005"
branch_labels = None
depends_on = None

_ENDED = "forget_time IS NULL"
_INDEX = ("surveys_kept_idx", "surveys", ("invite_time",), _ENDED)


def upgrade() -> None:
    op.add_column("surveys", sa.Column("forget_time", Instant), if_not_exists=True)
    indexes.build(op, _INDEX)  # type: ignore[arg-type]  # the module is its Operations


def downgrade() -> None:
    indexes.drop(op, _INDEX)  # type: ignore[arg-type]
    op.drop_column("surveys", "forget_time")
