"""A shop's way into a group: links, five steps, left and taken up again (M2)."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from merchants.models import Application, Item, Merchant, MerchantStaff, ShopLink
from merchants.models.links import LASTS
from merchants.queries.onboarding import link_with, progress_of
from merchants.services import applications, links, promises
from merchants.services.items import Goods, NotUnderStore, add_item
from merchants.services.links import LinkOver
from merchants.services.merchants import OwnerKnown, Shop
from merchants.services.promises import Promises
from tests.core.test_images import picture
from tests.factories import (
    NOON,
    approve,
    make_document,
    make_group,
    make_initiator,
    make_item,
    make_member,
    make_merchant,
    make_user,
    pass_lines,
)
from tests.merchants.papers import CODE, FOOD
from tests.merchants.test_items import BRISKET
from tests.orders.stages import at
from tuangou.core.errors import InvalidInput, InvalidTransition
from tuangou.core.models import User

pytestmark = pytest.mark.django_db
SHOP = Shop(legal_name="老马家有限公司", brand="老马家", credit_code=CODE)
TYPED = {
    "brand": "老马家",
    "legal_name": "老马家有限公司",
    "credit_code": CODE,
    "kind": "single",
    "request_id": "6f9d1b0e-0d5b-4e51-8f1e-0a5d2f1c9b11",
}


@pytest.fixture
def ziyi():
    return make_initiator(make_group("foodie"))


@pytest.fixture
def make(ziyi):
    def make(when=NOON, **wanted):
        with at(when):
            return links.make_link(group_id=ziyi.group_id, actor_id=ziyi.pk, **wanted)

    return make


def address(name, *args):
    return reverse(f"merchants:{name}", args=["foodie", *args])


def door(link):
    return reverse("shop-link", args=[link.token])


# Links


def test_one_link_lets_one_shop_in(make):
    link, user = make(), make_user()
    with at(NOON):
        row, owner = links.come_by_link(link_id=link.pk, user_id=user.pk, shop=SHOP)
    assert (row.status, owner) == ("draft", user)
    assert MerchantStaff.objects.get(merchant=row.merchant).role == "owner"
    with at(NOON), pytest.raises(LinkOver):
        links.come_by_link(
            link_id=link.pk, user_id=make_user().pk, shop=Shop(legal_name="x", brand="x")
        )


def test_a_refused_shop_does_not_use_the_link_up(make):
    link = make()
    with pytest.raises(InvalidInput), at(NOON):
        links.come_by_link(link_id=link.pk, user_id=None, shop=Shop(legal_name="x", brand=""))
    link.refresh_from_db()
    assert link.used_at is None
    assert not User.objects.filter(nickname="x").exists()


@pytest.mark.parametrize("why", ["closed", "expired", "void"])
def test_a_link_that_is_over_opens_nothing(client, ziyi, make, why):
    link = make()
    if why == "closed":
        with at(NOON):
            links.close_link(group_id=ziyi.group_id, actor_id=ziyi.pk, link_id=link.pk)
    if why == "void":
        ziyi.group.move_to("void")
    with at(NOON + (LASTS if why == "expired" else timedelta())):
        assert link_with(link.token) is None
        with pytest.raises(LinkOver):
            links.come_by_link(link_id=link.pk, user_id=None, shop=SHOP)
    assert not Merchant.objects.exists()


def test_the_standing_link_lets_any_in_until_another_is_made(make):
    first = make(for_all=True)
    for brand in ("一家", "二家"):
        with at(NOON + 30 * LASTS):
            links.come_by_link(
                link_id=first.pk, user_id=None, shop=Shop(legal_name=brand, brand=brand)
            )
    second = make(for_all=True)
    with at(NOON):
        assert link_with(first.token) is None
        found = link_with(second.token)
    assert found == second
    with pytest.raises(IntegrityError), transaction.atomic():
        ShopLink.objects.filter(pk=first.pk).update(closed_at=None)


def test_no_token_is_kept(make):
    link = make()
    with connection.cursor() as cursor:
        cursor.execute("select l::text from merchants_shoplink l")
        assert link.token not in cursor.fetchone()[0]
    assert len(link.token) >= 20


def test_a_shop_an_officer_wrote_down_is_taken_over_once(make, ziyi):
    merchant = make_merchant(ziyi.group)
    link, other = make(merchant_id=merchant.pk), make(merchant_id=merchant.pk)
    with at(NOON):
        row, owner = links.take_over(link_id=link.pk, user_id=None)
    assert (row.merchant, MerchantStaff.objects.get().user) == (merchant, owner)
    with at(NOON), pytest.raises(OwnerKnown, match="已经有店主"):
        links.take_over(link_id=other.pk, user_id=None)
    with pytest.raises(InvalidInput, match="已经有店主"):
        make(merchant_id=merchant.pk)


def test_a_link_without_a_shop_hands_none_over(make):
    link = make()
    with at(NOON), pytest.raises(InvalidInput):
        links.take_over(link_id=link.pk, user_id=None)


def test_a_known_shop_comes_along_with_its_goods_and_papers(make):
    owner = make_user()
    merchant = make_merchant(make_group("elsewhere"), staff=owner)
    make_item(merchant)
    link = make()
    with at(NOON), pytest.raises(InvalidInput, match="自己的店"):
        links.come_with_shop(link_id=link.pk, user_id=make_user().pk, merchant_id=merchant.pk)
    with at(NOON):
        row = links.come_with_shop(link_id=link.pk, user_id=owner.pk, merchant_id=merchant.pk)
    assert (row.status, row.merchant.items.count()) == ("draft", 1)


def test_only_the_first_groups_officers_hand_a_shop_over(client, ziyi):
    merchant = make_merchant(make_group("first"))
    approve(ziyi.group, merchant)
    client.force_login(ziyi.user)
    body = {"request_id": TYPED["request_id"]}
    assert client.post(address("hand-over", merchant.pk), body).status_code == 403
    assert not ShopLink.objects.exists()


# In the browser: from the link to sent, left in the middle


def test_a_stranger_starts_leaves_and_goes_on_elsewhere(ziyi):
    phone, desk = Client(), Client()
    link = _now(ziyi)
    page = phone.get(door(link))
    assert "卖给梧桐里美食群" in page.content.decode()
    assert page["Referrer-Policy"] == "same-origin"
    assert phone.post(door(link), TYPED | {"credit_code": CODE[:-1] + "1"}).status_code == 422
    answer = phone.post(door(link), TYPED)
    merchant = Merchant.objects.get()
    assert answer["Location"] == address("documents", merchant.pk)
    owner = MerchantStaff.objects.get().user
    second = phone.get(answer["Location"]).content.decode()
    assert "第 2 步，共 5 步" in second
    overview = phone.get(address("application", merchant.pk)).content.decode()
    assert all("加上手机号" in shown for shown in (second, overview))
    phone.post(
        address("item-new", merchant.pk),
        TYPED
        | {"name": "牛腩", "category": "beef", "unit": "斤", "step": "0.5"}
        | {"store_price": "45", "group_price": "38", "price_proof": picture()},
    )
    desk.force_login(owner)
    half = desk.get(address("application", merchant.pk)).content.decode()
    assert "还缺：营业执照、食品经营许可证" in half
    said = {"delivery": "周六到", "packaging": "分袋装", "returns": "坏了就退"}
    answer = desk.post(address("promises", merchant.pk), said | {"request_id": str(uuid4())})
    assert answer["Location"] == address("check", merchant.pk)
    checked = desk.get(address("check", merchant.pk)).content.decode()
    assert "1 样，1 样有价签照片" in checked
    assert "周六到" in checked
    assert "传营业执照" in checked
    desk.post(
        address("application-submit", merchant.pk),
        {"request_id": "6f9d1b0e-0d5b-4e51-8f1e-0a5d2f1c9b22"},
    )
    assert Application.objects.get().status == "submitted"
    assert phone.get(door(link)).status_code == 404


def _now(ziyi):
    return links.make_link(group_id=ziyi.group_id, actor_id=ziyi.pk)


def test_what_comes_by_a_link_is_limited(client, ziyi, monkeypatch):
    monkeypatch.setattr("merchants.views.links.NEW_SHOPS", ("shop_link.new", 1, timedelta(days=1)))
    link = links.make_link(group_id=ziyi.group_id, actor_id=ziyi.pk, for_all=True)
    assert client.post(door(link), {"brand": ""}).status_code == 422
    assert client.post(door(link), TYPED).status_code == 429
    assert not Merchant.objects.exists()


def test_members_of_the_group_cannot_make_links(client, ziyi):
    client.force_login(make_member(ziyi.group).user)
    assert client.post(address("shop-link-new"), TYPED).status_code == 403


# The steps


def test_what_is_missing_is_named(ziyi):
    merchant = make_merchant()
    row = approve(ziyi.group, merchant, status="draft")
    today = NOON.date()

    def missing():
        return progress_of(row, today=today).papers_missing

    assert missing() == ["营业执照"]
    make_item(merchant, category="household")
    assert missing() == ["营业执照"]
    make_item(merchant, category="cooked")
    assert missing() == ["营业执照", "食品经营许可证", "健康证"]
    make_document(merchant, "licence")
    make_document(merchant, "food", number=FOOD, valid_until=today - timedelta(days=1))
    assert missing() == ["食品经营许可证", "健康证"]
    make_document(merchant, "production")
    assert missing() == ["健康证"]


def test_promises_are_one_sides_until_the_group_decided(ziyi):
    merchant = make_merchant(staff=make_user())
    row = approve(ziyi.group, merchant, status="draft")
    said = {"group_id": ziyi.group_id, "merchant_id": merchant.pk, "user_id": ziyi.user_id}
    words = Promises("周六到", "分袋装", "坏了就退")
    assert promises.promise(**said, promises=words).returns_promise == "坏了就退"
    for empty in (Promises("", "x", "x"), Promises("x", " ", "x"), Promises("x", "x", "字" * 301)):
        with pytest.raises(InvalidInput):
            promises.promise(**said, promises=empty)
    applications.submit(**said)
    decided = {"group_id": ziyi.group_id, "merchant_id": merchant.pk, "actor_id": ziyi.pk}
    applications.start_review(**decided)
    pass_lines(row, ziyi)
    applications.approve(**decided)
    with pytest.raises(InvalidTransition):
        promises.promise(**said, promises=words)
    row.refresh_from_db()
    assert row.delivery_promise == "周六到"


def kept(client, name, merchant, *args):
    """Where somebody stands who has kept a thing of the shop's."""
    bodies: dict[str, dict[str, object]] = {
        "item-edit": {
            "name": "牛腩",
            "category": "beef",
            "unit": "斤",
            "step": "0.5",
            "store_price": "46",
        },
        "promises": {"delivery": "周六到", "packaging": "分袋装", "returns": "坏了就退"},
        "document-new": {"number": CODE, "file": picture()},
        "item-withdraw": {},
    }
    body = bodies[name] | {"request_id": str(uuid4())}
    answer = client.post(address(name, merchant.pk, *args), body)
    assert answer.status_code == 302, answer.content.decode()
    return answer["Location"]


@pytest.mark.parametrize(
    ("status", "item", "promise", "paper"),
    [
        ("draft", "goods", "check", "documents"),
        ("changes_asked", "application", "application", "application"),
        ("rejected", "application", "application", "application"),
        ("submitted", "merchant", "check", "documents"),
    ],
)
def test_who_has_kept_a_thing_goes_on_to_what_comes_next(
    client, ziyi, settings, tmp_path, status, item, promise, paper
):
    settings.MEDIA_ROOT = tmp_path
    owner = make_user()
    merchant = make_merchant(staff=owner)
    approve(ziyi.group, merchant, status=status)
    goods = make_item(merchant)
    client.force_login(owner)
    assert kept(client, "item-edit", merchant, goods.pk) == address(item, merchant.pk)
    assert kept(client, "item-withdraw", merchant, goods.pk) == address(item, merchant.pk)
    assert kept(client, "promises", merchant) == address(promise, merchant.pk)
    assert kept(client, "document-new", merchant, "licence") == address(paper, merchant.pk)


@pytest.mark.parametrize(
    ("status", "from_papers", "from_goods"),
    [
        ("draft", "goods", "promises"),
        ("changes_asked", "application", "application"),
        ("submitted", None, None),
    ],
)
def test_a_step_leads_to_the_next_one(client, ziyi, status, from_papers, from_goods):
    owner = make_user()
    merchant = make_merchant(staff=owner)
    approve(ziyi.group, merchant, status=status)
    goods = make_item(merchant)
    make_document(merchant, "licence")
    client.force_login(owner)
    for page, to in (("documents", from_papers), ("goods", from_goods)):
        html = client.get(address(page, merchant.pk)).content.decode()
        main = re.findall(r'class="btn btn-main[^"]*" href="([^"]*)"', html)
        assert main == ([address(to, merchant.pk)] if to else []), page
        assert ("共 5 步" in html) == (status == "draft")
    html = client.get(address("item-edit", merchant.pk, goods.pk)).content.decode()
    back = re.search(r'<header.*?<a href="([^"]*)"', html, re.DOTALL)
    assert back
    assert back[1] == address("goods" if from_goods else "merchant", merchant.pk)


# The price for the group


def test_the_group_pays_less_than_the_store(ziyi):
    merchant = make_merchant()
    goods = {name: getattr(BRISKET, name) for name in Goods.__dataclass_fields__}
    store = BRISKET.store_price_fen
    with pytest.raises(NotUnderStore, match="团购要比店里便宜") as refusal:
        add_item(
            merchant_id=merchant.pk, goods=Goods(**goods | {"group_price_fen": store}), user_id=None
        )
    assert refusal.value.field == "group_price"
    item = add_item(
        merchant_id=merchant.pk, goods=Goods(**goods | {"group_price_fen": store - 1}), user_id=None
    )
    with pytest.raises(IntegrityError, match="group_price_under"), transaction.atomic():
        Item.objects.filter(pk=item.pk).update(group_price_fen=store)
