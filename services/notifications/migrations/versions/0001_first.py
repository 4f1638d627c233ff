"""The first tables of the notifications service, and the templates it starts with."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

from notifications.defaults import bring
from servicekit import tables

revision = "notifications_0001"
down_revision = None
branch_labels = None
depends_on = None

_Instant = TIMESTAMP(timezone=True)


def upgrade() -> None:
    tables.create(op)  # type: ignore[arg-type]  # the module is its Operations
    _contacts()
    _templates()
    _notifications()
    _sandbox()


def downgrade() -> None:
    for table in ("sandbox_messages", "notifications", "templates", "contacts"):
        op.drop_table(table)
    tables.drop(op)  # type: ignore[arg-type]


def _text(name: str, default: str | None = None) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(), nullable=False, server_default=default)


def _time(name: str, nullable: bool = False) -> "sa.Column[object]":
    return sa.Column(name, _Instant, nullable=nullable)


def _version() -> "sa.Column[int]":
    return sa.Column("version", sa.Integer(), nullable=False)


def _contacts() -> None:
    op.create_table(
        "contacts",
        _text("customer_id"),
        _text("display_name"),
        sa.Column("points", JSONB(), nullable=False),
        _version(),
        sa.PrimaryKeyConstraint("customer_id", name="contacts_pkey"),
    )


def _templates() -> None:
    op.create_table(
        "templates",
        _text("id"),
        _text("code"),
        sa.Column("number", sa.Integer(), nullable=False),
        _text("state"),
        sa.Column("variables", JSONB(), nullable=False),
        sa.Column("texts", JSONB(), nullable=False),
        _time("create_time"),
        _time("update_time"),
        _time("publish_time", nullable=True),
        _version(),
        sa.PrimaryKeyConstraint("id", name="templates_pkey"),
        sa.UniqueConstraint("code", "number", name="templates_code_number_key"),
    )
    bring(op, release=1)  # type: ignore[arg-type]


def _notifications() -> None:
    op.create_table(
        "notifications",
        _text("id"),
        _text("template_code"),
        _text("recipient"),
        _text("customer_id"),
        sa.Column("direct", JSONB()),
        sa.Column("variables", JSONB(), nullable=False),
        _text("related_resource"),
        _text("traceparent"),
        _text("state"),
        _time("due"),
        _time("create_time"),
        _time("update_time"),
        _version(),
        _time("lease_until", nullable=True),
        *(_text(n, "") for n in ("reason", "template_id", "channel", "language", "message_key", "subject", "body")),
        sa.Column("attempts", JSONB(), nullable=False, server_default="[]"),
        _time("sent_time", nullable=True),
        _time("finish_time", nullable=True),
        sa.PrimaryKeyConstraint("id", name="notifications_pkey"),
    )
    is_open = sa.text("state IN ('PENDING', 'AWAITING_CONTACT', 'SENDING')")
    op.create_index("notifications_open_idx", "notifications", ["due"], postgresql_where=is_open)
    op.create_index("notifications_customer_id_idx", "notifications", ["customer_id", "create_time"])
    op.create_index("notifications_create_time_idx", "notifications", ["create_time"])


def _sandbox() -> None:
    op.create_table(
        "sandbox_messages",
        *(_text(n) for n in ("message_key", "notification_id", "channel", "address", "subject", "body")),
        _time("create_time"),
        sa.Column("receipt", sa.Text()),
        _time("receipt_due", nullable=True),
        sa.PrimaryKeyConstraint("message_key", name="sandbox_messages_pkey"),
    )
    owed = sa.text("receipt_due IS NOT NULL")
    op.create_index("sandbox_messages_receipt_due_idx", "sandbox_messages", ["receipt_due"], postgresql_where=owed)
    op.create_index("sandbox_messages_notification_id_idx", "sandbox_messages", ["notification_id"])
