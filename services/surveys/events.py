"""Which topics the surveys service reads, and what handles each fact."""

from hearthline.complaints.v1 import events_pb2 as complaints
from hearthline.workorders.v1 import events_pb2 as workorders
from servicekit.subscriptions import Subscription
from surveys.handlers import occasions, projections

SUBSCRIPTIONS = [
    Subscription(
        consumer="surveys.triggers",
        topic="hearthline.workorders.v1",
        handlers={
            workorders.WorkOrderCompleted: occasions.plan_surveys,
            workorders.WorkOrderReopened: occasions.drop_planned,
            workorders.TicketResolved: projections.ticket_is_resolved,
        },
    ),
    Subscription(
        consumer="surveys.complaints",
        topic="hearthline.complaints.v1",
        handlers={
            complaints.ComplaintFiled: projections.complaint_is_open,
            complaints.ComplaintAcknowledged: projections.complaint_is_open,
            complaints.ComplaintAssessed: projections.complaint_is_open,
            complaints.ComplaintInvestigated: projections.complaint_is_open,
            complaints.ComplaintResponded: projections.complaint_is_open,
            complaints.ComplaintExtended: projections.complaint_is_open,
            complaints.ComplaintReopened: projections.complaint_is_open,
            complaints.ComplaintRenewed: projections.complaint_is_open,
            complaints.ComplaintReckoned: projections.complaint_is_open,
            complaints.ComplaintDecisionCommunicated: projections.complaint_is_decided,
            complaints.ComplaintClosed: projections.complaint_is_closed,
            complaints.ComplaintWithdrawn: projections.complaint_is_closed,
        },
    ),
]
