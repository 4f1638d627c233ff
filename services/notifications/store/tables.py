"""The tables of the notifications service; columns that name a resource hold its id part."""

from sqlalchemy import Boolean, Column, Index, Integer, Interval, Table, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from servicekit import tables
from servicekit.personal.columns import PersonalJson, PersonalText
from servicekit.tables import Instant

metadata = tables.metadata()

OPEN = text("state IN ('PENDING', 'AWAITING_CONTACT', 'SENDING')")
"""What the sender still has to do with; word for word the condition of its index."""

KEPT = text("forget_time IS NULL AND state IN ('DELIVERED', 'FAILED', 'SUPPRESSED', 'SENT')")
"""What said something to somebody, and is not open any more."""

# A projection of the customers' facts: the newest version of each customer wins.
contacts = Table(
    "contacts",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("display_name", PersonalText, nullable=False),
    Column("points", PersonalJson, nullable=False),
    Column("version", Integer, nullable=False),
)

templates = Table(
    "templates",
    metadata,
    Column("id", Text, primary_key=True),
    Column("code", Text, nullable=False),
    # Which version of the code this is; `version` counts the edits of the row, as in every table.
    Column("number", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("variables", JSONB, nullable=False),
    Column("texts", JSONB, nullable=False),
    # How long a message by it is worth sending; null where its code, or the setting, says so.
    Column("life", Interval),
    Column("create_time", Instant, nullable=False),
    Column("update_time", Instant, nullable=False),
    Column("publish_time", Instant),
    Column("version", Integer, nullable=False),
    UniqueConstraint("code", "number"),
)

notifications = Table(
    "notifications",
    metadata,
    Column("id", Text, primary_key=True),
    Column("template_code", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("direct", PersonalJson),
    Column("variables", PersonalJson, nullable=False),
    Column("related_resource", Text, nullable=False),
    Column("confidential", Boolean, nullable=False, server_default=text("false")),
    # Of the fact or call that caused it; the sender goes on in that trace.
    Column("traceparent", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("due", Instant, nullable=False),
    Column("create_time", Instant, nullable=False),
    Column("update_time", Instant, nullable=False),
    Column("version", Integer, nullable=False),
    # From here on filled by the sender. The lease runs in real time, by the database's clock.
    Column("lease_until", Instant),
    Column("reason", Text, nullable=False, server_default=""),
    Column("template_id", Text, nullable=False, server_default=""),
    Column("channel", Text, nullable=False, server_default=""),
    Column("language", Text, nullable=False, server_default=""),
    Column("message_key", Text, nullable=False, server_default=""),
    Column("subject", PersonalText, nullable=False, server_default=""),
    Column("body", PersonalText, nullable=False, server_default=""),
    Column("attempts", PersonalJson("address"), nullable=False, server_default="[]"),
    Column("sent_time", Instant),
    Column("finish_time", Instant),
    # Of the fact that caused it, when that was about the related resource; 0 for others.
    Column("sequence", Integer, nullable=False, server_default=text("0")),
    # Lower ones go out first.
    Column("rank", Integer, nullable=False, server_default=text("2")),
    Column("expire_time", Instant),
    # Channels whose return makes it due at once.
    Column("waits_for", ARRAY(Text), nullable=False, server_default="{}"),
    # When what it told of people was past its time; empty before.
    Column("forget_time", Instant),
    Index("notifications_open_idx", "due", postgresql_where=OPEN),
    Index("notifications_rank_idx", "rank", "due", postgresql_where=OPEN),
    Index("notifications_customer_id_idx", "customer_id", "create_time"),
    Index("notifications_create_time_idx", "create_time"),
    Index("notifications_kept_idx", "create_time", postgresql_where=KEPT),
    Index("notifications_state_idx", "state", "id", postgresql_where=text("state NOT IN ('DELIVERED', 'SENT')")),
    Index("notifications_related_resource_idx", "related_resource", postgresql_where=text("related_resource <> ''")),
    Index("notifications_recipient_idx", "recipient", "id"),
)

# The latest fact of each kind about what messages are about: it may make one untrue that was not sent yet.
happenings = Table(
    "happenings",
    metadata,
    Column("id", Text, primary_key=True),
    Column("subject", Text, nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("time", Instant, nullable=False, index=True),
)

# What is known of each channel's provider; a channel that never failed has no row.
breakers = Table(
    "breakers",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_failed", Text, nullable=False),
    Column("open_time", Instant),
    Column("retry_time", Instant),
    Column("allowance", Integer),
)

# What the sandbox provider would have sent; the key makes a repeated hand-over harmless.
sandbox_messages = Table(
    "sandbox_messages",
    metadata,
    Column("message_key", Text, primary_key=True),
    Column("notification_id", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("address", PersonalText, nullable=False),
    Column("subject", PersonalText, nullable=False),
    Column("body", PersonalText, nullable=False),
    Column("create_time", Instant, nullable=False),
    # The receipt that it will give, and when; null when it gave it, or never will.
    Column("receipt", Text),
    Column("receipt_due", Instant),
    Index("sandbox_messages_receipt_due_idx", "receipt_due", postgresql_where=text("receipt_due IS NOT NULL")),
    Index("sandbox_messages_notification_id_idx", "notification_id"),
)
