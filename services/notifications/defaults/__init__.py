"""The templates that come with a version, as its migration brings them; those that an operator has made stay theirs."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import yaml
from alembic.operations import Operations
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP, insert

_RELEASED = datetime(2026, 1, 1, tzinfo=UTC)
_TIMES = ("create_time", "update_time", "publish_time")


def bring(op: Operations, release: int) -> None:
    """Adds the templates of `release_N.yaml`, published, where their codes are free."""
    columns = (
        *(sa.column(name) for name in ("id", "code", "number", "state", "version")),
        *(sa.column(name, JSONB) for name in ("variables", "texts")),
        *(sa.column(name, TIMESTAMP(timezone=True)) for name in _TIMES),
    )
    given = Path(__file__).with_name(f"release_{release}.yaml").read_text("utf-8")
    rows = [_row(each) for each in yaml.safe_load(given)]
    op.execute(insert(sa.table("templates", *columns)).values(rows).on_conflict_do_nothing())


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
