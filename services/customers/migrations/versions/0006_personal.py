"""Names and contacts are sealed, so customers are found by a blind index (C9).

The columns of what is sealed stay as they are, and so does the index that finds contacts in clear: an older version
goes on with both. `personal reencrypt` seals the rows from before and fills in their marks.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "customers_0006"
down_revision = "customers_0005"
branch_labels = None
depends_on = None

_MARKS = ("name_marks", "contact_marks")


def upgrade() -> None:
    for name in _MARKS:
        op.add_column("customers", sa.Column(name, postgresql.ARRAY(sa.Text), server_default="{}", nullable=False))
        op.create_index(
            f"customers_{name}_idx",
            "customers",
            [name],
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
        )


def downgrade() -> None:
    for name in _MARKS:
        op.drop_index(f"customers_{name}_idx")
        op.drop_column("customers", name)
