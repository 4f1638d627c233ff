"""The tables of the customers service, beside the kit's."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from customers.store.marks import contact_texts, name_texts
from servicekit.personal.columns import Marks, PersonalJson, PersonalText
from servicekit.tables import Instant
from servicekit.tables import metadata as kit_metadata

metadata = kit_metadata()

# No list of pending entries, which every look-up would read from end to end.
_AT_ONCE = {"fastupdate": "off"}

customers = Table(
    "customers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("display_name", PersonalText, nullable=False),
    Column("kind", Text, nullable=False),
    Column("segment", Text, nullable=False),
    Column("contacts", PersonalJson, nullable=False),
    # Find a customer by their name or a word of it, and a caller by any of their addresses (C2).
    Column("name_marks", Marks("display_name", name_texts), server_default="{}", nullable=False),
    Column("contact_marks", Marks("contacts", contact_texts, edition=2), server_default="{}", nullable=False),
    Column("create_time", Instant, nullable=False),
    Column("update_time", Instant, nullable=False),
    Column("version", Integer, nullable=False),
    Column("erase_time", Instant),
    Index("customers_name_marks_idx", "name_marks", postgresql_using="gin", postgresql_with=_AT_ONCE),
    Index("customers_contact_marks_idx", "contact_marks", postgresql_using="gin", postgresql_with=_AT_ONCE),
    # Finds those whose contacts an older version wrote in clear, until they are sealed.
    Index(
        "customers_contacts_idx",
        "contacts",
        postgresql_using="gin",
        postgresql_ops={"contacts": "jsonb_path_ops"},
        postgresql_with=_AT_ONCE,
    ),
)

network_nodes = Table(
    "network_nodes",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("display_name", Text, nullable=False),
    Column("parent_id", Text, index=True),
    Column("path", ARRAY(Text), nullable=False),
    Column("create_time", Instant, nullable=False),
    Column("version", Integer, nullable=False),
    Index("network_nodes_path_idx", "path", postgresql_using="gin", postgresql_with=_AT_ONCE),
)

cells = Table(
    "cells",
    metadata,
    Column("id", Text, primary_key=True),
    Column("display_name", Text, nullable=False),
    Column("account_manager", Text, nullable=False),
    Column("crew_id", Text),
    Column("create_time", Instant, nullable=False),
    Column("update_time", Instant, nullable=False),
    Column("version", Integer, nullable=False),
)

premises = Table(
    "premises",
    metadata,
    Column("id", Text, primary_key=True),
    Column("address", Text, nullable=False),
    Column("network_node_id", Text),
    Column("network_path", ARRAY(Text), nullable=False),
    Column("cell_id", Text, index=True),
    Column("latitude", Double, nullable=False),
    Column("longitude", Double, nullable=False),
    Column("area", Text, nullable=False),
    Column("create_time", Instant, nullable=False),
    Column("update_time", Instant, nullable=False),
    Column("version", Integer, nullable=False),
    Index("premises_network_path_idx", "network_path", postgresql_using="gin", postgresql_with=_AT_ONCE),
    Index("premises_network_node_id_idx", "network_node_id"),
)

premises_history = Table(
    "premises_history",
    metadata,
    Column("premises_id", Text, ForeignKey("premises.id"), primary_key=True),
    Column("year", Integer, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
)

service_points = Table(
    "service_points",
    metadata,
    Column("id", Text, primary_key=True),
    Column("premises_id", Text, nullable=False),
    Column("commodity", Text, nullable=False),
    Column("create_time", Instant, nullable=False),
    UniqueConstraint("premises_id", "commodity"),
)

agreements = Table(
    "agreements",
    metadata,
    Column("id", Text, primary_key=True),
    Column("customer_id", Text, nullable=False, index=True),
    Column("premises_id", Text, nullable=False, index=True),
    Column("service_point_id", Text, nullable=False, index=True),
    Column("commodity", Text, nullable=False),
    Column("start_time", Instant, nullable=False),
    Column("end_time", Instant),
    Column("create_time", Instant, nullable=False),
    Column("version", Integer, nullable=False),
    # Two callers who start one at the same moment: the second is refused.
    Index("agreements_holding_idx", "service_point_id", unique=True, postgresql_where=text("end_time IS NULL")),
)

interactions = Table(
    "interactions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("customer_id", Text, index=True),
    Column("premises_id", Text),
    Column("channel", Text, nullable=False),
    Column("contact_address", PersonalText, nullable=False),
    Column("first_contact_owner", Text, nullable=False),
    Column("summary", PersonalText, nullable=False),
    Column("confirmed_facts", PersonalJson, nullable=False),
    Column("queue_seconds", Integer, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("occur_time", Instant, nullable=False, index=True),
    Column("create_time", Instant, nullable=False),
    # When what was said was past its time; empty before.
    Column("forget_time", Instant),
    Index("interactions_premises_id_idx", "premises_id"),
    Index("interactions_kept_idx", "occur_time", postgresql_where=text("forget_time IS NULL")),
)

timeline = Table(
    "timeline",
    metadata,
    Column("id", Text, primary_key=True),
    Column("customer_id", Text, nullable=False),
    Column("occur_time", Instant, nullable=False),
    Column("kind", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("data", PersonalJson, nullable=False),
    Index("timeline_customer_idx", "customer_id", "occur_time", "id"),
    Index("timeline_occur_time_idx", "occur_time"),
)

data_requests = Table(
    "data_requests",
    metadata,
    Column("id", Text, primary_key=True),
    Column("customer_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("requester", Text, nullable=False),
    Column("parts", JSONB, nullable=False),
    Column("obstacles", JSONB, nullable=False),
    Column("round", Integer, nullable=False),
    Column("due_time", Instant, nullable=False),
    Column("overdue", Boolean, nullable=False),
    Column("finish_time", Instant),
    Column("expire_time", Instant),
    Column("create_time", Instant, nullable=False),
    Column("update_time", Instant, nullable=False),
    Column("version", Integer, nullable=False),
    # Two who ask at the same moment: the second is refused.
    Index(
        "data_requests_open_key",
        "customer_id",
        "kind",
        unique=True,
        postgresql_where=text("state IN ('CHECKING', 'DEFERRED', 'RUNNING')"),
    ),
)
