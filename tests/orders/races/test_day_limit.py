"""Two members of one household, and two rounds of one day, at once (O2, O3)."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import transaction

from groups.models import Group
from groups.models.groups import GroupQuerySet
from orders.models import BasketLine, Order, Round
from orders.services import openings
from orders.services.days import TooManyMerchantsThatDay
from orders.services.offers import OverHouseholdLimit
from orders.services.openings import open_round
from tests.databases import owner_cursor
from tests.factories import make_group, make_initiator, make_member, make_round, offer_of
from tests.orders.races.rush import without_round_lock
from tests.orders.support import check_books, place
from tests.threads import together
from tuangou.core import clock

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

FAMILY = 6


# One household


def family_orders(rnd: Round) -> list[Any]:
    """Six people of one flat order two each, of three that the flat may have."""
    group = Group.objects.get(pk=rnd.group_id)
    first = make_member(group)
    family = [first, *(make_member(group, household=first.household) for _ in range(FAMILY - 1))]
    body = {offer_of(rnd).pk: Decimal(2)}
    return together([partial(place, rnd, member, body) for member in family])


def round_with_limit() -> Round:
    group = make_group()
    make_initiator(group)
    return make_round(group, household_limit=3)


@pytest.mark.parametrize("locked", [True, False], ids=["with round lock", "without round lock"])
def test_a_household_keeps_its_limit_together(monkeypatch, locked):
    """The CHECK on the household's row is enough; the round's lock only queues."""
    rnd = round_with_limit()
    if not locked:
        without_round_lock(monkeypatch)
    outcomes = family_orders(rnd)
    assert Counter(map(type, outcomes)) == {Order: 1, OverHouseholdLimit: FAMILY - 1}
    assert BasketLine.objects.get().taken == 2
    if locked:
        check_books()


def test_twin_without_the_check_a_household_takes_what_it_wants():
    rnd = round_with_limit()
    with owner_cursor() as cursor:
        cursor.execute(
            "alter table orders_basketline drop constraint basket_within_household_limit"
        )
    assert Counter(map(type, family_orders(rnd))) == {Order: FAMILY}
    assert BasketLine.objects.get().taken == 2 * FAMILY


# One day

MERCHANTS = 5


def drafts() -> list[Round]:
    """Five merchants, one cut-off each on the same day, where two may."""
    group = make_group(merchants_per_day=2)
    make_initiator(group)
    with transaction.atomic():
        cut_off_at = clock.now() + timedelta(days=1)  # once: midnight may come between two of them
    return [make_round(group, opened=False, cut_off_at=cut_off_at) for _ in range(MERCHANTS)]


def open_all(rounds: list[Round]) -> Counter[type]:
    return Counter(
        type(outcome)
        for outcome in together(
            [partial(open_round, round_id=r.pk, actor_id=r.initiator_id) for r in rounds]
        )
    )


def test_so_many_merchants_a_day_when_all_open_at_once():
    assert open_all(drafts()) == {Round: 2, TooManyMerchantsThatDay: MERCHANTS - 2}
    assert Round.objects.filter(status="open").count() == 2


def test_twin_without_the_groups_lock_all_open(monkeypatch):
    """All have counted the day before anyone is in it."""
    counted = Barrier(MERCHANTS, timeout=30)
    check_day = openings._check_day

    def count_then_wait(group: Group, rnd: Round) -> None:
        check_day(group, rnd)
        counted.wait()

    rounds = drafts()
    monkeypatch.setattr(GroupQuerySet, "lock", lambda self, pk: self.get(pk=pk))
    monkeypatch.setattr(openings, "_check_day", count_then_wait)
    assert open_all(rounds) == {Round: MERCHANTS}
    assert Round.objects.filter(status="open").count() == MERCHANTS > 2
