"""The same days of an account are charged once for the same (B1).

Charges that overlapped before there was a rule stay as they are: the one that was posted first keeps others away.
btree_gist is an extension that PostgreSQL trusts: whoever owns the database may create it.
"""

from alembic import op

revision = "billing_0006"
down_revision = "billing_0005"
branch_labels = None
depends_on = None

_FIRST_OF_THEIR_DAYS = """
UPDATE charges SET is_exclusive = true
WHERE kind IN ('SEASON', 'METERED') AND period_start IS NOT NULL AND reduced < amount AND NOT EXISTS (
  SELECT FROM charges AS before
  WHERE before.account_id = charges.account_id AND before.kind = charges.kind
    AND lower(btrim(coalesce(before.usage ->> 'unit', ''))) = lower(btrim(coalesce(charges.usage ->> 'unit', '')))
    AND before.period_start < charges.period_end AND charges.period_start < before.period_end
    AND before.reduced < before.amount AND (before.post_time, before.id) < (charges.post_time, charges.id)
)
"""
_ONCE = """
ALTER TABLE charges ADD CONSTRAINT charges_period_excl EXCLUDE USING gist (
  account_id WITH =,
  kind WITH =,
  (lower(btrim(coalesce(usage ->> 'unit', '')))) WITH =,
  daterange(period_start, period_end) WITH &&
) WHERE (is_exclusive)
"""


def upgrade() -> None:
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.execute("ALTER TABLE charges ADD COLUMN is_exclusive boolean NOT NULL DEFAULT false")
    op.execute(_FIRST_OF_THEIR_DAYS)
    op.execute(_ONCE)


def downgrade() -> None:
    op.execute("ALTER TABLE charges DROP CONSTRAINT charges_period_excl, DROP COLUMN is_exclusive")
    op.execute("DROP EXTENSION btree_gist")
