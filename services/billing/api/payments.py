"""PaymentService."""

import grpc

from billing.api.money import money_of
from billing.api.statistics import statistics_to_proto
from billing.api.views import payment_to_proto, record_to_proto
from billing.handlers.bank_records import ReleaseQuarantinedEvent, release_quarantined_event
from billing.handlers.payments import RecordPayment, RefundPayment, record_payment, refund_payment
from billing.store.bank_records import QUARANTINED, get_quarantined, record_of
from billing.store.payments import PAYMENTS, get_payment, payment_of
from billing.store.statistics import Span, statistics
from hearthline.billing.v1 import payments_pb2 as pb
from hearthline.billing.v1.payments_pb2_grpc import PaymentServiceServicer
from servicekit.calls import Rpc
from servicekit.names import chosen_id, resource_id
from servicekit.times import from_timestamp


class PaymentApi(PaymentServiceServicer):
    """Payments and quarantined bank events over gRPC (B1, B2)."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc

    def RecordPayment(self, request: pb.RecordPaymentRequest, context: grpc.ServicerContext) -> pb.Payment:
        return self._rpc.command(request, record_payment, _recording(request), render=payment_to_proto)

    def GetPayment(self, request: pb.GetPaymentRequest, context: grpc.ServicerContext) -> pb.Payment:
        with self._rpc.reading() as uow:
            PAYMENTS.check_reach(uow, request.name)
            return payment_to_proto(get_payment(uow, resource_id(request.name, "payments")))

    def ListPayments(self, request: pb.ListPaymentsRequest, context: grpc.ServicerContext) -> pb.ListPaymentsResponse:
        with self._rpc.reading() as uow:
            page = PAYMENTS.page(uow, request)
            found = [payment_to_proto(payment_of(row)) for row in page.rows]
            return pb.ListPaymentsResponse(payments=found, next_page_token=page.next_page_token)

    def RefundPayment(self, request: pb.RefundPaymentRequest, context: grpc.ServicerContext) -> pb.Payment:
        payment_id = resource_id(request.name, "payments")
        command = RefundPayment(payment_id, request.etag, money_of(request.amount), request.reason)
        return self._rpc.command(request, refund_payment, command, render=payment_to_proto)

    def GetQuarantinedEvent(
        self, request: pb.GetQuarantinedEventRequest, context: grpc.ServicerContext
    ) -> pb.QuarantinedEvent:
        with self._rpc.reading() as uow:
            QUARANTINED.check_reach(uow, request.name)
            return record_to_proto(get_quarantined(uow, resource_id(request.name, "quarantinedEvents")))

    def ListQuarantinedEvents(
        self, request: pb.ListQuarantinedEventsRequest, context: grpc.ServicerContext
    ) -> pb.ListQuarantinedEventsResponse:
        with self._rpc.reading() as uow:
            page = QUARANTINED.page(uow, request)
            found = [record_to_proto(record_of(row)) for row in page.rows]
            return pb.ListQuarantinedEventsResponse(quarantined_events=found, next_page_token=page.next_page_token)

    def ReleaseQuarantinedEvent(
        self, request: pb.ReleaseQuarantinedEventRequest, context: grpc.ServicerContext
    ) -> pb.QuarantinedEvent:
        command = ReleaseQuarantinedEvent(resource_id(request.name, "quarantinedEvents"), request.etag)
        return self._rpc.command(request, release_quarantined_event, command, render=record_to_proto)

    def GetPaymentStatistics(
        self, request: pb.GetPaymentStatisticsRequest, context: grpc.ServicerContext
    ) -> pb.PaymentStatistics:
        with self._rpc.reading() as uow:
            span = Span(from_timestamp(request.start_time), from_timestamp(request.end_time))
            return statistics_to_proto(statistics(uow, span))


def _recording(request: pb.RecordPaymentRequest) -> RecordPayment:
    return RecordPayment(
        account_id=resource_id(request.account, "accounts", field="account"),
        payment_id=chosen_id(request.payment_id, "payment_id") if request.payment_id else "",
        amount=money_of(request.amount),
        pay_time=from_timestamp(request.pay_time),
        receipt_number=request.receipt_number,
    )
