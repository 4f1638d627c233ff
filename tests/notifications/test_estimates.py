"""A date that rests on holidays which nobody has published yet is told as an estimate (W5, N2)."""

import pytest

from notifications.bootstrap import service
from tests.notifications import facts
from tests.notifications.calls import outbox
from tests.notifications.test_service import publish


@pytest.fixture
def svc(start):
    return start(service)


@pytest.mark.parametrize("make", [facts.complaint, facts.extended])
@pytest.mark.parametrize(("language", "words"), [("zh-CN", "此日期为预计，只会提前、不会推后"), ("en", "an estimate")])
@pytest.mark.parametrize("estimated", [True, False])
def test_the_customer_reads_whether_the_date_is_an_estimate(svc, make, language, words, estimated):
    publish(svc, facts.customer(facts.sms(language=language)), make(estimated=estimated))
    (message,) = outbox(svc)
    assert (words in message.body) is estimated
    assert "15" in message.body
