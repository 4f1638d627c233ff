"""A bank's side of docs/bank-guide.md: keys, signed events, a plan with mischief, and the replies to it (B2)."""

from hearthline_cli.bank.plan import Mischief, Order
from hearthline_cli.bank.reconciliation import Reconciliation
from hearthline_cli.bank.simulator import BankSimulator

__all__ = ["BankSimulator", "Mischief", "Order", "Reconciliation"]
