"""A migration of a release that does not exist: it expands, so the release before it goes on."""

import sqlalchemy as sa
from alembic import op

revision = "workorders_e2e"
down_revision = "the newest"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tickets", sa.Column("e2e_note", sa.Text))


def downgrade() -> None:
    op.drop_column("tickets", "e2e_note")
