"""Several workers at once: each message goes out once, and none is left (N4)."""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

from notifications.bootstrap import service
from notifications.domain.channel import Channel
from notifications.domain.delivery import Result
from notifications.providers.port import Outgoing
from notifications.providers.sandbox import Sandbox
from notifications.sandbox_receipts import SandboxReceipts
from notifications.sender import Sender
from tests.notifications import facts
from tests.notifications.calls import all_notifications, outbox

MESSAGES = 200


class Counting:
    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, self.seen, self.lock = sandbox, Counter[str](), Lock()

    def send(self, messages: Sequence[Outgoing]) -> Sequence[Result]:
        with self.lock:
            self.seen.update(m.key for m in messages)
        return self.sandbox.send(messages)


def test_six_workers_share_the_work(start):
    svc = start(service, work=False, send_batch=7)
    svc.deliver([facts.customer(facts.sms()), *(facts.ticket(n) for n in range(MESSAGES))])
    provider = Counting(Sandbox(svc.kit, svc.kit.settings))

    def work(_: int) -> None:
        sender = Sender(svc.kit.settings, lambda kit, settings: dict.fromkeys(Channel, provider))
        receipts = SandboxReceipts(svc.kit.settings)
        while sender.run_once(svc.kit) or receipts.run_once(svc.kit):
            pass

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    SandboxReceipts(svc.kit.settings).run_once(svc.kit)
    assert len(provider.seen) == MESSAGES == len(outbox(svc))
    assert set(provider.seen.values()) == {1}
    assert len(all_notifications(svc, "state = DELIVERED")) == MESSAGES
