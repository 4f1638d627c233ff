"""Sensors, what they measured last, their alarms, and who is served where (W11); may be run again from its start."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP

revision = "workorders_0009"
down_revision = "workorders_0008"
branch_labels = None
depends_on = None

_INSTANT = TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "sensors",
        sa.Column("id", sa.Text(), primary_key=True),
        _text("kind"),
        _text("premises_id"),
        _text("display_name"),
        _text("state"),
        sa.Column("create_time", _INSTANT, nullable=False),
        sa.Column("update_time", _INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        if_not_exists=True,
    )
    _index("sensors_premises_id_idx", "sensors", "premises_id")
    op.create_table(
        "sensor_watches",
        sa.Column("sensor_id", sa.Text(), primary_key=True),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("measure_time", _INSTANT, nullable=False),
        sa.Column("off_since", _INSTANT),
        sa.Column("alarm_id", sa.Text()),
        postgresql_with={"fillfactor": 50},
        if_not_exists=True,
    )
    _create_alarms()
    op.create_table(
        "agreements",
        sa.Column("id", sa.Text(), primary_key=True),
        _text("customer_id"),
        _text("premises_id"),
        _text("commodity"),
        sa.Column("is_running", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        if_not_exists=True,
    )
    _index("agreements_premises_idx", "agreements", "premises_id", "commodity", where="is_running")


def _create_alarms() -> None:
    op.create_table(
        "sensor_alarms",
        sa.Column("id", sa.Text(), primary_key=True),
        _text("premises_id"),
        _text("kind"),
        _text("state"),
        _text("ticket_id"),
        sa.Column("sensor_ids", ARRAY(sa.Text()), nullable=False),
        sa.Column("open_time", _INSTANT, nullable=False),
        sa.Column("end_time", _INSTANT),
        sa.Column("version", sa.Integer(), nullable=False),
        if_not_exists=True,
    )
    _index("sensor_alarms_open_key", "sensor_alarms", "premises_id", "kind", where="state = 'OPEN'", unique=True)
    _index("sensor_alarms_premises_idx", "sensor_alarms", "premises_id", "kind", "open_time")
    _index("sensor_alarms_open_time_idx", "sensor_alarms", "open_time")


def downgrade() -> None:
    for table in ("agreements", "sensor_alarms", "sensor_watches", "sensors"):
        op.drop_table(table)


def _text(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(), nullable=False)


def _index(name: str, table: str, *columns: str, where: str = "", unique: bool = False) -> None:
    """Of a table that is new and empty, so nobody waits while it is built."""
    condition = sa.text(where) if where else None
    op.create_index(name, table, list(columns), unique=unique, postgresql_where=condition, if_not_exists=True)
