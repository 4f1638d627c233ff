"""Commands out of requests, where it takes more than a line."""

from billing.api.money import money_of, period_of, usage_of
from billing.domain.bank import BankKey
from billing.domain.charge import ChargeKind
from billing.domain.currencies import exponent
from billing.handlers.accounts import OpenAccount
from billing.handlers.banks import UpdateBank
from billing.handlers.charges import PostCharge
from hearthline.billing.v1 import accounts_pb2, banks_pb2
from servicekit.errors import InvalidArgument
from servicekit.names import chosen_id, optional_id, resource_id
from servicekit.times import from_timestamp
from servicekit.update_masks import mask_of


def opening_command(request: accounts_pb2.CreateAccountRequest, currency: str) -> OpenAccount:
    currency = request.currency_code or currency
    exponent(currency)
    resource_id(request.customer, "customers", field="customer")
    optional_id(request.premises, "premises", field="premises")
    optional_id(request.service_agreement, "serviceAgreements", field="service_agreement")
    return OpenAccount(
        account_id=chosen_id(request.account_id, "account_id") if request.account_id else "",
        customer=request.customer,
        premises=request.premises,
        service_agreement=request.service_agreement,
        commodity=request.commodity,
        currency=currency,
        open_time=from_timestamp(request.open_time),
    )


def charge_command(request: accounts_pb2.PostChargeRequest, inside: str = "") -> PostCharge:
    """`inside` is where the request is in a larger one, for the errors."""
    try:
        return PostCharge(
            account_id=resource_id(request.account, "accounts", field="account"),
            charge_id=chosen_id(request.charge_id, "charge_id") if request.charge_id else "",
            kind=ChargeKind(accounts_pb2.Charge.Kind.Name(request.kind).removeprefix("KIND_")),
            amount=money_of(request.amount) if request.HasField("amount") else None,
            description=request.description,
            period=period_of(request.period) if request.HasField("period") else None,
            usage=usage_of(request.usage) if request.HasField("usage") else None,
            due_time=from_timestamp(request.due_time),
        )
    except InvalidArgument as error:
        named = [(f"{inside}{field}", rule) for field, rule in error.violations]
        raise InvalidArgument.of(named, error.reason) from error


def bank_keys(bank: banks_pb2.Bank) -> tuple[BankKey, ...]:
    return tuple(
        BankKey(key.kid, key.jwk, from_timestamp(key.valid_from_time), from_timestamp(key.valid_to_time))
        for key in bank.keys
    )


def bank_update(request: banks_pb2.UpdateBankRequest) -> UpdateBank:
    bank, mask = request.bank, mask_of(request, ("display_name", "keys"))
    return UpdateBank(
        bank_id=resource_id(bank.name, "banks", field="bank.name"),
        etag=bank.etag,
        display_name=bank.display_name if "display_name" in mask else None,
        keys=bank_keys(bank) if "keys" in mask else None,
    )
