"""What a new installation asks, whom and when: questionnaires, trigger rules and the factor tree.

All of it is data that the company changes later through the API; running this again changes nothing.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP, insert

revision = "surveys_0002"
down_revision = "surveys_0001"
branch_labels = None
depends_on = None

_SHIPPED = datetime(2026, 1, 1, tzinfo=UTC)


def _table(name: str, json_columns: str = "", time_columns: str = "", interval_columns: str = "") -> Any:
    columns = [sa.column(column, JSONB) for column in json_columns.split()]
    columns += [sa.column(column, TIMESTAMP(timezone=True)) for column in time_columns.split()]
    columns += [sa.column(column, sa.Interval) for column in interval_columns.split()]
    return lambda row: insert(
        sa.table(name, *columns, *(sa.column(each) for each in row if each not in {c.name for c in columns}))
    ).values(row)


_questionnaire = _table("questionnaires", "title questions", "create_time update_time publish_time")
_rule = _table("trigger_rules", "complaint_phrases", "update_time", "delay fatigue valid_for call_back_after")
_tree = _table("factor_trees", "factors", "create_time")


def upgrade() -> None:
    defaults = json.loads((Path(__file__).parents[1] / "defaults.json").read_text(encoding="utf-8"))
    for given in defaults["questionnaires"]:
        _add(_questionnaire, _published(given))
    for given in defaults["trigger_rules"]["rules"]:
        _add(_rule, _rule_row(defaults["trigger_rules"]["common"], given))
    for given in defaults["factor_trees"]:
        _add(_tree, {"id": f"{given['code']}-v1", **given, "number": 1, "create_time": _SHIPPED})


def downgrade() -> None:
    """Leaves the data: surveys may refer to it, and the tables go with the first revision."""


def _add(statement: Any, row: Mapping[str, Any]) -> None:
    op.execute(statement(row).on_conflict_do_nothing())


def _published(given: Mapping[str, Any]) -> dict[str, Any]:
    times = {"create_time": _SHIPPED, "update_time": _SHIPPED, "publish_time": _SHIPPED}
    return {"id": f"{given['code']}-v1", **given, "number": 1, "state": "PUBLISHED", "version": 2, **times}


def _rule_row(common: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    merged = {**common, **given, "update_time": _SHIPPED, "version": 1}
    for name in ("fatigue", "valid_for", "call_back_after"):
        merged[name] = timedelta(days=merged.pop(f"{name}_days"))
    merged["delay"] = timedelta(hours=merged.pop("delay_hours"))
    return merged
