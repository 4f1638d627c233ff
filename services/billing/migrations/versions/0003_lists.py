"""Indexes for what lists filter by, as those of tickets in workorders, where they were measured."""

from alembic import op

from servicekit import indexes

revision = "billing_0003"
down_revision = "billing_0002"
branch_labels = None
depends_on = None

_INDEXES = (
    ("accounts_premises_id_idx", "accounts", ("premises_id",), ""),
    ("accounts_suspended_idx", "accounts", ("id",), "state = 'SUSPENDED'"),
    ("accounts_open_time_idx", "accounts", ("open_time",), ""),
    ("charges_customer_id_idx", "charges", ("customer_id",), ""),
    ("charges_post_time_idx", "charges", ("post_time", "id"), ""),
    ("charges_due_time_idx", "charges", ("due_time",), "due_time IS NOT NULL"),
    ("payments_customer_id_idx", "payments", ("customer_id",), ""),
    ("payments_pay_time_idx", "payments", ("pay_time",), ""),
    ("payments_taken_back_idx", "payments", ("state", "id"), "state <> 'POSTED'"),
)


def upgrade() -> None:
    indexes.build(op, *_INDEXES)  # type: ignore[arg-type]  # the module is its Operations


def downgrade() -> None:
    indexes.drop(op, *_INDEXES)  # type: ignore[arg-type]
