"""What a task takes, counted exactly against the promise (ux 3.4); and the same by keyboard alone.

Opening a round by copy (5), ordering (3), ticking a payment (2), handing over (2) and complaining
with a photo (4) are counted where a whole round is played: test_year_in_a_round.py. Here stands
what is not part of it, on the phone and at the desk, and everything the keyboard does."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from orders.models import Order, Proxy
from tests.factories import make_order
from tests.journeys.people import Person
from tests.journeys.street import Street, make_street
from tests.journeys.test_year_in_a_round import open_by_copy, plus, tomorrow
from tests.orders.stages import Stage, make_stage
from tuangou.core import clock, events

pytestmark = pytest.mark.e2e


@dataclass
class Scene:
    street: Street
    stage: Stage
    """A round that is open now."""

    def path(self, name: str, *args: object) -> str:
        return reverse(name, args=[self.street.group.slug, *args])

    @property
    def round_path(self) -> str:
        return self.path("orders:round", self.stage.round.pk)


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    street = make_street()
    stage = make_stage(
        clock.now(), group=street.group, merchant=street.merchant, title="周日牛肉团"
    )
    return Scene(street, stage)


# On a phone


def test_an_order_takes_three(person, scene: Scene) -> None:
    a = person(scene.street.a.user)
    with a.does_in(3):
        a.open(f"/r/{scene.stage.round.code}")
        plus(a)
        a.go("提交订单")
    a.sees("已提交")


def test_a_neighbour_s_order_takes_four(person, scene: Scene) -> None:
    """By the door at first, from those she helped lately after that; and she may say no."""
    b, a = person(scene.street.b.user), person(scene.street.a.user)
    for _again in range(2):
        b.page.goto(scene.round_path)
        with b.does_in(4):
            b.go("帮邻居订")
            if _again:
                b.go("给这家订")
            else:
                b.search("3-502")
            plus(b)
            b.go("提交订单")
        b.sees("已告诉 3栋·张*：你帮着下了", "对方付钱，对方去取")
    link = b.page.get_by_label("发给对方的链接，点开就是大字").input_value()
    assert link.endswith("?big=1")
    events.drain(scene.street.group.pk)
    with a.does_in(2):
        a.open(link)
        a.go("不要这一单")
    expect(a.page.locator("html")).to_have_attribute("data-size", "big")
    a.sees("取消了", "这一单取消了")
    with a.does_in(1):
        a.go("以后不要")
    b.page.goto(f"{scene.round_path}?for={scene.street.a.pk}")
    b.sees("说过不要别人代下单")


def test_a_neighbour_without_an_account_takes_one_tick_more_and_only_once(
    person, scene: Scene
) -> None:
    b = person(scene.street.b.user)
    for actions in (5, 4):
        b.page.goto(scene.round_path)
        with b.does_in(actions):
            b.go("帮邻居订")
            if actions == 5:
                b.search("3栋601")
            else:
                b.go("给这家订")
            plus(b)
            if actions == 5:
                b.press(b.page.get_by_label("本人托我下这一单"))
            b.go("提交订单")
        b.sees("对方收不到通知，当面说一声")
    assert Proxy.objects.get().answer == "asked"


def test_opening_by_copy_takes_five(person, transactional_db: None) -> None:
    """Without a round of now, whose pick-up would run past midnight in some hours of the night."""
    street = make_street()
    open_by_copy(person(street.initiator.user), street, tomorrow())


# By keyboard alone


@dataclass
class Typist:
    """Tab, Enter, Space and letters; never the mouse."""

    page: Page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def tab_to(self, name: str, *, most: int = 80) -> None:
        """As far as the thing of this name, which then shows a ring around it."""
        for _step in range(most):
            self.page.keyboard.press("Tab")
            found = self.page.evaluate(
                """() => { const node = document.activeElement;
                const label = node.labels && node.labels[0];
                return [node.getAttribute('aria-label'), label && label.innerText, node.innerText]
                  .filter(Boolean).map((text) => text.trim()).join('|') }"""
            )
            if name in found:
                ring = self.page.evaluate(
                    "() => getComputedStyle(document.activeElement).outlineStyle"
                )
                assert ring != "none", name
                return
        raise AssertionError(f"{name} is not reached by Tab")

    def enter(self) -> None:
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        expect(self.page.locator("main")).to_be_visible()


def at_the_keyboard(person: Person, path: str) -> Typist:
    person.page.goto(path)
    return Typist(person.page)


def test_ordering_by_keyboard(person, scene: Scene) -> None:
    a = person(scene.street.a.user, desktop=True)
    keys = at_the_keyboard(a, scene.round_path)
    keys.tab_to("跳到正文")  # the first stop leads past the head
    keys.press("Enter")
    keys.tab_to("加一")
    keys.press("Enter", "Enter")
    keys.tab_to("备注")
    a.page.keyboard.type("切小块")
    keys.tab_to("提交订单")
    keys.enter()
    a.sees("已提交", "切小块")
    order = Order.objects.get(member=scene.street.a, round=scene.stage.round)
    assert order.note == "切小块"
    keys.tab_to("我已转账")
    keys.enter()
    a.sees("说已付")


def test_ticking_payments_by_keyboard(person, scene: Scene) -> None:
    rnd = scene.stage.round
    for member in (scene.street.a, scene.street.b):
        make_order(rnd, member, 1)
    initiator = person(scene.street.initiator.user, desktop=True)
    keys = at_the_keyboard(initiator, scene.path("orders:payments", rnd.pk))
    said = initiator.page.locator("[data-row-said]")
    keys.press("j", "j")
    expect(said).to_contain_text("3-503 王芳")
    with initiator.page.expect_navigation():
        keys.press("p")
    initiator.sees("已收 王芳 ¥38.00")
    expect(said).to_contain_text("3-503 王芳")  # the row is found again
    with initiator.page.expect_navigation():
        keys.press("u")
    initiator.sees("撤销了：王芳 ¥38.00 变回未付")
    with initiator.page.expect_navigation():
        keys.press("Enter")
    expect(initiator.page.locator("#beside")).to_contain_text("3-503 王芳")
    keys.press("/")
    initiator.page.keyboard.type("3-502")
    keys.enter()
    expect(initiator.page.locator("tbody tr")).to_have_count(1)
    keys.press("Escape", "?")
    expect(initiator.page.get_by_text("下一行、上一行")).to_be_visible()


def test_handing_over_by_keyboard(person, scene: Scene) -> None:
    rnd = scene.stage.round
    paid = make_order(rnd, scene.street.a, 1)
    owing = make_order(rnd, scene.street.b, 1)
    scene.stage.receive(paid, 3800, clock.now())
    scene.stage.arrive()
    initiator = person(scene.street.initiator.user, desktop=True)
    keys = at_the_keyboard(initiator, scene.path("orders:desk", rnd.pk))
    keys.press("j")
    with initiator.page.expect_navigation():
        keys.press("Space")
    initiator.sees("3-502 已取")
    said = initiator.page.locator("[data-row-said]")
    expect(said).to_contain_text("3-503 王芳")  # the next one stands where it stood
    with initiator.page.expect_navigation():
        keys.press("p")
    initiator.sees("3-503 已取", "全部取完")
    owing.refresh_from_db()
    assert owing.received_fen == 3800
    with initiator.page.expect_navigation():
        keys.press("u")
    initiator.sees("3-503 变回没取")


def test_a_pile_of_slips_by_keyboard(person, scene: Scene) -> None:
    initiator = person(scene.street.initiator.user, desktop=True)
    path = scene.path("orders:slip-new", scene.stage.round.pk)
    keys = at_the_keyboard(initiator, path)
    for door, letters, name in (("3-601", "A2", ""), ("3-502", "a1", ""), ("5-1101", "A1", "老吴")):
        expect(initiator.page.get_by_label("门牌", exact=True)).to_be_focused()
        initiator.page.keyboard.type(door)
        keys.press("Tab")
        initiator.page.keyboard.type(letters)
        if name:
            keys.tab_to("姓名")
            initiator.page.keyboard.type(name)
        keys.enter()
        initiator.sees(f"{door} ")
    expect(initiator.page).to_have_url(re.compile(f"{path}$"))
    assert Order.objects.filter(round=scene.stage.round, channel="paper").count() == 3
