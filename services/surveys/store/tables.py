"""The tables of the surveys service; columns that name a resource hold its id part."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    Interval,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from servicekit import tables
from servicekit.personal.columns import PersonalJson, PersonalText
from servicekit.tables import Instant

metadata = tables.metadata()

questionnaires = Table(
    "questionnaires",
    metadata,
    Column("id", Text, primary_key=True),
    Column("code", Text, nullable=False),
    # Which version of the code this is; `version` counts the edits of the row, as in every table.
    Column("number", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("title", JSONB, nullable=False),
    Column("questions", JSONB, nullable=False),
    Column("create_time", Instant, nullable=False),
    Column("update_time", Instant, nullable=False),
    Column("publish_time", Instant),
    Column("version", Integer, nullable=False),
    UniqueConstraint("code", "number"),
)

trigger_rules = Table(
    "trigger_rules",
    metadata,
    Column("business_type", Text, primary_key=True),
    Column("enabled", Boolean, nullable=False),
    Column("questionnaire_code", Text, nullable=False),
    Column("sampling_rate", Double, nullable=False),
    Column("delay", Interval, nullable=False),
    Column("fatigue", Interval, nullable=False),
    Column("valid_for", Interval, nullable=False),
    Column("call_back_after", Interval, nullable=False),
    Column("max_attempts", Integer, nullable=False),
    Column("low_score_max", Integer, nullable=False),
    Column("complaint_score_max", Integer, nullable=False),
    Column("complaint_phrases", JSONB, nullable=False),
    Column("update_time", Instant, nullable=False),
    Column("version", Integer, nullable=False),
)

factor_trees = Table(
    "factor_trees",
    metadata,
    Column("id", Text, primary_key=True),
    Column("code", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("factors", JSONB, nullable=False),
    Column("create_time", Instant, nullable=False),
    UniqueConstraint("code", "number"),
)

# Every chance to ask a customer about a finished job, and what became of it; newest fact of the job wins.
occasions = Table(
    "occasions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("work_order_id", Text, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("business_type", Text, nullable=False),
    Column("premises_id", Text, nullable=False),
    Column("commodity", Text, nullable=False),
    Column("cell_id", Text, nullable=False),
    # When the job was completed, or reopened.
    Column("occur_time", Instant, nullable=False),
    Column("outcome", Text, nullable=False),
    # Version of the work order that this row tells of.
    Column("sequence", BigInteger, nullable=False),
    Index("occasions_occur_time_idx", "occur_time"),
    Index("occasions_work_order_id_idx", "work_order_id"),
)

# One row per customer ever considered: locked while it is decided whether to invite (fatigue limit).
invitees = Table(
    "invitees",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("last_invite_time", Instant),
)

surveys = Table(
    "surveys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("work_order_id", Text, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("business_type", Text, nullable=False),
    Column("premises_id", Text, nullable=False),
    Column("commodity", Text, nullable=False),
    Column("cell_id", Text, nullable=False),
    Column("questionnaire_id", Text, ForeignKey("questionnaires.id"), nullable=False),
    Column("state", Text, nullable=False),
    Column("invite_time", Instant, nullable=False),
    Column("expire_time", Instant, nullable=False),
    Column("end_time", Instant),
    Column("callback", Text, nullable=False),
    Column("claimed_by", Text, nullable=False),
    Column("claim_expire_time", Instant),
    Column("attempts", Integer, nullable=False),
    Column("max_attempts", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    # When what it told of people was past its time; empty before.
    Column("forget_time", Instant),
    Index("surveys_kept_idx", "invite_time", postgresql_where=text("forget_time IS NULL")),
    Index("surveys_customer_id_idx", "customer_id"),
    Index("surveys_invite_time_idx", "invite_time"),
    Index("surveys_callback_idx", "expire_time", postgresql_where=text("callback IN ('OPEN', 'CLAIMED')")),
)

# The one answer to a survey, with what the index groups by, so that a period is one scan of one table.
responses = Table(
    "responses",
    metadata,
    Column("survey_id", Text, ForeignKey("surveys.id"), primary_key=True),
    Column("business_type", Text, nullable=False),
    Column("commodity", Text, nullable=False),
    Column("cell_id", Text, nullable=False),
    Column("via", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Column("answers", PersonalJson, nullable=False),
    Column("score", Integer, nullable=False),
    Column("recommendation", Integer),
    # Question id to satisfaction in basis points, of the factor questions answered.
    Column("satisfaction", JSONB, nullable=False),
    Column("comment", PersonalText, nullable=False),
    Column("low_score", Boolean, nullable=False),
    Column("complaint_wanted", Boolean, nullable=False),
    Column("respond_time", Instant, nullable=False),
    Index("responses_respond_time_idx", "respond_time"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("survey_id", Text, ForeignKey("surveys.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("outcome", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Column("note", PersonalText, nullable=False),
    Column("attempt_time", Instant, nullable=False),
)

# Projection of hearthline.complaints.v1: whether a customer has a complaint open.
complaints = Table(
    "complaints",
    metadata,
    Column("id", Text, primary_key=True),
    Column("customer_id", Text, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Index("complaints_open_idx", "customer_id", postgresql_where=text("open")),
)

# Projection: each time a customer was told what came of an answer.
feedback = Table(
    "feedback",
    metadata,
    Column("survey_id", Text, primary_key=True),
    Column("event_id", Text, primary_key=True),
    # The complaint or ticket that was decided or resolved, as a resource name.
    Column("source", Text, nullable=False),
    Column("time", Instant, nullable=False),
)
