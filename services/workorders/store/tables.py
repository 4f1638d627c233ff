"""The tables of the workorders service, beside the kit's."""

from sqlalchemy import Boolean, Column, Double, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from servicekit.personal.columns import PersonalJson, PersonalText
from servicekit.tables import Instant
from servicekit.tables import metadata as kit_metadata

metadata = kit_metadata()

TICKETS_KEPT = text("forget_time IS NULL AND state IN ('RESOLVED', 'CANCELLED')")
"""Tickets with what callers said, that nobody works on any more."""
JOBS_KEPT = text("forget_time IS NULL AND state IN ('CLOSED', 'CANCELLED', 'NOT_DONE')")
"""The same for jobs, with who signed and what crews noted."""

tickets = Table(
    "tickets",
    metadata,
    Column("id", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("customer_id", Text),
    Column("premises_id", Text),
    Column("incident_id", Text),
    Column("commodity", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("urgency", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("summary", PersonalText, nullable=False),
    Column("interaction_id", Text),
    Column("report_time", Instant, nullable=False),
    Column("resolve_time", Instant),
    Column("outcome", PersonalText, nullable=False),
    Column("imported", Boolean, nullable=False),
    Column("related_resource", Text, nullable=False),
    Column("create_time", Instant, nullable=False),
    Column("update_time", Instant, nullable=False),
    Column("version", Integer, nullable=False),
    # When what it told of people was past its time; empty before.
    Column("forget_time", Instant),
    # Without the open ones: who takes a ticket in waits for no entry.
    Index("tickets_kept_idx", "report_time", postgresql_where=TICKETS_KEPT),
    Index("tickets_incident_idx", "incident_id", postgresql_where=text("incident_id IS NOT NULL")),
    Index("tickets_customer_idx", "customer_id"),
    Index("tickets_report_idx", "report_time"),
    Index("tickets_state_idx", "state", "id"),
    Index("tickets_premises_idx", "premises_id", "id"),
    Index("tickets_category_idx", "category", "id"),
    Index("tickets_create_idx", "create_time"),
    Index("tickets_resolve_idx", "resolve_time", postgresql_where=text("resolve_time IS NOT NULL")),
    Index("tickets_related_idx", "related_resource", postgresql_where=text("related_resource <> ''")),
)

incidents = Table(
    "incidents",
    metadata,
    Column("id", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("premises_id", Text, nullable=False),
    Column("commodity", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("urgency", Text, nullable=False),
    Column("open_time", Instant, nullable=False),
    Column("resolve_time", Instant),
    Column("version", Integer, nullable=False),
    Index("incidents_place_idx", "place", "commodity", "category", postgresql_where=text("state = 'OPEN'")),
    Index("incidents_state_idx", "state", "id"),
    Index("incidents_premises_idx", "premises_id"),
    Index("incidents_open_time_idx", "open_time"),
)

work_orders = Table(
    "work_orders",
    metadata,
    Column("id", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("incident_id", Text, nullable=False, index=True),
    Column("premises_id", Text, nullable=False, index=True),
    Column("cell_id", Text),
    Column("crew_id", Text),
    Column("commodity", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("urgency", Text, nullable=False),
    Column("business_type", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    # All that nobody searches by: stages, promises, the frozen standard, completion.
    Column("body", PersonalJson, nullable=False),
    Column("report_time", Instant, nullable=False),
    Column("create_time", Instant, nullable=False),
    Column("update_time", Instant, nullable=False),
    Column("version", Integer, nullable=False),
    # When what it told of people was past its time; empty before.
    Column("forget_time", Instant),
    Index("work_orders_kept_idx", "report_time", postgresql_where=JOBS_KEPT),
    Index(
        "work_orders_open_idx",
        "state",
        "crew_id",
        postgresql_where=text("state NOT IN ('CLOSED', 'CANCELLED', 'NOT_DONE')"),
    ),
    Index("work_orders_create_idx", "create_time"),
    Index("work_orders_state_idx", "state", "id"),
    Index("work_orders_crew_idx", "crew_id", "id"),
    Index("work_orders_cell_idx", "cell_id", "id"),
)

promises = Table(
    "promises",
    metadata,
    Column("work_order_id", Text, primary_key=True),
    Column("clock", Text, primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("commodity", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("urgency", Text, nullable=False),
    Column("start_time", Instant, nullable=False),
    Column("due_time", Instant, nullable=False),
    Column("met_time", Instant),
    Column("breached", Boolean, nullable=False),
    # Of the work order, so that a late write never overwrites a newer one.
    Column("version", Integer, nullable=False),
    Index("promises_start_idx", "start_time"),
)

crews = Table(
    "crews",
    metadata,
    Column("id", Text, primary_key=True),
    Column("display_name", Text, nullable=False),
    Column("skills", ARRAY(Text), nullable=False),
    Column("shifts", JSONB, nullable=False),
    Column("on_call", Boolean, nullable=False),
    Column("latitude", Double, nullable=False),
    Column("longitude", Double, nullable=False),
    Column("max_load", Integer, nullable=False),
    Column("create_time", Instant, nullable=False),
    Column("update_time", Instant, nullable=False),
    Column("version", Integer, nullable=False),
)

sensors = Table(
    "sensors",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("premises_id", Text, nullable=False, index=True),
    Column("display_name", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("create_time", Instant, nullable=False),
    Column("update_time", Instant, nullable=False),
    Column("version", Integer, nullable=False),
)

# Apart from what was registered, for every reading changes it: the latest one of each sensor, and what follows from it.
watches = Table(
    "sensor_watches",
    metadata,
    Column("sensor_id", Text, primary_key=True),
    Column("value", Double, nullable=False),
    Column("measure_time", Instant, nullable=False),
    Column("off_since", Instant),
    Column("alarm_id", Text),
    # Room in each page for the next version of its rows.
    postgresql_with={"fillfactor": 50},
)

sensor_alarms = Table(
    "sensor_alarms",
    metadata,
    Column("id", Text, primary_key=True),
    Column("premises_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("ticket_id", Text, nullable=False),
    Column("sensor_ids", ARRAY(Text), nullable=False),
    Column("open_time", Instant, nullable=False),
    Column("end_time", Instant),
    Column("version", Integer, nullable=False),
    # Two sensors may raise the alarm of their premises side by side: the second fails, and then joins the first.
    Index("sensor_alarms_open_key", "premises_id", "kind", unique=True, postgresql_where=text("state = 'OPEN'")),
    Index("sensor_alarms_premises_idx", "premises_id", "kind", "open_time"),
    Index("sensor_alarms_open_time_idx", "open_time"),
)

# What is kept of customers' facts, to work without asking.

premises = Table(
    "premises",
    metadata,
    Column("id", Text, primary_key=True),
    Column("cell_id", Text),
    Column("network_path", JSONB, nullable=False),
    Column("latitude", Double, nullable=False),
    Column("longitude", Double, nullable=False),
    Column("area", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Index("premises_branch_idx", text("(network_path ->> 1)")),
)

cells = Table(
    "cells",
    metadata,
    Column("id", Text, primary_key=True),
    Column("crew_id", Text),
    Column("version", Integer, nullable=False),
)

customers = Table(
    "customers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("segment", Text, nullable=False),
    Column("version", Integer, nullable=False),
)

# Who is served where: whom a sensor's ticket is about.
agreements = Table(
    "agreements",
    metadata,
    Column("id", Text, primary_key=True),
    Column("customer_id", Text, nullable=False),
    Column("premises_id", Text, nullable=False),
    Column("commodity", Text, nullable=False),
    Column("is_running", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Index("agreements_premises_idx", "premises_id", "commodity", postgresql_where=text("is_running")),
)
