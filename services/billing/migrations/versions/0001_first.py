"""The first tables of the billing service."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

from servicekit import tables

revision = "billing_0001"
down_revision = None
branch_labels = None
depends_on = None

_Instant = TIMESTAMP(timezone=True)

_IMMUTABLE = """
CREATE FUNCTION hearthline_ledger_is_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the ledger is not changed: post a reversal';
END $$
"""


def upgrade() -> None:
    tables.create(op)  # type: ignore[arg-type]  # the module is its Operations
    _accounts()
    _charges()
    _payments()
    _ledger()
    _banks()
    _records()


def downgrade() -> None:
    for table in ("bank_records", "bank_references", "banks", "postings", "entries", "payments", "charges", "accounts"):
        op.drop_table(table)
    op.execute("DROP FUNCTION hearthline_ledger_is_immutable")
    tables.drop(op)  # type: ignore[arg-type]


def _text(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(), nullable=False)


def _number(name: str) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _time(name: str, nullable: bool = False) -> "sa.Column[object]":
    return sa.Column(name, _Instant, nullable=nullable)


def _version() -> "sa.Column[int]":
    return sa.Column("version", sa.Integer(), nullable=False)


def _accounts() -> None:
    op.create_table(
        "accounts",
        _text("id"),
        _text("customer_id"),
        _text("premises_id"),
        _text("service_agreement_id"),
        _text("commodity"),
        _text("currency"),
        _text("state"),
        _number("balance"),
        _time("open_time"),
        _time("suspend_time", nullable=True),
        _time("create_time"),
        _time("update_time"),
        _version(),
        sa.PrimaryKeyConstraint("id", name="accounts_pkey"),
    )
    op.create_index("accounts_customer_id_idx", "accounts", ["customer_id"])
    op.create_index(
        "accounts_service_agreement_id_key",
        "accounts",
        ["service_agreement_id"],
        unique=True,
        postgresql_where=sa.text("service_agreement_id <> ''"),
    )


def _charges() -> None:
    op.create_table(
        "charges",
        _text("id"),
        _text("account_id"),
        _text("customer_id"),
        _text("commodity"),
        _text("kind"),
        _number("amount"),
        _text("currency"),
        _text("description"),
        sa.Column("period_start", sa.Date(), nullable=True),
        sa.Column("period_end", sa.Date(), nullable=True),
        sa.Column("usage", JSONB(), nullable=True),
        _time("due_time", nullable=True),
        _number("reduced"),
        _number("suspended"),
        _text("entry_id"),
        _time("post_time"),
        _version(),
        sa.PrimaryKeyConstraint("id", name="charges_pkey"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="charges_account_id_fkey"),
    )
    op.create_index("charges_account_id_idx", "charges", ["account_id"])


def _payments() -> None:
    op.create_table(
        "payments",
        _text("id"),
        _text("account_id"),
        _text("customer_id"),
        _number("amount"),
        _text("currency"),
        _text("bank_id"),
        _text("bank_reference"),
        _text("receipt_number"),
        _text("state"),
        _number("refunded"),
        _text("entry_id"),
        _time("pay_time"),
        _time("post_time"),
        _time("reverse_time", nullable=True),
        _version(),
        sa.PrimaryKeyConstraint("id", name="payments_pkey"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="payments_account_id_fkey"),
    )
    op.create_index("payments_account_id_idx", "payments", ["account_id"])
    op.create_index("payments_post_time_idx", "payments", ["post_time"])
    op.create_index(
        "payments_bank_id_key",
        "payments",
        ["bank_id", "bank_reference"],
        unique=True,
        postgresql_where=sa.text("bank_id <> ''"),
    )


def _ledger() -> None:
    op.create_table(
        "entries",
        _text("id"),
        _text("kind"),
        _text("subject"),
        _text("description"),
        sa.Column("reverses", sa.Text(), nullable=True),
        _time("time"),
        sa.PrimaryKeyConstraint("id", name="entries_pkey"),
        sa.UniqueConstraint("reverses", name="entries_reverses_key"),
        sa.ForeignKeyConstraint(["reverses"], ["entries.id"], name="entries_reverses_fkey"),
    )
    op.create_table(
        "postings",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        _text("entry_id"),
        _text("ledger_account"),
        _text("account_id"),
        _number("amount"),
        _text("currency"),
        sa.PrimaryKeyConstraint("seq", name="postings_pkey"),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name="postings_entry_id_fkey"),
    )
    op.create_index("postings_entry_id_idx", "postings", ["entry_id"])
    op.create_index(
        "postings_account_id_idx", "postings", ["account_id", "seq"], postgresql_where=sa.text("account_id <> ''")
    )
    op.create_index("postings_ledger_account_idx", "postings", ["ledger_account", "seq"])
    op.execute(_IMMUTABLE)
    for table in ("entries", "postings"):
        op.execute(
            f"CREATE TRIGGER {table}_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION hearthline_ledger_is_immutable()"
        )


def _banks() -> None:
    op.create_table(
        "banks",
        _text("id"),
        _text("display_name"),
        sa.Column("keys", JSONB(), nullable=False),
        _time("create_time"),
        _time("update_time"),
        _version(),
        sa.PrimaryKeyConstraint("id", name="banks_pkey"),
    )
    op.create_table(
        "bank_references",
        _text("bank_id"),
        _text("reference"),
        _text("record_id"),
        _text("fingerprint"),
        _text("payment_id"),
        _version(),
        sa.PrimaryKeyConstraint("bank_id", "reference", name="bank_references_pkey"),
    )


def _records() -> None:
    op.create_table(
        "bank_records",
        _text("id"),
        _text("bank_id"),
        _text("place"),
        _text("key"),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        _text("jws"),
        _text("bank_reference"),
        _text("state"),
        _text("reason"),
        _text("detail"),
        sa.Column("quarantined", sa.Boolean(), nullable=False),
        _text("awaiting"),
        sa.Column("late", sa.Boolean(), nullable=False),
        _text("payment_id"),
        _time("receive_time"),
        _time("judge_time"),
        _version(),
        sa.PrimaryKeyConstraint("id", name="bank_records_pkey"),
    )
    op.create_index(
        "bank_records_awaiting_idx", "bank_records", ["awaiting"], postgresql_where=sa.text("state = 'WAITING'")
    )
    op.create_index("bank_records_receive_time_idx", "bank_records", ["receive_time"])
    op.create_index(
        "bank_records_quarantined_idx", "bank_records", ["receive_time"], postgresql_where=sa.text("quarantined")
    )
