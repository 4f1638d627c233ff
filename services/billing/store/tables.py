"""The tables of the billing service; columns that name a resource hold its id part."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint

from servicekit import tables
from servicekit.tables import Instant

metadata = tables.metadata()

accounts = Table(
    "accounts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("customer_id", Text, nullable=False),
    Column("premises_id", Text, nullable=False),
    Column("service_agreement_id", Text, nullable=False),
    Column("commodity", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("state", Text, nullable=False),
    # Sum of the account's postings, kept in the transaction of each; GetTrialBalance compares the two.
    Column("balance", BigInteger, nullable=False),
    Column("open_time", Instant, nullable=False),
    Column("suspend_time", Instant),
    Column("create_time", Instant, nullable=False),
    Column("update_time", Instant, nullable=False),
    Column("version", Integer, nullable=False),
    Index("accounts_customer_id_idx", "customer_id"),
    Index(
        "accounts_service_agreement_id_key",
        "service_agreement_id",
        unique=True,
        postgresql_where=text("service_agreement_id <> ''"),
    ),
    Index("accounts_premises_id_idx", "premises_id"),
    Index("accounts_suspended_idx", "id", postgresql_where=text("state = 'SUSPENDED'")),
    Index("accounts_open_time_idx", "open_time"),
)

charges = Table(
    "charges",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account_id", Text, ForeignKey("accounts.id"), nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("commodity", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("period_start", Date),
    Column("period_end", Date),
    # Quantity, unit and unit price; decimals as text.
    Column("usage", JSONB),
    Column("due_time", Instant),
    Column("reduced", BigInteger, nullable=False),
    Column("suspended", BigInteger, nullable=False),
    Column("entry_id", Text, nullable=False),
    Column("post_time", Instant, nullable=False),
    # False for work, for what was taken back in full, and for what overlapped before there was a rule.
    Column("is_exclusive", Boolean, nullable=False, server_default=text("false")),
    Column("version", Integer, nullable=False),
    ExcludeConstraint(
        ("account_id", "="),
        ("kind", "="),
        (text("lower(btrim(coalesce(usage ->> 'unit', '')))"), "="),
        (func.daterange(text("period_start"), text("period_end")), "&&"),
        name="charges_period_excl",
        using="gist",
        where=text("is_exclusive"),
    ),
    Index("charges_account_id_idx", "account_id"),
    Index("charges_customer_id_idx", "customer_id"),
    Index("charges_post_time_idx", "post_time", "id"),
    Index("charges_due_time_idx", "due_time", postgresql_where=text("due_time IS NOT NULL")),
)

payments = Table(
    "payments",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account_id", Text, ForeignKey("accounts.id"), nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("bank_id", Text, nullable=False),
    Column("bank_reference", Text, nullable=False),
    Column("receipt_number", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("refunded", BigInteger, nullable=False),
    Column("entry_id", Text, nullable=False),
    Column("pay_time", Instant, nullable=False),
    Column("post_time", Instant, nullable=False),
    Column("reverse_time", Instant),
    Column("version", Integer, nullable=False),
    Index("payments_account_id_idx", "account_id"),
    Index("payments_post_time_idx", "post_time"),
    Index("payments_bank_id_key", "bank_id", "bank_reference", unique=True, postgresql_where=text("bank_id <> ''")),
    Index("payments_customer_id_idx", "customer_id"),
    Index("payments_pay_time_idx", "pay_time"),
    Index("payments_taken_back_idx", "state", "id", postgresql_where=text("state <> 'POSTED'")),
)

# The ledger: a trigger refuses every change of these two (migration 0001).
entries = Table(
    "entries",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("description", Text, nullable=False),
    # An entry is reversed once.
    Column("reverses", Text, ForeignKey("entries.id"), unique=True),
    Column("time", Instant, nullable=False),
)

postings = Table(
    "postings",
    metadata,
    # The order of posting: taken while the account's row is locked.
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("entry_id", Text, ForeignKey("entries.id"), nullable=False),
    Column("ledger_account", Text, nullable=False),
    Column("account_id", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Index("postings_entry_id_idx", "entry_id"),
    Index("postings_account_id_idx", "account_id", "seq", postgresql_where=text("account_id <> ''")),
    Index("postings_ledger_account_idx", "ledger_account", "seq"),
)

banks = Table(
    "banks",
    metadata,
    Column("id", Text, primary_key=True),
    Column("display_name", Text, nullable=False),
    # A list of public keys, each with kid, jwk, valid_from and valid_to.
    Column("keys", JSONB, nullable=False),
    Column("create_time", Instant, nullable=False),
    Column("update_time", Instant, nullable=False),
    Column("version", Integer, nullable=False),
)

# Who has a bank's reference: the record that named it first. A row without a record keeps the place of a
# payment whose reversal came first, so that the two cannot miss each other.
bank_references = Table(
    "bank_references",
    metadata,
    Column("bank_id", Text, primary_key=True),
    Column("reference", Text, primary_key=True),
    Column("record_id", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("payment_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
)

# Every record that a bank published, byte for byte, and what became of it.
bank_records = Table(
    "bank_records",
    metadata,
    Column("id", Text, primary_key=True),
    Column("bank_id", Text, nullable=False),
    # topic/partition/offset
    Column("place", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("jws", Text, nullable=False),
    # As the content claims.
    Column("bank_reference", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("detail", Text, nullable=False),
    # Ever set aside: then it stays listed, released or not.
    Column("quarantined", Boolean, nullable=False),
    # What it waits for: accounts/ID, or the reference of a payment of the same bank.
    Column("awaiting", Text, nullable=False),
    Column("late", Boolean, nullable=False),
    Column("payment_id", Text, nullable=False),
    Column("receive_time", Instant, nullable=False),
    Column("judge_time", Instant, nullable=False),
    Column("version", Integer, nullable=False),
    Index("bank_records_awaiting_idx", "awaiting", postgresql_where=text("state = 'WAITING'")),
    Index("bank_records_receive_time_idx", "receive_time"),
    Index("bank_records_quarantined_idx", "receive_time", postgresql_where=text("quarantined")),
)
