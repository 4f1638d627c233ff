"""Deadlines are counted anew when holidays are published (W5).

Of complaints of before, the working days are counted as the program counted them: by its own holidays.
"""

from datetime import time, timedelta

import sqlalchemy as sa
from alembic import op

from servicekit.calendar import BusinessCalendar, Window, weekly

revision = "complaints_0009"
down_revision = "complaints_0008"
branch_labels = None
depends_on = None

_OPEN = sa.text(
    "SELECT id, clock_time, decide_due_time FROM complaints"
    " WHERE state NOT IN ('CLOSED', 'WITHDRAWN') AND decide_time IS NULL"
)
_SET = sa.text(
    "UPDATE complaints SET decide_start = :start, decide_days = :days, deadline_estimated = :estimated WHERE id = :id"
)


def upgrade() -> None:
    op.execute("ALTER TABLE complaints ADD COLUMN decide_start timestamptz")
    op.execute("ALTER TABLE complaints ADD COLUMN decide_days integer NOT NULL DEFAULT 0")
    op.execute("ALTER TABLE complaints ADD COLUMN deadline_estimated boolean NOT NULL DEFAULT false")
    op.execute("ALTER TABLE complaints ADD COLUMN holidays_version integer NOT NULL DEFAULT 0")
    office = BusinessCalendar(weekly(Window(time(8, 30), time(17, 30))))
    if counted := [_counted(office, row) for row in op.get_bind().execute(_OPEN)]:
        op.get_bind().execute(_SET, counted)


def downgrade() -> None:
    for name in ("decide_start", "decide_days", "deadline_estimated", "holidays_version"):
        op.drop_column("complaints", name)


def _counted(office: BusinessCalendar, row: sa.Row) -> dict[str, object]:  # type: ignore[type-arg]
    start, due = row.clock_time, row.decide_due_time
    first, last = start.astimezone(office.zone).date(), due.astimezone(office.zone).date()
    days = (first + timedelta(days=n) for n in range(1, (last - first).days + 1))
    return {
        "id": row.id,
        "start": start,
        "days": sum(office.is_working_day(day) for day in days),
        "estimated": office.rests_on_estimate(start, due),
    }
