"""Finding the premises of a branch, for its crews come before others (W7); may be run again from its start."""

import sqlalchemy as sa
from alembic import op

from servicekit import indexes

revision = "workorders_0010"
down_revision = "workorders_0009"
branch_labels = None
depends_on = None

_INDEX = ("premises_branch_idx", "premises", (sa.text("(network_path ->> 1)"),), "")


def upgrade() -> None:
    indexes.build(op, _INDEX)  # type: ignore[arg-type]  # the module is its Operations; an expression is a column


def downgrade() -> None:
    indexes.drop(op, _INDEX)  # type: ignore[arg-type]
