"""The one way into the ledger: an entry and the account's balance, together."""

from dataclasses import replace

from billing.domain.account import Account
from billing.domain.ledger import Entry
from billing.store.accounts import save_account
from billing.store.ledger import add_entry
from servicekit.uow import UnitOfWork


def post(uow: UnitOfWork, account: Account, *entries: Entry) -> Account:
    """Posts entries and stores the account, whose lock the unit holds; returns it as it is then.

    InvalidArgument, and nothing posted, when its balance would be beyond what money may be.
    """
    posted = account
    for entry in entries:
        posted = posted.posted(entry, uow.now)
    for entry in entries:
        add_entry(uow, entry)
    save_account(uow, posted)
    return replace(posted, version=account.version + 1)
