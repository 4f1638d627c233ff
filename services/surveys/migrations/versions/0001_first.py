"""The first tables of the surveys service."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

from servicekit import tables

revision = "surveys_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    tables.create(op)  # type: ignore[arg-type]  # the module is its Operations
    _content()
    _rules()
    _occasions()
    _surveys()
    _answers()
    _projections()


def downgrade() -> None:
    op.drop_table("feedback")
    op.drop_table("complaints")
    op.drop_table("attempts")
    op.drop_table("responses")
    op.drop_table("surveys")
    op.drop_table("invitees")
    op.drop_table("occasions")
    op.drop_table("trigger_rules")
    op.drop_table("factor_trees")
    op.drop_table("questionnaires")
    tables.drop(op)  # type: ignore[arg-type]


def _content() -> None:
    op.create_table(
        "questionnaires",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("title", JSONB(), nullable=False),
        sa.Column("questions", JSONB(), nullable=False),
        sa.Column("create_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("update_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("publish_time", TIMESTAMP(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="questionnaires_pkey"),
        sa.UniqueConstraint("code", "number", name="questionnaires_code_number_key"),
    )
    op.create_table(
        "factor_trees",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("factors", JSONB(), nullable=False),
        sa.Column("create_time", TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="factor_trees_pkey"),
        sa.UniqueConstraint("code", "number", name="factor_trees_code_number_key"),
    )


def _rules() -> None:
    op.create_table(
        "trigger_rules",
        sa.Column("business_type", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("questionnaire_code", sa.Text(), nullable=False),
        sa.Column("sampling_rate", sa.Double(), nullable=False),
        sa.Column("delay", sa.Interval(), nullable=False),
        sa.Column("fatigue", sa.Interval(), nullable=False),
        sa.Column("valid_for", sa.Interval(), nullable=False),
        sa.Column("call_back_after", sa.Interval(), nullable=False),
        sa.Column("max_attempts", sa.Integer(), nullable=False),
        sa.Column("low_score_max", sa.Integer(), nullable=False),
        sa.Column("complaint_score_max", sa.Integer(), nullable=False),
        sa.Column("complaint_phrases", JSONB(), nullable=False),
        sa.Column("update_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("business_type", name="trigger_rules_pkey"),
    )


def _occasions() -> None:
    op.create_table(
        "occasions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("work_order_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("business_type", sa.Text(), nullable=False),
        sa.Column("premises_id", sa.Text(), nullable=False),
        sa.Column("commodity", sa.Text(), nullable=False),
        sa.Column("cell_id", sa.Text(), nullable=False),
        sa.Column("occur_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="occasions_pkey"),
    )
    op.create_index("occasions_occur_time_idx", "occasions", ["occur_time"], unique=False)
    op.create_index("occasions_work_order_id_idx", "occasions", ["work_order_id"], unique=False)
    op.create_table(
        "invitees",
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("last_invite_time", TIMESTAMP(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("customer_id", name="invitees_pkey"),
    )


def _surveys() -> None:
    op.create_table(
        "surveys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("work_order_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("business_type", sa.Text(), nullable=False),
        sa.Column("premises_id", sa.Text(), nullable=False),
        sa.Column("commodity", sa.Text(), nullable=False),
        sa.Column("cell_id", sa.Text(), nullable=False),
        sa.Column("questionnaire_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("invite_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("expire_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("end_time", TIMESTAMP(timezone=True), nullable=True),
        sa.Column("callback", sa.Text(), nullable=False),
        sa.Column("claimed_by", sa.Text(), nullable=False),
        sa.Column("claim_expire_time", TIMESTAMP(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("max_attempts", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["questionnaire_id"], ["questionnaires.id"], name="surveys_questionnaire_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="surveys_pkey"),
    )
    op.create_index(
        "surveys_callback_idx",
        "surveys",
        ["expire_time"],
        unique=False,
        postgresql_where=sa.text("callback IN ('OPEN', 'CLAIMED')"),
    )
    op.create_index("surveys_customer_id_idx", "surveys", ["customer_id"], unique=False)
    op.create_index("surveys_invite_time_idx", "surveys", ["invite_time"], unique=False)


def _answers() -> None:
    op.create_table(
        "responses",
        sa.Column("survey_id", sa.Text(), nullable=False),
        sa.Column("business_type", sa.Text(), nullable=False),
        sa.Column("commodity", sa.Text(), nullable=False),
        sa.Column("cell_id", sa.Text(), nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("answers", JSONB(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("recommendation", sa.Integer(), nullable=True),
        sa.Column("satisfaction", JSONB(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("low_score", sa.Boolean(), nullable=False),
        sa.Column("complaint_wanted", sa.Boolean(), nullable=False),
        sa.Column("respond_time", TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["survey_id"], ["surveys.id"], name="responses_survey_id_fkey"),
        sa.PrimaryKeyConstraint("survey_id", name="responses_pkey"),
    )
    op.create_index("responses_respond_time_idx", "responses", ["respond_time"], unique=False)
    op.create_table(
        "attempts",
        sa.Column("survey_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("attempt_time", TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["survey_id"], ["surveys.id"], name="attempts_survey_id_fkey"),
        sa.PrimaryKeyConstraint("survey_id", "number", name="attempts_pkey"),
    )


def _projections() -> None:
    op.create_table(
        "complaints",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="complaints_pkey"),
    )
    op.create_index(
        "complaints_open_idx", "complaints", ["customer_id"], unique=False, postgresql_where=sa.text("open")
    )
    op.create_table(
        "feedback",
        sa.Column("survey_id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("time", TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("survey_id", "event_id", name="feedback_pkey"),
    )
