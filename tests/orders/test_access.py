"""Who may: strangers 404, members without the office 403, money only for its payee."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404

from merchants.models import MerchantStaff
from orders import access
from orders.models import CheckOff, Order, Return, ReturnPhoto
from tests.factories import (
    make_group,
    make_household,
    make_initiator,
    make_member,
    make_round,
    make_user,
)
from tests.orders.stages import Stage, at, line_of, make_stage
from tuangou.core.errors import NotAllowed

pytestmark = pytest.mark.django_db

PEOPLE = (
    "anonymous",
    "outsider",
    "staff",
    "member",
    "neighbour",
    "housemate",
    "proxy",
    "deputy",
    "initiator",
)
YES, NO, FORBIDDEN = "yes", 404, 403


@dataclass
class World:
    stage: Stage
    order: Order
    ret: Return
    people: dict[str, Any]

    @property
    def slug(self) -> str:
        return self.stage.group.slug


def make_world(tmp_path: Path, settings: Any, payee: str) -> World:
    settings.MEDIA_ROOT = tmp_path
    stage = make_stage(payee=payee)
    proxy = make_member(stage.group, "代下单")
    household = make_household(stage.group)
    orderer = make_member(stage.group, "张三", household=household)
    stage.member = orderer
    order = stage.collected(quantity=2, placed_by=proxy)
    stage.receive(order, 7600)
    ret = stage.ask(order, photos=(b"one",))
    staff = make_user("店主")
    MerchantStaff.objects.create(merchant=stage.round.merchant, user=staff, role="owner")
    people = {
        "anonymous": AnonymousUser(),
        "outsider": make_initiator(make_group()).user,
        "staff": staff,
        "member": orderer.user,
        "neighbour": stage.neighbour.user,
        "housemate": make_member(stage.group, "李四", household=household).user,
        "proxy": proxy.user,
        "deputy": stage.deputy.user,
        "initiator": stage.initiator.user,
    }
    return World(stage, order, ret, people)


@pytest.fixture(params=["initiator", "merchant"])
def payee(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def world(tmp_path: Path, settings: Any, payee: str) -> World:
    return make_world(tmp_path, settings, payee)


ANYONE = dict.fromkeys(PEOPLE, YES) | {"anonymous": NO, "outsider": NO, "staff": NO}
CONCERNED = ANYONE | {"neighbour": NO}
OFFICERS = dict.fromkeys(PEOPLE, FORBIDDEN) | {
    "anonymous": NO,
    "outsider": NO,
    "staff": NO,
    "deputy": YES,
    "initiator": YES,
}
INITIATOR = OFFICERS | {"deputy": FORBIDDEN}
PAYEE = {
    "initiator": INITIATOR,
    "merchant": INITIATOR | {"staff": YES, "initiator": FORBIDDEN},
}
LOOKING = {"initiator": INITIATOR, "merchant": INITIATOR | {"staff": YES}}

Ask = Callable[[Any, World], object]
ROWS: dict[str, tuple[Ask, Any]] = {
    "round_for_member": (
        lambda u, w: access.round_for_member(u, w.slug, w.stage.round.pk),
        dict.fromkeys(PAYEE, ANYONE),
    ),
    "round_for_officer": (
        lambda u, w: access.round_for_officer(u, w.slug, w.stage.round.pk),
        dict.fromkeys(PAYEE, OFFICERS),
    ),
    "round_for_initiator": (
        lambda u, w: access.round_for_initiator(u, w.slug, w.stage.round.pk),
        dict.fromkeys(PAYEE, INITIATOR),
    ),
    "round_for_payee": (
        lambda u, w: access.round_for_payee(u, w.slug, w.stage.round.pk),
        PAYEE,
    ),
    "round_for_books": (
        lambda u, w: access.round_for_books(u, w.slug, w.stage.round.pk),
        LOOKING,
    ),
    "order_for_member": (
        lambda u, w: access.order_for_member(u, w.slug, w.order.pk),
        dict.fromkeys(PAYEE, CONCERNED),
    ),
    "order_for_officer": (
        lambda u, w: access.order_for_officer(u, w.slug, w.order.pk),
        dict.fromkeys(PAYEE, OFFICERS),
    ),
    "order_for_initiator": (
        lambda u, w: access.order_for_initiator(u, w.slug, w.order.pk),
        dict.fromkeys(PAYEE, INITIATOR),
    ),
    "order_for_payee": (lambda u, w: access.order_for_payee(u, w.slug, w.order.pk), PAYEE),
    "order_by_token": (
        lambda u, w: access.order_by_token(u, w.order.pickup_token),
        dict.fromkeys(PAYEE, CONCERNED),
    ),
    "payment_for_payee": (
        lambda u, w: access.payment_for_payee(u, w.slug, w.order.payments.get().pk),
        PAYEE,
    ),
    "line_for_member": (
        lambda u, w: access.line_for_member(u, w.slug, line_of(w.order).pk),
        dict.fromkeys(PAYEE, CONCERNED),
    ),
    "check_off_for_officer": (
        lambda u, w: access.check_off_for_officer(u, w.slug, CheckOff.objects.get().pk),
        dict.fromkeys(PAYEE, OFFICERS),
    ),
    "return_for_member": (
        lambda u, w: access.return_for_member(u, w.slug, w.ret.pk),
        dict.fromkeys(PAYEE, CONCERNED),
    ),
    "return_for_officer": (
        lambda u, w: access.return_for_officer(u, w.slug, w.ret.pk),
        dict.fromkeys(PAYEE, OFFICERS),
    ),
    "return_for_initiator": (
        lambda u, w: access.return_for_initiator(u, w.slug, w.ret.pk),
        dict.fromkeys(PAYEE, INITIATOR),
    ),
    "return_for_payee": (lambda u, w: access.return_for_payee(u, w.slug, w.ret.pk), PAYEE),
    "photo_for_member": (
        lambda u, w: access.photo_for_member(u, w.slug, ReturnPhoto.objects.get().pk),
        dict.fromkeys(PAYEE, CONCERNED),
    ),
}


def answer(ask: Callable[[], object]) -> object:
    try:
        ask()
    except Http404:
        return NO
    except NotAllowed:
        return FORBIDDEN
    return YES


def test_who_may(world, payee):
    wrong = [
        f"{name} for {person}: {got}, not {expected}"
        for name, (ask, table) in ROWS.items()
        for person, expected in table[payee].items()
        if (got := answer(partial(ask, world.people[person], world))) != expected
    ]
    assert not wrong, "\n".join(wrong)


def test_every_access_function_is_in_the_table():
    public = {
        name
        for name in vars(access)
        if "_for_" in name
        and name.startswith(("round", "order", "payment", "line", "check", "ret", "photo"))
    } | {"order_by_token"}
    assert public == set(ROWS)


@pytest.mark.parametrize("name", sorted(set(ROWS) - {"order_by_token"}))
def test_rows_of_another_group_and_missing_rows_are_404(world, name, payee):
    """The own group's slug does not open another group's row, not even to its initiator."""
    other = make_initiator(make_group())
    assert answer(lambda: getattr(access, name)(other.user, other.group.slug, 1)) == NO
    function = getattr(access, name)
    assert answer(lambda: function(world.people["initiator"], world.slug, 0)) == NO
    ask = ROWS[name][0]
    world.people["other"] = other.user
    moved = World(world.stage, world.order, world.ret, world.people)
    slug, moved.stage.group.slug = moved.stage.group.slug, other.group.slug
    try:
        assert answer(lambda: ask(other.user, moved)) == NO
        assert answer(lambda: ask(world.people["staff"], moved)) == NO
    finally:
        moved.stage.group.slug = slug


def test_drafts_are_for_officers():
    stage = make_stage(opened=False)

    def ask(user: Any) -> object:
        return access.round_for_member(user, stage.group.slug, stage.round.pk)

    assert answer(lambda: ask(stage.member.user)) == NO
    assert answer(lambda: ask(stage.deputy.user)) == YES


def test_staff_who_live_here_keep_their_membership():
    stage = make_stage(payee="merchant")
    assert stage.member.user is not None
    MerchantStaff.objects.create(
        merchant=stage.round.merchant, user=stage.member.user, role="owner"
    )
    slug, pk = stage.group.slug, stage.round.pk
    neighbour: Any = stage.member.user
    assert access.round_for_payee(neighbour, slug, pk)[0] == stage.member
    shop = make_user("店员")
    role = MerchantStaff.objects.create(merchant=stage.round.merchant, user=shop, role="helper")
    # money is the owner's
    assert answer(lambda: access.round_for_payee(shop, slug, pk)) == FORBIDDEN
    MerchantStaff.objects.filter(merchant=stage.round.merchant, role="owner").delete()
    role.role = "owner"
    role.save(update_fields=["role"])
    assert access.round_for_payee(shop, slug, pk)[0] is None


@pytest.mark.parametrize("payee", ["initiator", "merchant"])
def test_the_buttons_are_for_the_payee(payee):
    stage = make_stage(payee=payee)
    user: Any = stage.initiator.user
    member, rnd = access.round_for_books(user, stage.group.slug, stage.round.pk)
    assert access.may_receive(user, member, rnd) == (payee == "initiator")


def test_who_left_sees_nothing(world):
    member = world.order.member
    with at(world.stage.pickup):
        member.move_to("left", left_at=world.stage.pickup)
    assert answer(lambda: access.order_for_member(member.user, world.slug, world.order.pk)) == NO


def test_an_unknown_token_is_404(world):
    assert answer(lambda: access.order_by_token(world.people["initiator"], "x" * 22)) == NO


def test_rows_bring_what_pages_show(world, django_assert_max_num_queries):
    """The group and the round come along: no query per attribute."""
    user = world.people["member"]
    with django_assert_max_num_queries(3):
        member, order = access.order_for_member(user, world.slug, world.order.pk)
        assert order.group is member.group
        assert order.round.merchant.brand
        assert order.member.nickname
    with at(world.stage.start):
        make_round(world.stage.group)
