"""Who reads what of people is kept (C9)."""

from alembic import op

from servicekit import tables

revision = "complaints_0005"
down_revision = "complaints_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    tables.create_accesses(op)  # type: ignore[arg-type]  # the module is its Operations


def downgrade() -> None:
    tables.drop_accesses(op)  # type: ignore[arg-type]  # the module is its Operations
