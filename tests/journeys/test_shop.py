"""A shop's way in: invited, on a phone first, on a desktop later, asked for two changes, approved,
signed, its first round prepared. What the shop does is counted, and beside it what the initiator
does on her pages; only the lines of the checklist, a page each, go by the rows they leave."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from merchants.models import Application, Item, Merchant
from merchants.services.links import make_link
from orders.models import Round
from tests.factories import make_group, make_initiator, make_member, make_order, pass_lines
from tests.journeys.people import Person
from tests.merchants.papers import CODE, FOOD, form_filled_in, jpeg
from tests.merchants.test_goods_sheets import RIGHT, book

pytestmark = pytest.mark.e2e

MOST_ACTIONS = 60
UNTIL = "2035-01-01"


def write(person: Person, name: str, text: str) -> None:
    person.actions += 1
    person.page.locator(f"[name={name}]").fill(text)


def attach(person: Person, file: Path) -> None:
    person.actions += 1
    person.page.locator("[name=file]").set_input_files(file)


def send(person: Person) -> None:
    person.go(person.page.locator("main form button.btn-main").last)


def show_paper(person: Person, kind: str, number: str, file: Path, until: str = "") -> None:
    person.go(person.page.locator(f"a[href$='documents/new/{kind}/']").first)
    write(person, "number", number)
    if until:
        write(person, "valid_until", until)
    if kind == "food":
        box = person.page.locator("[name=covers][value=beef]")
        person.press(person.page.locator("label").filter(has=box))
    attach(person, file)
    send(person)


def on_the_phone(phone: Person, link: str, photos: list[Path]) -> None:
    phone.open(link)
    write(phone, "brand", "老马家牛肉铺")
    write(phone, "legal_name", "上海老马家食品有限公司")
    write(phone, "credit_code", CODE)
    send(phone)  # to the papers
    show_paper(phone, "licence", CODE, photos[0])
    show_paper(phone, "food", FOOD, photos[1], UNTIL)


def on_the_desktop(desk: Person, photo: Path, goods: Path) -> None:
    desk.open("/")
    desk.go("接着填申请")
    desk.go(desk.page.locator("a[href$='/documents/']").first)
    show_paper(desk, "health", "310105-2026-77", photo, UNTIL)
    desk.go("下一步")  # to the goods
    desk.go("很多样？用表格")
    attach(desk, goods)
    send(desk)
    desk.go("下一步")  # to the promises
    write(desk, "delivery", "周六下午三点前送到自提点")
    write(desk, "packaging", "一户一袋，加冰袋")
    write(desk, "returns", "少了坏了，当天拍照就退")
    send(desk)  # to the page to check
    send(desk)


def two_changes(desk: Person) -> None:
    desk.open("/")
    desk.go("照团长说的改")
    desk.go("送货、包装、退货")
    write(desk, "delivery", "周六下午两点前送到自提点，冷链车")
    send(desk)  # back to what is asked for
    desk.sees("二、第一样的店价再核一遍")
    desk.go(desk.page.locator("a[href$='/goods/']").first)
    desk.go(desk.page.locator("a[href*='/items/'][href$='/edit/']").first)
    write(desk, "store_price", "46")
    send(desk)  # and back again
    desk.sees("二、第一样的店价再核一遍")
    desk.go("再提交一次")


def ask_for_changes(officer: Person, application: str) -> None:
    officer.open(application)
    officer.go("开始审核")
    officer.go("要补材料")
    write(officer, "reason", "一、几点送到写准；二、第一样的店价再核一遍")
    send(officer)


def first_round(officer: Person, slug: str, merchant: Merchant) -> Round:
    """By the form, as it is filled in: the title and the days that it proposes, one thing at its
    price."""
    officer.open(f"{reverse('orders:round-new', args=[slug])}?merchant={merchant.pk}")
    item = Item.objects.filter(merchant=merchant).order_by("pk")[0]
    box = officer.page.locator(f"#offer-{item.pk}")
    if not box.locator("input[type=checkbox]").first.is_checked():
        officer.press(box.locator("label.check").first)
    officer.actions += 1
    box.locator(f"[id$=price_{item.pk}], input[name*=price]").first.fill("30")
    officer.go(officer.page.locator("button[name=open]"))
    rnd = Round.objects.get(merchant=merchant)
    assert rnd.status == "open", officer.page.locator("main").inner_text()
    return rnd


@pytest.mark.timeout(300)
def test_from_an_invitation_to_the_first_purchase_summary(person, settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    group = make_group("wutong")
    ziyi = make_initiator(group)
    photos = []
    for number in range(3):
        photos.append(tmp_path / f"paper-{number}.jpg")
        photos[-1].write_bytes(jpeg(form_filled_in(number)))
    goods = tmp_path / "goods.xlsx"
    goods.write_bytes(book([f"牛肉{n}", *RIGHT] for n in range(6)).getvalue())
    link = make_link(group_id=group.pk, actor_id=ziyi.pk)

    phone = person(None)
    on_the_phone(phone, reverse("shop-link", args=[link.token]), photos)
    phone.page.context.close()  # left in the middle
    application = Application.objects.get(group=group)
    shop, owner = application.merchant, application.merchant.staff.get().user

    desk = person(owner, desktop=True)
    on_the_desktop(desk, photos[2], goods)
    application.refresh_from_db()
    assert application.status == "submitted"
    assert Item.objects.filter(merchant=shop).count() == 6

    officer = person(ziyi.user, desktop=True)
    page = reverse("merchants:application", args=[group.slug, shop.pk])
    ask_for_changes(officer, page)
    two_changes(desk)
    officer.open(page)
    application.refresh_from_db()
    pass_lines(application, ziyi)
    officer.go(officer.page.get_by_role("button", name="通过", exact=True))
    application.refresh_from_db()
    assert application.status == "approved"

    desk.open("/")
    desk.go("有一版约定等你签")
    desk.go("看完了，签字")
    rnd = first_round(officer, group.slug, shop)
    make_order(rnd, make_member(group), 2, note="切小块")
    desk.open("/")
    expect(desk.page.locator("main")).to_contain_text("切小块")
    desk.go("备货单")
    expect(desk.page.locator("main")).to_contain_text("2斤")
    # signing in on the desktop not counted
    assert (phone.actions, desk.actions, officer.actions) == (15, 33, 11)
    assert phone.actions + desk.actions + officer.actions <= MOST_ACTIONS
