"""Somebody never seen before: from a link in the chat to a placed order on a phone, counted.

Boxes and buttons are found by their names, so that the same hands work in every language."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from groups.models import Membership
from groups.services.invitations import make_invitation
from groups.services.rules import write_rules
from orders.models import Order, Round
from tests.factories import make_round
from tests.journeys.people import Person
from tests.journeys.street import Street, make_street
from tuangou.core.models import Session

pytestmark = pytest.mark.e2e

MOST_ACTIONS = 12
WAYS: dict[str, dict[str, Any]] = {
    "phone": {},
    "big": {"cookies": {"size": "big"}},
    "english": {"language": "en-GB", "cookies": {"language": "en"}},
    "no-scripts": {"scripts": False},
}


def make_scene() -> tuple[Street, Round, str]:
    """The street, a round of today, house rules, and the address of a link."""
    street = make_street()
    group, initiator = street.group, street.initiator
    write_rules(group_id=group.pk, actor_id=initiator.pk, text="按时取货\n截单前能改能取消")
    rnd = make_round(group, merchant=street.merchant)
    _invitation, token = make_invitation(group_id=group.pk, actor_id=street.a.pk)
    return street, rnd, reverse("invitation", args=[token])


def write(person: Person, name: str, text: str) -> None:
    person.actions += 1
    person.page.locator(f"[name={name}]").fill(text)


def pick(person: Person, name: str, label: str) -> None:
    person.actions += 1
    person.page.locator(f"[name={name}]").select_option(label=label)


def tick(person: Person, name: str) -> None:
    person.press(person.page.locator("label").filter(has=person.page.locator(f"[name={name}]")))


def join(person: Person, link: str) -> None:
    """Nine actions."""
    person.open(link)
    write(person, "nickname", "小雨")
    write(person, "real_name", "林小雨")
    write(person, "phone", "138 0013 8000")
    pick(person, "building", "5栋")
    write(person, "room", "1502")
    tick(person, "orders")
    tick(person, "rules")
    person.go(person.page.locator("[name=join]"))


def order(person: Person, *, scripts: bool) -> None:
    """Three more."""
    person.go(person.page.locator(".hero a.btn-main"))
    more = person.page.locator("button[name=more]").first
    if scripts:
        person.press(more)
    else:
        person.go(more)
    person.go(person.page.locator(".total button.btn-main"))


@pytest.mark.parametrize("way", WAYS)
def test_from_the_link_to_the_first_order(person, way: str) -> None:
    street, rnd, link = make_scene()
    options = WAYS[way]
    newcomer = person(None, **options)
    started = time.monotonic()
    with newcomer.does_in(MOST_ACTIONS):
        join(newcomer, link)
        order(newcomer, scripts=options.get("scripts", True))
    expect(newcomer.page.locator("main .ticket, main .done").first).to_be_visible()
    print(f"{way}: {newcomer.actions} actions, {time.monotonic() - started:.1f} s of machine time")
    member = Membership.objects.select_related("household__building").latest("pk")
    placed = Order.objects.get(round=rnd)
    assert (placed.member_id, placed.placed_by_id) == (member.pk, member.pk)
    assert (member.status, str(member.household), member.invited_by) == (
        "active",
        "5栋1502",
        street.a,
    )
    assert member.user is not None
    assert (member.user.phone, member.contact_phone) == (None, "+8613800138000")
    assert member.user.language == ("en" if way == "english" else "zh-hans")
    assert member.rules_version == 1
    assert Session.objects.filter(user=member.user).count() == 1


def test_the_link_opens_for_nobody_else_afterwards(person) -> None:
    _street, _rnd, link = make_scene()
    first, second = person(None), person(None)
    join(first, link)
    answer = second.page.goto(link)
    assert answer is not None
    assert answer.status == 404
    second.sees("这个链接用不了了")


def test_a_housemate_waits_and_is_let_in(person) -> None:
    """The flat is taken: its neighbour says yes on her phone, and the newcomer is in."""
    street, _rnd, link = make_scene()
    newcomer, neighbour = person(None), person(street.b.user)
    newcomer.open(link)
    for name, text in (("nickname", "小雨"), ("real_name", "林小雨"), ("phone", "13800138000")):
        write(newcomer, name, text)
    pick(newcomer, "building", "3栋")
    write(newcomer, "room", "503")
    tick(newcomer, "orders")
    tick(newcomer, "rules")
    newcomer.go("加入")
    newcomer.sees("等那一户点头")
    neighbour.open(reverse("groups:joining", args=[street.group.slug]))
    neighbour.sees("林小雨")
    neighbour.go("是，和我住一户")
    newcomer.go("看看有没有回音")
    newcomer.sees("正在团")
