"""What a customer's timeline says of each kind of fact, in Chinese and English (C6, P8)."""

from collections.abc import Mapping

from customers.domain.words import CODED, word

# kind: (fields of the fact that are kept, zh-CN, en)
_CATALOGUE: Mapping[str, tuple[tuple[str, ...], str, str]] = {
    "CustomerRegistered": ((), "客户建档", "Registered as a customer"),
    "CustomerUpdated": ((), "客户资料更新", "Details changed"),
    "ServiceAgreementStarted": (("commodity",), "开通{commodity}服务", "Service began: {commodity}"),
    "ServiceAgreementEnded": (("commodity",), "终止{commodity}服务", "Service ended: {commodity}"),
    "InteractionRecorded": (
        ("channel", "first_contact_owner", "summary"),
        "来访（{channel}，首问{first_contact_owner}）：{summary}",
        "Contact by {channel}, taken by {first_contact_owner}: {summary}",
    ),
    "TicketCreated": (("category", "summary"), "报修（{category}）：{summary}", "Reported {category}: {summary}"),
    "TicketLinked": (("incident",), "报修已并入事件 {incident}", "Report joined to {incident}"),
    "TicketTriaged": (
        ("category", "reason"),
        "报修分类更正（{category}）：{reason}",
        "Report sorted as {category}: {reason}",
    ),
    "TicketCancelled": (("reason",), "报修撤回：{reason}", "Report withdrawn: {reason}"),
    "TicketReopened": (("reason",), "报修重新打开：{reason}", "Report open again: {reason}"),
    "TicketResolved": (("outcome",), "报修办结：{outcome}", "Report resolved: {outcome}"),
    "WorkOrderCreated": ((), "工单已建立", "Work order made"),
    "WorkOrderDispatched": (("crew_display_name",), "已派工：{crew_display_name}", "Crew sent: {crew_display_name}"),
    "WorkOrderJoined": ((), "该故障已有工单，报修并入", "Joined a work order that is there already"),
    "WorkOrderAcknowledged": ((), "班组已接单", "Crew took the job"),
    "WorkOrderTravelStarted": ((), "班组已出发", "Crew on its way"),
    "WorkOrderArrived": ((), "班组已到场", "Crew on site"),
    "WorkOrderStarted": ((), "开始抢修", "Work began"),
    "WorkOrderHandedOver": (
        ("crew_display_name",),
        "班组交接：{crew_display_name}",
        "Went on with {crew_display_name}",
    ),
    "WorkOrderSuspended": (("reason",), "暂停施工：{reason}", "Work paused: {reason}"),
    "WorkOrderResumed": ((), "恢复施工", "Work went on"),
    "WorkOrderCompleted": (("resolution",), "修复完成：{resolution}", "Work done: {resolution}"),
    "WorkOrderConfirmed": ((), "客户已确认", "Customer confirmed"),
    "WorkOrderClosed": ((), "工单关闭", "Work order closed"),
    "WorkOrderCancelled": (("reason",), "工单取消：{reason}", "Work order cancelled: {reason}"),
    "WorkOrderNotDone": (("reason",), "未修完，将再次上门：{reason}", "Not finished, we come again: {reason}"),
    "WorkOrderReopened": (("reason",), "工单重开：{reason}", "Work order reopened: {reason}"),
    "ServiceStandardWarned": (("clock",), "时限将到（{clock}）", "A promised time ({clock}) is about to run out"),
    "ServiceStandardBreached": (("clock",), "超过承诺时限（{clock}）", "A promised time ({clock}) was missed"),
    "EscalationRaised": (("level",), "已上报（{level}）", "Raised to {level}"),
    "NotificationDelivered": (("channel",), "通知已送达（{channel}）", "Told by {channel}"),
    "NotificationFailed": (("reason",), "通知未送达：{reason}", "Could not be told: {reason}"),
    "SurveyInvited": ((), "邀请评价", "Asked for an opinion"),
    "SurveyResponseRecorded": (("score",), "评价：{score} 分", "Opinion given: {score} of 5"),
    "SurveyRefused": ((), "谢绝评价", "Did not want to give an opinion"),
    "SurveyExpired": ((), "未参与评价", "Gave no opinion"),
    "ComplaintFiled": (("subject",), "投诉：{subject}", "Complained: {subject}"),
    "ComplaintAcknowledged": ((), "投诉已受理", "Complaint acknowledged"),
    "ComplaintAssessed": ((), "投诉已评估", "Complaint assessed"),
    "ComplaintInvestigated": (("root_cause",), "投诉已调查：{root_cause}", "Complaint investigated: {root_cause}"),
    "ComplaintTransferred": (("reason",), "投诉转办：{reason}", "Complaint given to another unit: {reason}"),
    "ComplaintResponded": ((), "投诉已答复", "Complaint answered"),
    "ComplaintDecisionCommunicated": (("decision",), "处理决定：{decision}", "Decision: {decision}"),
    "ComplaintClosed": ((), "投诉办结", "Complaint closed"),
    "ComplaintReopened": (("reason",), "投诉重开：{reason}", "Complaint reopened: {reason}"),
    "ComplaintExtended": (("reason",), "投诉延期：{reason}", "Complaint deadline moved: {reason}"),
    "ComplaintSupervised": (("step",), "投诉督办：{step}", "Complaint supervised: {step}"),
    "ComplaintRenewed": ((), "政府热线再次转办投诉", "Complaint sent again by a government hotline"),
    "ComplaintReckoned": ((), "投诉时限按公布的节假日重算", "Complaint deadlines counted by the official holidays"),
    "ComplaintWithdrawn": ((), "投诉撤回", "Complaint withdrawn"),
    "AccountOpened": ((), "账户开立", "Account opened"),
    "ChargePosted": (("amount", "description"), "计费 {amount}：{description}", "Charged {amount}: {description}"),
    "ChargeReduced": (("amount", "reason"), "减免 {amount}：{reason}", "Charge reduced by {amount}: {reason}"),
    "AccountSuspended": (("credit", "reason"), "报停，退 {credit}：{reason}", "Suspended, {credit} credited: {reason}"),
    "AccountResumed": (("charge", "reason"), "复通，计 {charge}：{reason}", "Resumed, {charge} charged: {reason}"),
    "PaymentReceived": (
        ("amount", "bank_reference"),
        "收到缴费 {amount}，凭证 {bank_reference}",
        "Paid {amount}, reference {bank_reference}",
    ),
    "PaymentReversed": (
        ("amount", "bank_reference"),
        "缴费冲正 {amount}，凭证 {bank_reference}",
        "Payment of {amount} reversed, reference {bank_reference}",
    ),
    "PaymentRefunded": (("amount", "reason"), "退费 {amount}：{reason}", "Paid back {amount}: {reason}"),
}

KINDS = frozenset(_CATALOGUE)


def kept_fields(kind: str) -> tuple[str, ...]:
    """The fields of a fact that its line needs."""
    return _CATALOGUE[kind][0]


def line(kind: str, data: Mapping[str, str], language: str) -> str:
    """One line of a timeline; a kind of an older release is shown by its name."""
    if kind not in _CATALOGUE:
        return kind
    fields, chinese, english = _CATALOGUE[kind]
    texts = {name: data.get(name, "") for name in fields}
    words = {name: word(text, language) if name in CODED else text for name, text in texts.items()}
    return (english if language == "en" else chinese).format(**words)
