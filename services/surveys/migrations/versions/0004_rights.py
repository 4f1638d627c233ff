"""People may have what is held on them, and be forgotten."""

from alembic import op

from servicekit import tables

revision = "surveys_0004"
down_revision = "surveys_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    tables.create_rights(op)  # type: ignore[arg-type]  # the module is its Operations


def downgrade() -> None:
    tables.drop_rights(op)  # type: ignore[arg-type]  # the module is its Operations
