"""The templates of what one more caller about a known fault is told; those that an operator has made stay theirs."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import yaml
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP, insert

revision = "notifications_0013"
down_revision = "notifications_0012"
branch_labels = None
depends_on = None

_TEMPLATES = Path(__file__).parents[2] / "defaults" / "release_5.yaml"
_RELEASED = datetime(2026, 1, 1, tzinfo=UTC)
_TIMES = ("create_time", "update_time", "publish_time")


def upgrade() -> None:
    columns = (
        *(sa.column(name) for name in ("id", "code", "number", "state", "version")),
        *(sa.column(name, JSONB) for name in ("variables", "texts")),
        *(sa.column(name, TIMESTAMP(timezone=True)) for name in _TIMES),
    )
    rows = [_row(each) for each in yaml.safe_load(_TEMPLATES.read_text("utf-8"))]
    op.execute(insert(sa.table("templates", *columns)).values(rows).on_conflict_do_nothing())


def downgrade() -> None:
    """Leaves them: messages may have been made of them, and the table goes with the first revision."""


def _row(given: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"{given['code']}-v1",
        "code": given["code"],
        "number": 1,
        "state": "PUBLISHED",
        "variables": [{"name": name, "kind": kind} for name, kind in given["variables"].items()],
        "texts": given["texts"],
        "version": 1,
        **dict.fromkeys(_TIMES, _RELEASED),
    }
