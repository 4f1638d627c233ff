"""People may have what is held on them, and be forgotten.

The timeline is written from facts that others told long ago, perhaps by the version before this one: so the database
itself sees to it that no line of a customer who was erased comes back.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

from servicekit import tables

revision = "customers_0005"
down_revision = "customers_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    tables.create_rights(op)  # type: ignore[arg-type]  # the module is its Operations
    op.add_column("customers", sa.Column("erase_time", TIMESTAMP(timezone=True), nullable=True))
    op.create_table(
        "data_requests",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("requester", sa.Text(), nullable=False),
        sa.Column("parts", JSONB(), nullable=False),
        sa.Column("obstacles", JSONB(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("due_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("overdue", sa.Boolean(), nullable=False),
        sa.Column("finish_time", TIMESTAMP(timezone=True), nullable=True),
        sa.Column("expire_time", TIMESTAMP(timezone=True), nullable=True),
        sa.Column("create_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("update_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="data_requests_pkey"),
    )
    op.create_index(
        "data_requests_open_key",
        "data_requests",
        ["customer_id", "kind"],
        unique=True,
        postgresql_where=sa.text("state IN ('CHECKING', 'DEFERRED', 'RUNNING')"),
    )
    op.execute("""
        CREATE FUNCTION timeline_of_the_erased() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF EXISTS (SELECT FROM erased_customers WHERE customer_id = NEW.customer_id) THEN
            RETURN NULL;
          END IF;
          RETURN NEW;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER timeline_of_the_erased BEFORE INSERT ON timeline
        FOR EACH ROW EXECUTE FUNCTION timeline_of_the_erased()
    """)


def downgrade() -> None:
    op.execute("DROP TRIGGER timeline_of_the_erased ON timeline")
    op.execute("DROP FUNCTION timeline_of_the_erased")
    op.drop_table("data_requests")
    op.drop_column("customers", "erase_time")
    tables.drop_rights(op)  # type: ignore[arg-type]  # the module is its Operations
