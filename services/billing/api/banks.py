"""BankService."""

import grpc

from billing.api.commands import bank_keys, bank_update
from billing.api.views import bank_to_proto
from billing.handlers.banks import CreateBank, create_bank, update_bank
from billing.store.banks import BANKS, bank_of, get_bank
from hearthline.billing.v1 import banks_pb2 as pb
from hearthline.billing.v1.banks_pb2_grpc import BankServiceServicer
from servicekit.calls import Rpc
from servicekit.names import resource_id


class BankApi(BankServiceServicer):
    """Partner banks over gRPC (B2)."""

    def __init__(self, rpc: Rpc, configured: frozenset[str]) -> None:
        self._rpc = rpc
        self._configured = configured

    def CreateBank(self, request: pb.CreateBankRequest, context: grpc.ServicerContext) -> pb.Bank:
        bank = request.bank
        command = CreateBank(request.bank_id, bank.display_name, bank_keys(bank), self._configured)
        return self._rpc.command(request, create_bank, command, render=bank_to_proto)

    def GetBank(self, request: pb.GetBankRequest, context: grpc.ServicerContext) -> pb.Bank:
        with self._rpc.reading() as uow:
            BANKS.check_reach(uow, request.name)
            return bank_to_proto(get_bank(uow, resource_id(request.name, "banks")))

    def ListBanks(self, request: pb.ListBanksRequest, context: grpc.ServicerContext) -> pb.ListBanksResponse:
        with self._rpc.reading() as uow:
            page = BANKS.page(uow, request)
            found = [bank_to_proto(bank_of(row)) for row in page.rows]
            return pb.ListBanksResponse(banks=found, next_page_token=page.next_page_token)

    def UpdateBank(self, request: pb.UpdateBankRequest, context: grpc.ServicerContext) -> pb.Bank:
        return self._rpc.command(request, update_bank, bank_update(request), render=bank_to_proto)
