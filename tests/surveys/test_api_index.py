"""V4 on the running service: the index and its neighbours out of stored answers."""

import random

import pytest

from hearthline.surveys.v1 import index_pb2 as pb
from hearthline.surveys.v1.questionnaires_pb2 import LocalizedText
from surveys.domain.index import service_index
from surveys.store.factors import get_tree
from surveys.store.tables import responses, surveys
from tests.support.running import MORNING, Starter
from tests.surveys.reference import sums_of
from tests.surveys.running import DAY, Surveys, period, says

LEAVES = ("response", "arrival", "waiting", "repair", "safety_advice", "charges", "manner", "explanation")


@pytest.fixture
def running(start: Starter) -> Surveys:
    return Surveys(start)


def index(running: Surveys, **narrowed: object) -> pb.SatisfactionIndex:
    return running.index.GetSatisfactionIndex(pb.GetSatisfactionIndexRequest(**period(), **narrowed))  # type: ignore[arg-type]


def store_answers(running: Surveys, count: int) -> list[dict[str, int]]:
    """Random answers straight into the tables, a tenth of them for gas; returns their satisfaction."""
    chance = random.Random(7)
    given = []
    with running.running.kit.unit() as uow:
        for number in range(count):
            chosen = {leaf: chance.randrange(0, 10_001, 2_500) for leaf in LEAVES if chance.random() < 0.6}
            commodity = "gas" if number % 10 == 0 else "heat"
            shared = {"business_type": "repair", "commodity": commodity, "cell_id": "north"}
            survey = {
                "id": f"s{number}",
                **shared,
                "work_order_id": f"w{number}",
                "customer_id": f"c{number}",
                "premises_id": "p",
                "questionnaire_id": "field-visit-v1",
                "state": "ANSWERED",
                "invite_time": MORNING,
                "expire_time": MORNING + DAY,
                "end_time": MORNING,
                "callback": "DONE",
                "claimed_by": "",
                "claim_expire_time": None,
                "attempts": 0,
                "max_attempts": 3,
                "version": 2,
            }
            answer: dict[str, object] = {
                "survey_id": f"s{number}",
                **shared,
                "via": "link",
                "agent": "",
                "answers": [],
                "score": 1 + number % 5,
                "recommendation": number % 11 if number % 2 else None,
                "satisfaction": chosen,
                "comment": "",
                "low_score": False,
                "complaint_wanted": False,
                "respond_time": MORNING,
            }
            uow.insert(surveys, survey)
            uow.insert(responses, answer)
            given.append(chosen)
        uow.commit(None)
    return given


def test_the_index_of_a_few_answers_by_hand(running: Surveys) -> None:
    """Two answers: manner 5 and 3 (satisfaction 1 and ½), repair 4 in the first only (¾).

    manner: P = 1, C = ¾, S = ¾; repair: P = ½, C = ¾, S = ⅜; service: S = ¾ + ⅜ = 1.125, normalised 1.125/1.5 = ¾.
    """
    first = running.invite("customers/c1", "workOrders/w1")
    second = running.invite("customers/c2", "workOrders/w2")
    running.answer(first.link_token, says("overall", 5), says("manner", 5), says("repair", 4), says("recommend", 10))
    running.answer(second.link_token, says("overall", 3), says("manner", 3), says("recommend", 4))

    found = index(running)

    factors = {factor.factor_id: factor for factor in found.factors}
    assert found.answer_count == 2
    assert [factor.level for factor in found.factors][:3] == [0, 1, 2]
    manner, repair, service = factors["manner"], factors["repair"], factors["service"]
    assert (manner.probability.value, manner.consequence.value, manner.index.value) == (1, 0.75, 0.75)
    assert (repair.probability.value, repair.consequence.value, repair.index.value) == (0.5, 0.75, 0.375)
    assert (service.index.value, service.normalised_index, service.occurrence_count) == (1.125, 0.75, 2)
    assert (found.csat.value, found.csat.sample_size) == (0.5, 2)
    assert (found.nps.value, found.mean_score.value) == (0, 4)


def test_the_database_adds_up_what_the_reference_does(running: Surveys) -> None:
    given = store_answers(running, 300)

    found = index(running)

    with running.running.kit.unit() as uow:
        tree = get_tree(uow, found.factor_tree.partition("/")[2])
    expected = service_index(tree, len(given), sums_of(tree, given))
    for mine, other in zip(found.factors, expected, strict=True):
        assert mine.factor_id == other.factor.id
        assert mine.occurrence_count == other.occurrences
        assert (mine.index.value, mine.index.low, mine.index.high) == pytest.approx(
            (other.index.value, other.index.low, other.index.high)
        )
        assert mine.normalised_index == pytest.approx(other.normalised)
    assert found.csat.value == pytest.approx(0.4)
    assert found.mean_score.value == pytest.approx(3.0)
    assert found.nps.sample_size == 150


def test_the_index_is_narrowed_by_what_the_answers_are_about(running: Surveys) -> None:
    store_answers(running, 50)

    assert index(running, commodity="gas").answer_count == 5
    assert index(running, cell="cells/north", business_type="repair").answer_count == 50
    assert index(running, cell="cells/south").answer_count == 0


def test_no_answers_give_zeros_with_empty_samples(running: Surveys) -> None:
    found = index(running)

    assert (found.answer_count, found.csat.sample_size, found.factors[0].index.value) == (0, 0, 0)


def test_a_new_version_of_the_tree_reads_the_same_answers(running: Surveys) -> None:
    store_answers(running, 20)
    name = LocalizedText(zh="总", en="all")
    factors = [
        pb.Factor(factor_id="all", display_name=name),
        pb.Factor(factor_id="manner", parent="all", display_name=name, question="manner"),
    ]
    tree = pb.FactorTree(code="service", factors=factors)
    made = running.index.CreateFactorTree(pb.CreateFactorTreeRequest(factor_tree=tree))
    old = index(running, factor_tree="factorTrees/service-v1")

    assert made.name == "factorTrees/service-v2"
    assert running.index.GetFactorTree(pb.GetFactorTreeRequest(name=made.name)) == made
    new = index(running)
    assert (new.factor_tree, len(new.factors)) == (made.name, 2)
    assert new.factors[1].index == next(f.index for f in old.factors if f.factor_id == "manner")
    assert len(running.index.ListFactorTrees(pb.ListFactorTreesRequest(filter='code = "service"')).factor_trees) == 2


def test_statistics_add_up_by_business_type(running: Surveys) -> None:
    for number in range(3):
        running.invite(f"customers/c{number}", f"workOrders/w{number}")
    running.answer(running.find('customer = "customers/c0"')[0].link_token, says("overall", 5))
    found = running.statistics()

    assert found.total.invited_count == sum(each.invited_count for each in found.by_business_type) == 3
    assert (found.total.answered_count, found.total.open_count) == (1, 2)
    assert found.total.response_rate.value == pytest.approx(1 / 3)
    assert found.total.response_rate.low < 1 / 3 < found.total.response_rate.high
