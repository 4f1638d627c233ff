"""What is written to somebody who complains confidentially is not everybody's to read (S1).

Messages from before are not told apart: which complaints are confidential the service did not know.
"""

import sqlalchemy as sa
from alembic import op

revision = "notifications_0008"
down_revision = "notifications_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "notifications", sa.Column("confidential", sa.Boolean, nullable=False, server_default=sa.text("false"))
    )


def downgrade() -> None:
    op.drop_column("notifications", "confidential")
