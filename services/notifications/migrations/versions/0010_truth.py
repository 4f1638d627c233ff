"""What makes messages untrue is known before each try (N4)."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "notifications_0010"
down_revision = "notifications_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notifications", sa.Column("sequence", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.create_table(
        "happenings",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("time", TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="happenings_pkey"),
    )
    op.create_index("happenings_subject_idx", "happenings", ["subject"])
    op.create_index("happenings_time_idx", "happenings", ["time"])


def downgrade() -> None:
    op.drop_table("happenings")
    op.drop_column("notifications", "sequence")
