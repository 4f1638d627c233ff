"""The rows of the audit, and what was written about complaints, are sealed in hash chains."""

from alembic import op

from servicekit import tables

revision = "complaints_0002"
down_revision = "complaints_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    tables.add_sealing(op, "audit", "id")  # type: ignore[arg-type]  # the module is its Operations
    tables.add_sealing(op, "complaint_entries", "complaint_id", "number")  # type: ignore[arg-type]
    # What was written stays as it was written; only its place in the chain comes later.
    op.execute("""
        CREATE OR REPLACE TRIGGER complaint_entries_final
        BEFORE UPDATE OF complaint_id, number, kind, actor, details, create_time OR DELETE OR TRUNCATE
        ON complaint_entries FOR EACH STATEMENT EXECUTE FUNCTION complaint_entries_are_final()
    """)


def downgrade() -> None:
    """Leaves columns and seals, which the older version does not look at: to drop them would drop what they prove."""
