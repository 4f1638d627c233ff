"""Looking a caller up by a contact stays quick right after a large import.

By default a GIN index keeps new entries in a list that every look-up reads from end to end until the table is
vacuumed: after 5,000 customers came in a look-up took 0.75 ms and not 0.2. Writing them into the index at once
costs their import 0.06 ms each.
"""

from alembic import op

revision = "customers_0002"
down_revision = "customers_0001"
branch_labels = None
depends_on = None

_INDEXES = ("customers_contacts_idx", "network_nodes_path_idx", "premises_network_path_idx")


def upgrade() -> None:
    for index in _INDEXES:
        op.execute(f"ALTER INDEX {index} SET (fastupdate = off)")
        op.execute(f"SELECT gin_clean_pending_list('{index}')")


def downgrade() -> None:
    for index in _INDEXES:
        op.execute(f"ALTER INDEX {index} RESET (fastupdate)")
