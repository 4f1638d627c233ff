"""A government office's case is the same however its number is written (S2).

Where two complaints of before are one case in that form, the later ones keep their number and lose their claim to it;
so do those that a program of the version before files while this one begins.
"""

import sqlalchemy as sa
from alembic import op

from complaints.domain.filing import case_key

revision = "complaints_0008"
down_revision = "complaints_0007"
branch_labels = None
depends_on = None

_NUMBERED = sa.text(
    "SELECT id, channel, external_number FROM complaints WHERE external_number <> '' ORDER BY create_time, id"
)
_SET = sa.text("UPDATE complaints SET external_key = :key WHERE id = :id")


def upgrade() -> None:
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute("ALTER TABLE complaints ADD COLUMN external_key text NOT NULL DEFAULT ''")
    taken: dict[tuple[str, str], str] = {}
    for row in op.get_bind().execute(_NUMBERED):
        taken.setdefault((row.channel, case_key(row.external_number)), row.id)
    if keys := [{"id": identifier, "key": key} for (_, key), identifier in taken.items()]:
        op.get_bind().execute(_SET, keys)
    op.create_index(
        "complaints_external_key_key",
        "complaints",
        ["channel", "external_key"],
        unique=True,
        postgresql_where="external_key <> ''",
    )
    op.drop_index("complaints_external_number_key")


def downgrade() -> None:
    op.create_index(
        "complaints_external_number_key",
        "complaints",
        ["channel", "external_number"],
        unique=True,
        postgresql_where="external_number <> ''",
    )
    op.drop_index("complaints_external_key_key")
    op.drop_column("complaints", "external_key")
