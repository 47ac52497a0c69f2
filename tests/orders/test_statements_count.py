"""How many statements placing takes: a budget, and none of them per line (I2§8)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from groups.models import Group, Membership
from orders.models import Offer, Round
from orders.services.orders import SoldOut
from tests.factories import make_group, make_initiator, make_member, make_round
from tests.orders.support import amend, cancel, place

pytestmark = pytest.mark.django_db

BUDGET = 14
FRAME = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "SELECT 1")


def statements(work: Callable[[], object]) -> list[str]:
    """What `work` sends, without the frame of its transactions and the connection check."""
    with CaptureQueriesContext(connection) as captured:
        work()
    sent = [query["sql"] for query in captured.captured_queries]
    return [sql for sql in sent if not sql.upper().startswith(FRAME)]


@pytest.fixture
def group(db: None) -> Group:
    group = make_group()
    make_initiator(group)
    return group


@pytest.fixture
def lan(group: Group) -> Membership:
    return make_member(group, "阿兰")


def basket(rnd: Round, lines: int, quantity: int = 1) -> dict[int, Decimal]:
    offers = Offer.objects.of_round(rnd.pk).values_list("pk", flat=True)[:lines]
    return dict.fromkeys(offers, Decimal(quantity))


@pytest.mark.parametrize("limited", [False, True], ids=["no limits", "household limits"])
def test_placing_keeps_its_budget_for_any_number_of_lines(group, lan, limited, capsys):
    rnd = make_round(group, offers=12, household_limit=9 if limited else None, capacity=99)
    sent = {}
    for lines in (1, 3, 12):
        body = basket(rnd, lines)
        sent[lines] = statements(partial(place, rnd, lan, body))
    with capsys.disabled():
        print(f"\nplace_order statements: {len(sent[1])}")
    assert len(sent[1]) <= BUDGET, "\n".join(sent[1])
    assert {lines: len(each) for lines, each in sent.items()} == dict.fromkeys(sent, len(sent[1]))


def test_placing_again_takes_less(group, lan):
    rnd, key = make_round(group), uuid4()
    body = basket(rnd, 1)
    place(rnd, lan, body, key=key)
    assert len(statements(lambda: place(rnd, lan, body, key=key))) <= 4


def test_a_refusal_writes_its_answer_and_nothing_else(group, lan):
    rnd = make_round(group, offers=3, capacity=1)

    def refused() -> None:
        with pytest.raises(SoldOut):
            place(rnd, lan, basket(rnd, 3, quantity=2))

    assert len(statements(refused)) <= 7


@pytest.mark.parametrize("act", ["amend", "cancel"])
def test_changing_an_order_takes_as_many_for_any_number_of_lines(group, lan, act):
    rnd = make_round(group, offers=12, household_limit=9)
    counted = set()
    for lines in (1, 12):
        order = place(rnd, lan, basket(rnd, lines))
        body = basket(rnd, lines, quantity=2)
        act_again = partial(amend, order, body) if act == "amend" else partial(cancel, order)
        counted.add(len(statements(act_again)))
    assert len(counted) == 1
