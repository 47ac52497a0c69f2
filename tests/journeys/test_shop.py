"""A shop's way in: invited, on a phone first, on a desktop later, asked for two changes, approved,
signed, its first round prepared. What the shop does is counted; the officers' part goes by the
services that their pages call."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from groups.models import Membership
from merchants.models import Application, Item, Merchant
from merchants.services import applications
from merchants.services.links import make_link
from orders.models import Round
from orders.services.offers import OfferSpec
from orders.services.openings import draft_round, open_round
from tests.factories import make_group, make_initiator, make_member, make_order, pass_lines
from tests.journeys.people import Person
from tests.merchants.papers import CODE, FOOD, form_filled_in, jpeg
from tests.merchants.test_goods_sheets import RIGHT, book
from tests.orders.support import spec_for

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
    send(phone)
    phone.go("传证件")
    show_paper(phone, "licence", CODE, photos[0])
    show_paper(phone, "food", FOOD, photos[1], UNTIL)


def on_the_desktop(desk: Person, photo: Path, goods: Path) -> None:
    desk.open("/")
    desk.go("接着填申请")
    desk.go(desk.page.locator("a[href$='/documents/']").first)
    show_paper(desk, "health", "310105-2026-77", photo, UNTIL)
    desk.go(desk.page.locator("header a").first)
    desk.go("加货品")
    desk.go("很多样？用表格")
    attach(desk, goods)
    send(desk)
    desk.go("下一步")
    desk.go("写承诺")
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
    send(desk)
    desk.go(desk.page.locator("a[href$='/goods/']").first)
    desk.go(desk.page.locator("a[href*='/items/'][href$='/edit/']").first)
    write(desk, "store_price", "46")
    send(desk)
    desk.open("/")
    desk.go("照团长说的改")
    desk.go("再提交一次")


def key_of(application: Application) -> dict[str, Any]:
    return {"group_id": application.group_id, "merchant_id": application.merchant_id}


def first_round(initiator: Membership, merchant: Merchant) -> Round:
    now, items = timezone.now(), Item.objects.filter(merchant=merchant).order_by("pk")
    rnd = draft_round(
        group_id=initiator.group_id,
        actor_id=initiator.pk,
        merchant_id=merchant.pk,
        spec=spec_for(
            initiator.group,
            *(OfferSpec(item_id=item.pk, price_fen=3000) for item in items),
            opens_at=now,
            cut_off_at=now + timedelta(hours=30),
            pickup_from=now + timedelta(hours=50),
            pickup_until=now + timedelta(hours=52),
        ),
    )
    return open_round(round_id=rnd.pk, actor_id=initiator.pk)


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

    acts = key_of(application) | {"actor_id": ziyi.pk}
    applications.start_review(**acts)
    applications.ask_changes(**acts, reason="一、几点送到写准；二、第一样的店价再核一遍")
    two_changes(desk)
    applications.start_review(**acts)
    application.refresh_from_db()
    pass_lines(application, ziyi)
    applications.approve(**acts)

    desk.open("/")
    desk.go("有一版约定等你签")
    desk.go("看完了，签字")
    rnd = first_round(ziyi, shop)
    make_order(rnd, make_member(group), 2, note="切小块")
    desk.open("/")
    expect(desk.page.locator("main")).to_contain_text("切小块")
    desk.go("备货单")
    expect(desk.page.locator("main")).to_contain_text("2斤")
    assert (phone.actions, desk.actions) == (16, 37)  # signing in on the desktop not counted
    assert phone.actions + desk.actions <= MOST_ACTIONS
