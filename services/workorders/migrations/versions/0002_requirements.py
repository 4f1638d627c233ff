"""A ticket is taken in by one statement, which itself looks whether its premises and its customer are known."""

from alembic import op

from servicekit import tables

revision = "workorders_0002"
down_revision = "workorders_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    tables.add_requirements(op)  # type: ignore[arg-type]  # the module is its Operations


def downgrade() -> None:
    tables.drop_requirements(op)  # type: ignore[arg-type]
