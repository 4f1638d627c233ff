"""AccountService."""

from zoneinfo import ZoneInfo

import grpc

from billing.api.commands import charge_command, opening_command
from billing.api.money import money_of
from billing.api.views import account_to_proto, charge_to_proto
from billing.domain.charge import Charge
from billing.handlers.accounts import ChangeService, open_account, resume_account, suspend_account
from billing.handlers.charges import ReduceCharge, batch_post_charges, post_charge, reduce_charge
from billing.store.accounts import ACCOUNTS, account_of, get_account
from billing.store.charges import CHARGES, charge_of, get_charge
from hearthline.billing.v1 import accounts_pb2 as pb
from hearthline.billing.v1.accounts_pb2_grpc import AccountServiceServicer
from servicekit.calls import Rpc
from servicekit.names import resource_id


class AccountApi(AccountServiceServicer):
    """Accounts and charges over gRPC (B1)."""

    def __init__(self, rpc: Rpc, currency: str, base_percent: int, time_zone: str) -> None:
        self._rpc = rpc
        self._currency = currency
        self._base_percent = base_percent
        self._zone = ZoneInfo(time_zone)

    def CreateAccount(self, request: pb.CreateAccountRequest, context: grpc.ServicerContext) -> pb.Account:
        command = opening_command(request, self._currency)
        return self._rpc.command(request, open_account, command, render=account_to_proto)

    def GetAccount(self, request: pb.GetAccountRequest, context: grpc.ServicerContext) -> pb.Account:
        with self._rpc.reading() as uow:
            ACCOUNTS.check_reach(uow, request.name)
            return account_to_proto(get_account(uow, resource_id(request.name, "accounts")))

    def ListAccounts(self, request: pb.ListAccountsRequest, context: grpc.ServicerContext) -> pb.ListAccountsResponse:
        with self._rpc.reading() as uow:
            page = ACCOUNTS.page(uow, request)
            found = [account_to_proto(account_of(row)) for row in page.rows]
            return pb.ListAccountsResponse(accounts=found, next_page_token=page.next_page_token)

    def SuspendAccount(self, request: pb.SuspendAccountRequest, context: grpc.ServicerContext) -> pb.Account:
        return self._rpc.command(request, suspend_account, self._change(request), render=account_to_proto)

    def ResumeAccount(self, request: pb.ResumeAccountRequest, context: grpc.ServicerContext) -> pb.Account:
        return self._rpc.command(request, resume_account, self._change(request), render=account_to_proto)

    def PostCharge(self, request: pb.PostChargeRequest, context: grpc.ServicerContext) -> pb.Charge:
        return self._rpc.command(request, post_charge, charge_command(request), render=charge_to_proto)

    def BatchPostCharges(
        self, request: pb.BatchPostChargesRequest, context: grpc.ServicerContext
    ) -> pb.BatchPostChargesResponse:
        commands = [charge_command(each, f"requests[{n}].") for n, each in enumerate(request.requests)]
        return self._rpc.command(request, batch_post_charges, commands, render=_batch)

    def GetCharge(self, request: pb.GetChargeRequest, context: grpc.ServicerContext) -> pb.Charge:
        with self._rpc.reading() as uow:
            CHARGES.check_reach(uow, request.name)
            return charge_to_proto(get_charge(uow, resource_id(request.name, "charges")))

    def ListCharges(self, request: pb.ListChargesRequest, context: grpc.ServicerContext) -> pb.ListChargesResponse:
        with self._rpc.reading() as uow:
            page = CHARGES.page(uow, request)
            found = [charge_to_proto(charge_of(row)) for row in page.rows]
            return pb.ListChargesResponse(charges=found, next_page_token=page.next_page_token)

    def ReduceCharge(self, request: pb.ReduceChargeRequest, context: grpc.ServicerContext) -> pb.Charge:
        charge_id = resource_id(request.name, "charges")
        command = ReduceCharge(charge_id, request.etag, money_of(request.amount), request.reason)
        return self._rpc.command(request, reduce_charge, command, render=charge_to_proto)

    def _change(self, request: pb.SuspendAccountRequest | pb.ResumeAccountRequest) -> ChangeService:
        account_id = resource_id(request.name, "accounts")
        today = self._rpc.kit.clock.now().astimezone(self._zone).date()
        return ChangeService(account_id, request.etag, request.reason, today, self._base_percent)


def _batch(charges: list[Charge]) -> pb.BatchPostChargesResponse:
    return pb.BatchPostChargesResponse(charges=[charge_to_proto(charge) for charge in charges])
