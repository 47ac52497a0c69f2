"""One round from opening to refund, by nothing but what the pages offer; then the same without
JavaScript. The exact counts of actions are the promise that the pages are quick to use."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from orders.models import Round
from tests.core.test_images import picture
from tests.journeys.people import Person
from tests.journeys.street import Street, make_street

pytestmark = pytest.mark.e2e


@dataclass(frozen=True)
class Figures:
    """A month as the pages tell it."""

    orders: int = 0
    sales: Decimal = Decimal(0)
    returned: Decimal = Decimal(0)
    rate: Decimal = Decimal(0)


def figures(person: Person, street: Street, month: date) -> Figures:
    """Row of the summary's table, and the amount returned from the page behind the row."""
    page = person.page
    page.goto(reverse("orders:summary", args=[street.group.slug]))
    address = reverse("orders:summary-month", args=[street.group.slug, f"{month:%Y-%m}"])
    row = page.locator("table").first.locator("tr").filter(has=page.locator(f'a[href="{address}"]'))
    if row.count() == 0:
        return Figures()
    cells = row.locator("td").all_inner_texts()
    page.goto(address)
    line = page.get_by_text("退货金额", exact=True).locator("xpath=..").inner_text()
    return Figures(int(cells[2]), number(cells[3]), number(line), number(cells[4]))


def number(text: str) -> Decimal:
    """The one number in a text, without ¥, thousands comma or percent sign."""
    (found,) = re.findall(r"[\d,.]+", text)
    return Decimal(found.replace(",", ""))


def open_by_copy(initiator: Person, street: Street, cut_off: date) -> str:
    """From the console to the words for the chat, whose link it answers."""
    initiator.page.goto(reverse("orders:console", args=[street.group.slug]))
    with initiator.does_in(5):
        initiator.go("开个新团")
        initiator.go(f"复制上次：{street.last.title}")
        initiator.fill("截单日期", cut_off.isoformat())
        initiator.fill("自提日期", (cut_off + timedelta(days=1)).isoformat())
        initiator.go("开团")
    initiator.sees("开团了", "跟团中")
    said = initiator.page.get_by_label("发群的话").input_value()
    link = re.search(r"/r/\w+", said)
    assert link, said
    return link[0]


def plus(person: Person) -> None:
    """One step of the first goods."""
    person.press(person.page.get_by_role("button", name=re.compile("加一$")).first)


def order(person: Person, link: str, *, step: Callable[[Person], None] = plus) -> None:
    with person.does_in(3):
        person.open(link)
        step(person)
        person.go("提交订单")
    person.sees("已提交", "¥19.00")


def amend(person: Person, *, step: Callable[[Person], None] = plus) -> None:
    person.go("改数量")
    step(person)
    person.go("保存改动")
    person.sees("改好了", "¥38.00")


def order_for_neighbour(
    person: Person, link: str, *, step: Callable[[Person], None] = plus
) -> None:
    """Two jin for the flat that has no telephone."""
    person.open(link)
    person.go("帮邻居订")
    person.search("3-601")
    person.sees("3栋·李*")
    for _press in range(4):
        step(person)
    person.press(person.page.get_by_label("本人托我下这一单"))
    person.go("提交订单")
    person.sees("已提交", "¥76.00", "当面说一声")


def close_early(initiator: Person, manage: str) -> None:
    initiator.page.goto(manage)
    initiator.press("提前截单")
    initiator.go("现在截单")
    expect(initiator.page.locator(".chip").first).to_have_text("已成团")


def claim(person: Person) -> None:
    person.page.reload()
    person.go("我已转账")
    person.sees("说已付", "等收款人对上")


def tick(initiator: Person, rnd: Round) -> None:
    initiator.page.goto(reverse("orders:payments", args=[rnd.group.slug, rnd.pk]))
    with initiator.does_in(2):
        initiator.search("38")
        initiator.go("对上了")
    initiator.sees("已收 张三 ¥38.00")


def record_arrival(initiator: Person, manage: str) -> None:
    initiator.page.goto(manage)
    initiator.go("登记到货")
    initiator.go("到货了")
    initiator.sees("到货登记好了")
    if initiator.page.get_by_role("link", name="去验货").count():  # drawn by the round's code
        inspect(initiator)


def inspect(initiator: Person) -> None:
    """Every line is fine, and the goods may go."""
    initiator.go("去验货")
    for fine in initiator.page.get_by_label("合格", exact=True).all():
        fine.check()
    temperature = initiator.page.get_by_label("量到的温度（°C）")
    if temperature.count():
        temperature.fill("3.5")
    initiator.page.get_by_label("验货通过").check()
    initiator.go("交验货结果")
    initiator.sees("验货通过，可以发货了")
    initiator.go("自提台")


def hand_out(initiator: Person) -> None:
    """One bag paid for, one paid at the desk."""
    with initiator.does_in(2):
        initiator.search("3-502")
        initiator.go("已取")
    initiator.sees("3-502 已取")
    with initiator.does_in(2):
        initiator.search("3-601")
        initiator.go("收 ¥76.00 并已取")
    initiator.sees("3-601 已取", "全部取完")


def ask_return(person: Person) -> None:
    person.page.reload()
    with person.does_in(4):
        person.go("说说问题")
        person.choose("不新鲜")
        person.actions += 1
        person.page.get_by_label("照片").set_input_files(
            {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": picture().getvalue()}
        )
        person.go("交给团长")
    person.sees("已交给团长")
    expect(person.page.get_by_alt_text("照片 1")).to_be_visible()


def grant(initiator: Person, street: Street, yuan: str) -> None:
    initiator.page.goto(reverse("orders:returns", args=[street.group.slug]))
    initiator.go("看了再定")
    initiator.fill("退多少（元）", yuan)
    initiator.fill("理由", "只有一小块不新鲜")
    initiator.go("同意退")
    initiator.sees("同意了")
    initiator.go("钱已退")
    initiator.sees("退款记下了")


def tomorrow() -> date:
    return (timezone.localtime() + timedelta(days=1)).date()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_round_from_opening_to_refund(person, scripts: bool) -> None:
    street = make_street()
    initiator = person(street.initiator.user, desktop=True, by_form=scripts, scripts=scripts)
    a = person(street.a.user, by_form=scripts, scripts=scripts)
    b = person(street.b.user, scripts=scripts)
    cut_off = tomorrow()
    before = figures(initiator, street, cut_off)

    # Without scripts the buttons of the stepper lead to the same page with one step more.
    step = plus if scripts else plus_by_page
    link = open_by_copy(initiator, street, cut_off)
    rnd = Round.objects.select_related("group").get(code=link.removeprefix("/r/"))
    manage = reverse("orders:round-manage", args=[street.group.slug, rnd.pk])
    order(a, link, step=step)
    amend(a, step=step)
    order_for_neighbour(b, link, step=step)
    close_early(initiator, manage)
    claim(a)
    tick(initiator, rnd)
    record_arrival(initiator, manage)
    hand_out(initiator)
    ask_return(a)
    grant(initiator, street, "12.50")
    a.page.reload()
    a.sees("¥12.50")

    sales, returned = before.sales + 114, before.returned + Decimal("12.50")
    assert figures(initiator, street, cut_off) == Figures(
        before.orders + 2,
        sales,
        returned,
        (returned / sales * 100).quantize(Decimal("0.01")),
    )


def plus_by_page(person: Person) -> None:
    person.go(person.page.get_by_role("button", name=re.compile("加一$")).first)
