"""Freed while some wait and others come (O5): the line first, each once, never oversold."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from functools import partial
from threading import Event as Signal
from typing import Any
from uuid import uuid4

import pytest

from groups.services import memberships
from orders.models import Order, Round, WaitlistEntry
from orders.services import waiting
from orders.services.offers import SoldOut
from tests.factories import make_member, make_round, offer_of
from tests.orders.races.rush import Crowd, insist, make_crowd, sold
from tests.orders.support import cancel, check_books, place
from tests.threads import PATIENCE, together
from tuangou.core import events, personal

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]


@pytest.fixture
def crowd(db: None) -> Crowd:
    return make_crowd(12)


def wait(rnd: Round, member: Any, quantity: int = 1) -> WaitlistEntry:
    return waiting.join(
        offer_id=offer_of(rnd).pk,
        member_id=member.pk,
        quantity=Decimal(quantity),
        request_id=uuid4(),
    )


def full_round(crowd: Crowd, holders: int) -> tuple[Round, list[Order]]:
    """Everything taken, one each."""
    rnd = make_round(crowd.group, capacity=holders)
    body = {offer_of(rnd).pk: Decimal(1)}
    return rnd, [place(rnd, member, body) for member in crowd.members[:holders]]


def test_freed_while_two_wait_and_newcomers_order(crowd):
    """One is freed: the first in line has it, whoever comes at the same moment."""
    rnd, (order, _other) = full_round(crowd, 2)
    entries = [wait(rnd, member) for member in crowd.members[2:4]]
    body = {offer_of(rnd).pk: Decimal(1)}
    newcomers = [partial(insist, rnd, member, body, uuid4()) for member in crowd.members[4:10]]
    outcomes = together([partial(cancel, order), *newcomers])
    assert Counter(map(type, outcomes)) == {Order: 1, SoldOut: 6}
    assert [WaitlistEntry.objects.get(pk=e.pk).status for e in entries] == ["served", "waiting"]
    assert sold(rnd) == 2
    check_books()


def test_twin_served_after_the_commit_a_newcomer_is_first(crowd, monkeypatch):
    """What is freed is let go first, the list asked later: the newcomer stands between."""
    rnd, (order, _other) = full_round(crowd, 2)
    entry = wait(rnd, crowd.members[2])
    freed, ordered = Signal(), Signal()
    real, owed = waiting.serve, []
    monkeypatch.setattr(waiting, "serve", lambda **call: owed.append(call))

    def cancel_then_serve() -> Order:
        done = cancel(order)
        freed.set()
        assert ordered.wait(PATIENCE)
        return done

    def newcomer() -> Order:
        assert freed.wait(PATIENCE)
        try:
            return place(rnd, crowd.members[5], {offer_of(rnd).pk: Decimal(1)})
        finally:
            ordered.set()

    outcomes = together([cancel_then_serve, newcomer])
    assert Counter(map(type, outcomes)) == {Order: 2}
    assert owed
    assert owed[0]["freed"]
    monkeypatch.setattr(waiting, "serve", real)
    assert WaitlistEntry.objects.get(pk=entry.pk).status == "waiting"
    assert offer_of(rnd).left == 0, "hers is gone"


def test_many_cancel_at_once_each_in_line_is_served_once(crowd):
    rnd, orders = full_round(crowd, 5)
    entries = [wait(rnd, member) for member in crowd.members[5:12]]
    outcomes = together([partial(cancel, order) for order in orders])
    assert {type(outcome) for outcome in outcomes} == {Order}
    states = [WaitlistEntry.objects.get(pk=e.pk).status for e in entries]
    assert states == ["served"] * 5 + ["waiting"] * 2
    assert sold(rnd) == 5
    assert Order.objects.filter(channel="waiting").count() == 5
    check_books()


def test_joining_while_it_is_freed_leaves_nobody_waiting_for_what_is_there(crowd):
    """Each either finds it sold out and is served, or finds it there and is told to order."""
    rnd, orders = full_round(crowd, 4)
    joins = [partial(wait, rnd, member) for member in crowd.members[4:10]]
    outcomes = together([*(partial(cancel, order) for order in orders), *joins])
    kinds = {type(outcome) for outcome in outcomes}
    assert kinds <= {Order, WaitlistEntry, waiting.StillInStock}
    check_books()


def test_leaving_the_group_while_it_is_freed_is_one_of_both(crowd):
    """Served before she went, or passed over: never a failed cancellation."""
    rnd, (order,) = full_round(crowd, 1)
    entries = [wait(rnd, member) for member in crowd.members[1:3]]
    gone = partial(memberships.leave, membership_id=crowd.members[1].pk)
    cancelled, left = together([partial(cancel, order), gone])
    assert isinstance(cancelled, Order)
    assert not isinstance(left, Exception)
    states = [WaitlistEntry.objects.get(pk=e.pk).status for e in entries]
    assert states in (["served", "waiting"], ["waiting", "served"])
    check_books()


def test_erasing_who_is_next_while_it_is_freed_holds_nobody_up(crowd):
    """Erasing holds the person before her places; serving waits for it, holding none of them."""
    rnd, (order,) = full_round(crowd, 1)
    first = make_member(crowd.group)
    entries = [wait(rnd, member) for member in (first, crowd.members[2])]
    assert first.user_id is not None
    erase = partial(personal.erase, user_id=first.user_id)
    cancelled, erased = together([partial(cancel, order), erase])
    assert isinstance(cancelled, Order)
    states = [WaitlistEntry.objects.get(pk=e.pk).status for e in entries]
    if isinstance(
        erased, personal.NotYet
    ):  # served first: an order that is not over stands in the way
        assert states == ["served", "waiting"]
    else:
        assert states == ["left", "served"]
        assert not isinstance(erased, Exception)
    events.drain(crowd.group.pk)
    check_books()


def test_leaving_the_line_while_it_is_freed_is_one_of_both(crowd):
    rnd, (order,) = full_round(crowd, 1)
    entry, behind = (wait(rnd, member) for member in crowd.members[1:3])
    leave = partial(
        waiting.leave, entry_id=entry.pk, actor_id=crowd.members[1].pk, request_id=uuid4()
    )
    _cancelled, left = together([partial(cancel, order), leave])
    states = [WaitlistEntry.objects.get(pk=e.pk).status for e in (entry, behind)]
    if isinstance(left, waiting.NoLongerWaiting):
        assert states == ["served", "waiting"]
    else:
        assert states == ["left", "served"]
    check_books()
