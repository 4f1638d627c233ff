"""A message is tried for as long as it is worth sending, and providers that are away are left alone (N4)."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP

from servicekit import indexes

revision = "notifications_0009"
down_revision = "notifications_0008"
branch_labels = None
depends_on = None

_Instant = TIMESTAMP(timezone=True)
_INDEX = (
    "notifications_rank_idx",
    "notifications",
    ("rank", "due"),
    "state IN ('PENDING', 'AWAITING_CONTACT', 'SENDING')",
)


def upgrade() -> None:
    op.add_column("templates", sa.Column("life", sa.Interval()), if_not_exists=True)
    for column in (
        sa.Column("rank", sa.Integer(), nullable=False, server_default=sa.text("2")),
        sa.Column("expire_time", _Instant),
        sa.Column("waits_for", ARRAY(sa.Text()), nullable=False, server_default="{}"),
    ):
        op.add_column("notifications", column, if_not_exists=True)
    op.create_table(
        "breakers",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_failed", sa.Text(), nullable=False),
        sa.Column("open_time", _Instant),
        sa.Column("retry_time", _Instant),
        sa.Column("allowance", sa.Integer()),
        sa.PrimaryKeyConstraint("channel", name="breakers_pkey"),
        if_not_exists=True,
    )
    indexes.build(op, _INDEX)  # type: ignore[arg-type]  # the module is its Operations


def downgrade() -> None:
    indexes.drop(op, _INDEX)  # type: ignore[arg-type]
    op.drop_table("breakers")
    for column in ("rank", "expire_time", "waits_for"):
        op.drop_column("notifications", column)
    op.drop_column("templates", "life")
