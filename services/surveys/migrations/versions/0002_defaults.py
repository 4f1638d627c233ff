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


_JSON = ("title", "questions", "factors", "complaint_phrases")


def _column(name: str, value: object) -> sa.ColumnClause[Any]:
    """PostgreSQL needs to be told only which values are JSON, times or intervals."""
    if name in _JSON:
        return sa.column(name, JSONB)
    if isinstance(value, datetime):
        return sa.column(name, TIMESTAMP(timezone=True))
    return sa.column(name, sa.Interval) if isinstance(value, timedelta) else sa.column(name)


def upgrade() -> None:
    defaults = json.loads((Path(__file__).parents[1] / "defaults.json").read_text(encoding="utf-8"))
    for given in defaults["questionnaires"]:
        _add("questionnaires", _published(given))
    for given in defaults["trigger_rules"]["rules"]:
        _add("trigger_rules", _rule_row(defaults["trigger_rules"]["common"], given))
    for given in defaults["factor_trees"]:
        _add("factor_trees", {"id": f"{given['code']}-v1", **given, "number": 1, "create_time": _SHIPPED})


def downgrade() -> None:
    """Leaves the data: surveys may refer to it, and the tables go with the first revision."""


def _add(name: str, row: Mapping[str, Any]) -> None:
    table = sa.table(name, *(_column(column, value) for column, value in row.items()))
    op.execute(insert(table).values(row).on_conflict_do_nothing())


def _published(given: Mapping[str, Any]) -> dict[str, Any]:
    times = {"create_time": _SHIPPED, "update_time": _SHIPPED, "publish_time": _SHIPPED}
    return {"id": f"{given['code']}-v1", **given, "number": 1, "state": "PUBLISHED", "version": 2, **times}


def _rule_row(common: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    merged = {**common, **given, "update_time": _SHIPPED, "version": 1}
    for name in ("fatigue", "valid_for", "call_back_after"):
        merged[name] = timedelta(days=merged.pop(f"{name}_days"))
    merged["delay"] = timedelta(hours=merged.pop("delay_hours"))
    return merged
