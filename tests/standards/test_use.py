"""How heavy a page is, what works without a script, and what is left without a network."""

from __future__ import annotations

import io
import re
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from PIL import Image
from playwright.sync_api import Page, expect

from groups.models import Group
from merchants.models import Item, Merchant
from orders.models import Offer, Order, Payment
from tests.factories import make_round, make_witness
from tests.journeys.people import Person
from tests.journeys.village import Village, make_village
from tests.standards import rulers
from tuangou.core import images

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

MOST_REQUESTS = 16


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def village(person) -> Village:
    return make_village()


# weight


def busy_picture(seed: int) -> bytes:
    """As a phone would send it: no flat ground anywhere."""
    parts = [Image.effect_noise((96, 72), 60 + seed) for _ in range(3)]
    out = io.BytesIO()
    Image.merge("RGB", parts).resize((1280, 960), Image.Resampling.BICUBIC).save(out, "JPEG")
    out.seek(0)
    return images.reencode(out)


def twelve_goods(village: Village) -> str:
    """An open round of twelve goods, each with a photo as the upload would have kept it, and with a
    store price that a neighbour saw."""
    group = Group.objects.get(slug=village.slug)
    rnd = make_round(
        group,
        merchant=Merchant.objects.get(pk=str(village.ids["merchant_id"])),
        offers=12,
    )
    for number, item_id in enumerate(Offer.objects.of_round(rnd.pk).values_list("item", flat=True)):
        item = Item.objects.get(pk=item_id)
        photo = busy_picture(number)
        item.photo.save(f"{uuid4().hex}.webp", ContentFile(photo), save=False)
        small = ContentFile(images.small_copy(photo))
        item.photo.storage.save(images.small_name(str(item.photo.name)), small)
        item.save(update_fields=["photo"])
        make_witness(group, item)
    return reverse("orders:round", args=[village.slug, rnd.pk])


def test_a_round_of_twelve_goods_is_light(person, village) -> None:
    """Every other page is weighed on the walk in test_pages.py."""
    path = twelve_goods(village)
    member: Person = person(village.people["member"])
    with rulers.Scales(member.page) as scales:
        member.page.goto(path)
        member.page.wait_for_function(
            "[...document.images].filter((one) => one.complete && one.naturalWidth).length >= 6"
        )
        member.page.wait_for_load_state("networkidle")
    first = scales.weights()
    assert sum(".webp" in url for url in first) >= 6, "the photos are not there"
    assert scales.too_heavy() == []
    assert len(first) <= MOST_REQUESTS, sorted(first)


# without a script


def test_order_claim_and_cancel_without_a_script(person, village) -> None:
    lan: Person = person(village.people["member"], scripts=False)
    before = Order.objects.count()
    lan.page.goto(reverse("orders:round", args=[village.slug, village.ids["open"]]))
    plus = lan.page.get_by_role("button", name=re.compile("牛筋丸.* 加一"))
    lan.go(plus)
    lan.go("提交订单")
    order = Order.objects.latest("pk")
    assert Order.objects.count() == before + 1
    expect(lan.page).to_have_url(re.compile(rf"/orders/{order.pk}/"))

    waiting = reverse("orders:order", args=[village.slug, village.ids["waiting_order"]])
    claims = Payment.objects.count()
    lan.page.goto(reverse("orders:order", args=[village.slug, order.pk]))
    lan.go("取消订单")
    lan.go("取消订单")
    order.refresh_from_db()
    assert order.cancelled_at is not None
    lan.page.goto(waiting)
    lan.go("其实还没转")
    lan.go("我已转账")
    assert Payment.objects.count() == claims + 1


# without a network


def keeps(page: Page, *paths: str) -> None:
    """These pages and no others, once the worker is done with the last one: it puts them by beside
    the answer, which does not wait for that."""
    page.wait_for_function(
        """(paths) => caches.open('pages-1').then((cache) => cache.keys())
        .then((keys) => keys.map((key) => new URL(key.url).pathname).sort().join() === paths)""",
        arg=",".join(sorted(paths)),
    )


def test_the_last_round_and_her_order_can_be_read_without_a_network(person, village) -> None:
    """And nothing else: not the console, not other people's orders, nothing after signing out."""
    officer: Person = person(village.people["initiator"], keeps=True)
    page = officer.page
    round_path = reverse("orders:round", args=[village.slug, village.ids["open"]])
    others = reverse("orders:order", args=[village.slug, village.ids["waiting_order"]])
    mine = reverse("orders:my-orders", args=[village.slug])
    console = reverse("orders:console", args=[village.slug])
    page.goto(round_path)
    page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
    page.wait_for_function("navigator.serviceWorker.controller")
    for path in (console, others, reverse("orders:members", args=[village.slug]), round_path, mine):
        page.goto(path)
    keeps(page, round_path, mine)

    page.context.set_offline(True)
    page.goto(round_path)
    expect(page.locator("[data-offline]")).to_contain_text("离线 · 看到的是")
    expect(page.locator("main")).to_contain_text("手打牛筋丸")
    page.goto(console)
    expect(page.locator("h1")).to_have_text("没有网络")
    expect(page.get_by_role("link", name="周六牛肉团")).to_have_attribute("href", round_path)
    page.context.set_offline(False)

    page.goto(round_path)
    expect(page.locator("[data-offline]")).to_be_hidden()
    page.goto(reverse("account_logout"))
    officer.go(page.locator("main form button").first)
    page.context.set_offline(True)
    page.goto(round_path)
    expect(page.locator("h1")).to_have_text("没有网络")
    keeps(page)


def test_another_persons_page_drives_out_what_was_kept(person, village) -> None:
    lan: Person = person(village.people["member"], keeps=True)
    page = lan.page
    mine = reverse("orders:my-orders", args=[village.slug])
    round_path = reverse("orders:round", args=[village.slug, village.ids["open"]])
    page.goto(mine)
    page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
    page.wait_for_function("navigator.serviceWorker.controller")
    page.goto(mine)
    keeps(page, mine)
    other: Person = person(village.people["initiator"])
    jar = other.page.context.cookies()
    page.context.add_cookies(
        [{"name": c["name"], "value": c["value"], "url": lan.base} for c in jar]
    )
    page.goto(round_path)
    keeps(page, round_path)
