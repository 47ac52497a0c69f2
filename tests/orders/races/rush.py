"""Crowds that order at once, and each guard against overselling with a switch to turn it off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from itertools import count
from threading import Barrier, Lock
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import OperationalError, connection

from groups.models import Group, Household, Membership
from orders.models import Offer, Order, OrderLine, Round, TakenOffer
from orders.models.offers import OfferQuerySet
from orders.models.rounds import RoundQuerySet, TakenNumber
from tests.databases import owner_cursor
from tests.factories import LONG_AGO, make_group, make_household, make_initiator, offer_of
from tests.orders.support import place
from tests.threads import together

CROWD = 50
PORTIONS = 10
LOCK_TIMEOUT = "55P03"


@dataclass
class Crowd:
    group: Group
    members: list[Membership]

    def order(self, rnd: Round, quantity: int = 1) -> list[Any]:
        """Each member places one order, all at the same moment; results and refusals."""
        body = {offer_of(rnd).pk: Decimal(quantity)}
        return together([partial(insist, rnd, member, body, uuid4()) for member in self.members])


def insist(rnd: Round, member: Membership, body: Mapping[int, Decimal], key: UUID) -> Order:
    """Order as a phone does: told that the server is busy, it sends the same form again."""
    for attempt in range(5):
        try:
            return place(rnd, member, dict(body), key=key)
        except OperationalError as error:
            if getattr(error.__cause__, "pgcode", "") != LOCK_TIMEOUT or attempt == 4:
                raise
    raise AssertionError


def make_crowd(size: int = CROWD) -> Crowd:
    group = make_group()
    make_initiator(group)
    households: list[Household] = [make_household(group) for _ in range(size)]
    members = Membership.objects.bulk_create(
        Membership(
            group=group,
            household=household,
            nickname=f"邻居{n}",
            real_name=f"邻居{n}",
            status="active",
            activated_at=LONG_AGO,
        )
        for n, household in enumerate(households)
    )
    return Crowd(group, members)


def sold(rnd: Round) -> Decimal:
    """What live orders hold, counted by hand."""
    return sum(
        OrderLine.objects.live().filter(order__round=rnd).values_list("quantity", flat=True),
        Decimal(0),
    )


def numbers(rnd: Round) -> list[int]:
    return list(Order.objects.filter(round=rnd).order_by("number").values_list("number", flat=True))


# The guards, each with its switch


def without_round_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Placing reads the round as a bystander; numbers come from a counter of this process."""
    counter, one_at_a_time = count(1), Lock()

    def unlocked(self: RoundQuerySet, group_id: int, round_id: int) -> TakenNumber:
        rnd = self.get(pk=round_id, group_id=group_id)
        with connection.cursor() as cursor:
            cursor.execute("select app_now()")
            (now,) = cursor.fetchone()
        with one_at_a_time:
            number = next(counter)
        return TakenNumber(
            number, rnd.merchant_id, rnd.status, rnd.opens_at, rnd.cut_off_at, rnd.paused_at, now
        )

    monkeypatch.setattr(RoundQuerySet, "take_number", unlocked)


def without_condition(monkeypatch: pytest.MonkeyPatch, barrier: Barrier | None = None) -> None:
    """Look whether there is enough, then take it: two statements. With a barrier, all have looked
    before anyone takes."""

    def look_then_take(
        self: OfferQuerySet, round_id: int, quantities: Mapping[int, Decimal]
    ) -> dict[int, TakenOffer]:
        found = {}
        for offer in Offer.objects.filter(round_id=round_id, pk__in=quantities).order_by("pk"):
            if offer.left is None or offer.left >= quantities[offer.pk]:
                found[offer.pk] = TakenOffer(
                    offer.pk, offer.price_fen, offer.step, offer.minimum, offer.household_limit
                )
        if barrier is not None:
            barrier.wait()
        for offer_id in found:
            with connection.cursor() as cursor:
                cursor.execute(
                    "update orders_offer set taken = taken + %s where id = %s",
                    [quantities[offer_id], offer_id],
                )
        return found

    monkeypatch.setattr(OfferQuerySet, "take", look_then_take)


def without_check() -> None:
    """The owner drops the constraint, in this test's copy of the database."""
    with owner_cursor() as cursor:
        cursor.execute("alter table orders_offer drop constraint offer_never_oversold")
