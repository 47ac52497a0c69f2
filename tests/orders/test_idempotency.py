"""One form is one act (O4): replays, refusals that stay, the same id with another body."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

import pytest

from groups.models import Group, Membership
from orders.models import Order, OrderChange, Round
from orders.services.orders import BadQuantity, OrderNotOpen, SoldOut
from tests.factories import make_group, make_initiator, make_member, make_round, offer_of
from tests.orders.support import amend, cancel, check_books, counts, place, refused
from tuangou.core import requests
from tuangou.core.errors import Conflict
from tuangou.core.models import RequestKey

pytestmark = pytest.mark.django_db


@pytest.fixture
def group(db: None) -> Group:
    group = make_group()
    make_initiator(group)
    return group


@pytest.fixture
def lan(group: Group) -> Membership:
    return make_member(group, "阿兰")


@pytest.fixture
def rnd(group: Group) -> Round:
    return make_round(group, capacity=5)


@pytest.fixture(autouse=True)
def books(db: None):
    yield
    check_books()


def test_the_same_form_again_is_the_same_order(rnd, lan):
    key, body = uuid4(), {offer_of(rnd).pk: Decimal(2)}
    first = place(rnd, lan, body, key=key)
    before = counts()
    assert place(rnd, lan, {offer_of(rnd).pk: Decimal("2.000")}, key=key).pk == first.pk
    assert counts() == before


def test_the_answer_stays_whatever_happened_since(rnd, lan):
    """Placed, then amended and cancelled: a late copy of the first form still finds the order."""
    key, body = uuid4(), {offer_of(rnd).pk: Decimal(2)}
    order = place(rnd, lan, body, key=key)
    amend(order, {offer_of(rnd).pk: Decimal(1)})
    cancel(order)
    again = place(rnd, lan, body, key=key)
    assert (again.pk, again.status) == (order.pk, "cancelled")
    assert Order.objects.count() == 1


def test_a_refusal_stays_that_refusal_when_there_is_stock_again(rnd, lan):
    """Else a copy that comes late would order what nobody looks at any more."""
    offer = offer_of(rnd).pk
    holder = place(rnd, lan, {offer: Decimal(4)})
    key = uuid4()
    with refused(SoldOut, "只剩 1斤", field=f"offer_{offer}"):
        place(rnd, lan, {offer: Decimal(2)}, key=key)
    cancel(holder)
    for _ in range(3):
        with refused(SoldOut, "只剩 1斤", field=f"offer_{offer}"):
            place(rnd, lan, {offer: Decimal(2)}, key=key)
    place(rnd, lan, {offer: Decimal(2)})


@pytest.mark.parametrize("act", ["place", "amend", "cancel"])
def test_the_same_id_with_another_body_is_refused(rnd, lan, group, act):
    offer, key = offer_of(rnd).pk, uuid4()
    order = place(rnd, lan, {offer: Decimal(2)}, key=key)
    with refused(Conflict):
        if act == "place":
            place(rnd, lan, {offer: Decimal(3)}, key=key)
        elif act == "amend":
            amend(order, {offer: Decimal(2)}, key=key)
        else:
            cancel(order, key=key)


@pytest.mark.parametrize("change", ["note", "member", "round"])
def test_every_part_of_the_body_counts(rnd, lan, group, change):
    key, other = uuid4(), make_member(group)
    body = {offer_of(rnd).pk: Decimal(1)}
    place(rnd, lan, body, key=key)
    with refused(Conflict):
        if change == "note":
            place(rnd, lan, body, key=key, note="少放盐")
        elif change == "member":
            place(rnd, other, body, key=key, placed_by_id=lan.pk)
        else:
            place(Round(pk=rnd.pk + 1), lan, body, key=key)


def test_ids_of_different_people_do_not_meet(rnd, lan, group):
    key, body = uuid4(), {offer_of(rnd).pk: Decimal(1)}
    first = place(rnd, lan, body, key=key)
    second = place(rnd, make_member(group), body, key=key)
    assert first.pk != second.pk


def test_amending_and_cancelling_again_change_nothing(rnd, lan):
    offer, amending, cancelling = offer_of(rnd).pk, uuid4(), uuid4()
    order = place(rnd, lan, {offer: Decimal(2)})
    for _ in range(3):
        assert amend(order, {offer: Decimal(3)}, key=amending).pk == order.pk
    for _ in range(3):
        assert cancel(order, key=cancelling).pk == order.pk
    kinds = OrderChange.objects.order_by("number").values_list("kind", flat=True)
    assert list(kinds) == ["placed", "amended", "cancelled"]
    with refused(OrderNotOpen):
        cancel(order)
    assert amend(order, {offer: Decimal(3)}, key=amending).pk == order.pk


def test_what_cannot_be_read_takes_no_id(rnd, lan):
    """A form with a typing error may be corrected and sent with the same id."""
    key = uuid4()
    with refused(BadQuantity):
        place(rnd, lan, {offer_of(rnd).pk: Decimal("NaN")}, key=key)
    assert not RequestKey.objects.exists()
    place(rnd, lan, {offer_of(rnd).pk: Decimal(1)}, key=key)


def test_a_crash_takes_no_id(rnd, lan, monkeypatch):
    key, body = uuid4(), {offer_of(rnd).pk: Decimal(1)}
    before = counts()
    with monkeypatch.context() as broken:
        broken.setattr("orders.services.placing.record", lambda *_, **__: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            place(rnd, lan, body, key=key)
    assert not RequestKey.objects.exists()
    assert counts() == before
    place(rnd, lan, body, key=key)


def test_twin_without_keys_and_constraint_the_form_counts_twice(rnd, lan, monkeypatch):
    """Both guards off: the key, and the unique (group, placed_by, request_id)."""
    monkeypatch.setattr(requests, "once", lambda *, work, **_: work())
    key, body = uuid4(), {offer_of(rnd).pk: Decimal(1)}
    real = Order.objects.create

    def with_another_id(**fields: object) -> Order:
        return real(**(fields | {"request_id": uuid4()}))

    monkeypatch.setattr(type(Order.objects), "create", lambda self, **f: with_another_id(**f))
    place(rnd, lan, body, key=key)
    place(rnd, lan, body, key=key)
    assert Order.objects.count() == 2
