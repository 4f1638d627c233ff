"""LedgerService."""

import grpc

from billing.store.accounts import get_account
from billing.store.ledger import Line, Parent, balance_of, postings_of, trial_balance, wrong_balances
from billing.store.names import name_of
from hearthline.billing.v1 import ledger_pb2 as pb
from hearthline.billing.v1.events_pb2 import MinorUnits
from hearthline.billing.v1.ledger_pb2_grpc import LedgerServiceServicer
from servicekit.calls import Rpc
from servicekit.names import resource_id
from servicekit.reads import AnyRow
from servicekit.times import from_timestamp, to_timestamp
from servicekit.uow import UnitOfWork


class LedgerApi(LedgerServiceServicer):
    """The ledger over gRPC: read only, for it is written by what happens (B1)."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc

    def ListPostings(self, request: pb.ListPostingsRequest, context: grpc.ServicerContext) -> pb.ListPostingsResponse:
        with self._rpc.reading() as uow:
            page = postings_of(_parent(uow, request.parent, "parent")).page(uow, request)
            found = [_posting(row) for row in page.rows]
            return pb.ListPostingsResponse(postings=found, next_page_token=page.next_page_token)

    def GetBalance(self, request: pb.GetBalanceRequest, context: grpc.ServicerContext) -> pb.Balance:
        with self._rpc.reading() as uow:
            parent = _parent(uow, request.name, "name")
            sums, count = balance_of(uow, parent, from_timestamp(request.before_time))
            amounts = [_minor(currency, total) for currency, total in sums.items()]
            return pb.Balance(name=request.name, amounts=amounts, posting_count=count)

    def GetTrialBalance(self, request: pb.GetTrialBalanceRequest, context: grpc.ServicerContext) -> pb.TrialBalance:
        before = from_timestamp(request.before_time)
        with self._rpc.reading() as uow:
            lines, entries = trial_balance(uow, before)
            is_explained = before is not None or wrong_balances(uow) == 0
        totals = _totals(lines)
        return pb.TrialBalance(
            lines=[_line(line) for line in lines],
            totals=[_minor(currency, total) for currency, total in totals.items()],
            entry_count=entries,
            balanced=is_explained and not any(totals.values()),
        )


def _parent(uow: UnitOfWork, name: str, field: str) -> Parent:
    """Whose postings are asked for; an account must exist, a ledger account is there once it is posted to."""
    if name.startswith("ledgerAccounts/"):
        return Parent(ledger_account=resource_id(name, "ledgerAccounts", field))
    return Parent(account_id=get_account(uow, resource_id(name, "accounts", field)).id)


def _posting(row: AnyRow) -> pb.LedgerPosting:
    return pb.LedgerPosting(
        entry=name_of("entries", row.entry_id),
        kind=row.kind,
        subject=row.subject,
        description=row.description,
        ledger_account=name_of("ledgerAccounts", row.ledger_account),
        account=name_of("accounts", row.account_id),
        amount=_minor(row.currency, row.amount),
        balance=_minor(row.currency, row.balance),
        reverses=name_of("entries", row.reverses or ""),
        post_time=to_timestamp(row.time),
    )


def _line(line: Line) -> pb.TrialBalanceLine:
    return pb.TrialBalanceLine(
        ledger_account=name_of("ledgerAccounts", line.ledger_account),
        debits=_minor(line.currency, line.debits),
        credits=_minor(line.currency, line.credits),
        balance=_minor(line.currency, line.debits + line.credits),
    )


def _totals(lines: list[Line]) -> dict[str, int]:
    totals: dict[str, int] = {}
    for line in lines:
        totals[line.currency] = totals.get(line.currency, 0) + line.debits + line.credits
    return totals


def _minor(currency: str, amount: int) -> MinorUnits:
    return MinorUnits(amount=amount, currency_code=currency)
