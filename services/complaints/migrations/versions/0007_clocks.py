"""What stopped or moved a deadline is found by its time, for the checks of how complaints are handled (S13)."""

from alembic import op

from servicekit import indexes

revision = "complaints_0007"
down_revision = "complaints_0006"
branch_labels = None
depends_on = None

_STOPS_OR_MOVES = "kind IN ('decision_communicated', 'withdrawn', 'extended')"
_INDEX = ("complaint_entries_clocks_idx", "complaint_entries", ("kind", "create_time"), _STOPS_OR_MOVES)


def upgrade() -> None:
    indexes.build(op, _INDEX)  # type: ignore[arg-type]  # the module is its Operations


def downgrade() -> None:
    indexes.drop(op, _INDEX)  # type: ignore[arg-type]
