"""Pages of merchants: who sees them, what they do, what they say when they cannot."""

import io
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from merchants.models import AgreementDraft, Application, Item, Merchant, PriceWitness
from merchants.services import applications as service
from merchants.services.questions import ask
from merchants.services.witnesses import witness_price
from tests.factories import (
    approve,
    make_deputy,
    make_group,
    make_initiator,
    make_item,
    make_member,
    make_merchant,
    make_user,
    pass_lines,
)
from tests.markup import problems
from tuangou.core import clock
from tuangou.core.images import SMALL_SIDE, small_name
from tuangou.core.models import Event

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
CODE = "91310000132260250X"


@pytest.fixture
def group():
    return make_group("foodie")


@pytest.fixture
def ziyi(group):
    return make_initiator(group)


@pytest.fixture
def lan(group, ziyi):
    return make_member(group, "兰兰")


@pytest.fixture
def cast(group, ziyi, lan):
    return {
        "anonymous": None,
        "stranger": make_user(),
        "other initiator": make_initiator(make_group()).user,
        "member": lan.user,
        "staff": make_user("老马"),
        "deputy": make_deputy(group, ziyi).user,
        "initiator": ziyi.user,
    }


@pytest.fixture
def merchant(group, cast):
    return make_merchant(group, staff=cast["staff"])


@pytest.fixture
def as_ziyi(client, ziyi):
    client.force_login(ziyi.user)
    return client


@pytest.fixture
def as_lan(client, lan):
    client.force_login(lan.user)
    return client


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def address(name, /, *args):
    return reverse(f"merchants:{name}", args=["foodie", *args])


def send(client, name, /, *args, **data):
    return client.post(address(name, *args), {"request_id": uuid4()} | data)


def text_of(response):
    return response.content.decode()


SHOP = {"brand": "青禾果蔬", "legal_name": "青禾农业有限公司", "kind": "single"}
ITEM = {"name": "红颜草莓", "unit": "箱", "category": "fruit", "store_price": "68", "step": "1"}
BODY = (
    SHOP
    | ITEM
    | {
        "reason": "缺斤",
        "commission": "6",
        "delivery": "周六到",
        "price": "67.5",
        "place": "长宁店",
        "seen_on": TODAY.isoformat(),
    }
)
#   name                       method  state       anonymous stranger member staff deputy initiator
WHO_MAY = [
    ("list", "get", "approved", 302, 404, 200, 404, 200, 200),
    ("apply", "get", "approved", 302, 404, 200, 404, 200, 200),
    ("apply", "post", "approved", 302, 404, 302, 404, 302, 302),
    ("merchant", "get", "approved", 302, 404, 200, 200, 200, 200),
    ("merchant", "get", "draft", 302, 404, 404, 200, 200, 200),
    ("edit", "get", "approved", 302, 404, 403, 200, 200, 200),
    ("edit", "post", "approved", 302, 404, 403, 302, 302, 302),
    ("application", "get", "submitted", 302, 404, 404, 200, 200, 200),
    ("application", "get", "approved", 302, 404, 403, 200, 200, 200),
    ("application-submit", "post", "draft", 302, 404, 404, 302, 302, 302),
    ("application-review", "post", "submitted", 302, 404, 403, 404, 302, 302),
    ("application-approve", "post", "in_review", 302, 404, 403, 404, 302, 302),
    ("application-ask-changes", "get", "in_review", 302, 404, 403, 404, 200, 200),
    ("application-ask-changes", "post", "in_review", 302, 404, 403, 404, 302, 302),
    ("application-reject", "get", "in_review", 302, 404, 403, 404, 200, 200),
    ("application-reject", "post", "in_review", 302, 404, 403, 404, 302, 302),
    ("application-reinstate", "post", "suspended", 302, 404, 403, 404, 403, 302),
    ("application-leave", "get", "approved", 302, 404, 403, 200, 200, 200),
    ("application-leave", "post", "approved", 302, 404, 403, 302, 302, 302),
    ("agreement", "get", "approved", 302, 404, 200, 200, 200, 200),
    ("agreement-new", "get", "approved", 302, 404, 403, 200, 403, 200),
    ("agreement-new", "post", "approved", 302, 404, 403, 302, 403, 302),
    ("item-new", "get", "approved", 302, 404, 403, 200, 200, 200),
    ("item-new", "post", "approved", 302, 404, 403, 302, 302, 302),
    ("item-edit", "get", "approved", 302, 404, 403, 200, 200, 200),
    ("item-edit", "post", "approved", 302, 404, 403, 302, 302, 302),
    ("item-withdraw", "post", "approved", 302, 404, 403, 302, 302, 302),
    ("item-put-back", "post", "approved", 302, 404, 403, 302, 302, 302),
    ("witness-new", "get", "approved", 302, 404, 200, 404, 200, 200),
    ("witness-new", "post", "approved", 302, 404, 302, 404, 302, 302),
]
ROLES = ["anonymous", "stranger", "other initiator", "member", "staff", "deputy", "initiator"]


@pytest.mark.parametrize("row", WHO_MAY, ids=lambda row: "-".join(row[:3]))
def test_who_may(client, group, cast, row):
    name, method, state, anonymous, stranger, *others = row
    for who, status in zip(ROLES, [anonymous, stranger, stranger, *others], strict=True):
        response = asked(client, group, cast, who, name, method, state)
        assert response.status_code == status, who
        if status != 302:
            assert problems(text_of(response)) == []
        if status in (403, 404):
            assert not Event.objects.filter(actor=cast[who]).exists(), who


def asked(client, group, cast, who, name, method, state):
    """What this person gets at this address, about a merchant of her own."""
    merchant = make_merchant(brand=f"店{who}", staff=cast["staff"])
    approve(group, merchant, status=state)
    item = make_item(merchant)
    target = [] if name in ("list", "apply") else [merchant.pk]
    if name.startswith(("item-edit", "item-withdraw", "item-put", "witness")):
        target.append(item.pk)
    client.logout()
    if cast[who]:
        client.force_login(cast[who])
    if method == "get":
        return client.get(address(name, *target))
    return send(client, name, *target, **BODY, picture=picture())


@pytest.mark.parametrize(
    "name",
    ["application-submit", "application-review", "application-approve", "application-reinstate"],
)
def test_what_moves_on_is_never_a_link(as_ziyi, merchant, name):
    assert as_ziyi.get(address(name, merchant.pk)).status_code == 405


def test_from_application_to_approval_in_the_browser(client, ziyi, lan):
    client.force_login(lan.user)
    assert send(client, "apply", **SHOP, credit_code=CODE).status_code == 302
    row = Application.objects.get()
    assert (row.status, row.merchant.staff.get().user) == ("submitted", lan.user)
    assert "青禾果蔬" in text_of(client.get(address("list")))  # her own shop

    client.force_login(ziyi.user)
    assert "青禾果蔬" in text_of(client.get(address("list")))  # waits for an officer
    send(client, "application-review", row.merchant_id)
    page = text_of(client.get(address("application", row.merchant_id)))
    assert CODE in page
    assert 'value="5"' in page  # the group's commission, ready to be changed
    assert "还差：" in text_of(send(client, "application-approve", row.merchant_id, commission="4"))
    pass_lines(row, ziyi)
    send(client, "application-approve", row.merchant_id, commission="4.5")
    row.refresh_from_db()
    assert row.status == "approved"
    assert AgreementDraft.objects.get(application=row).commission_bp == 450
    page = text_of(client.get(address("application", row.merchant_id)))
    assert "通过，佣金 4.5%" in page


def test_a_draft_waits_until_it_is_sent(as_lan):
    send(as_lan, "apply", **SHOP, draft="1")
    row = Application.objects.get()
    assert row.status == "draft"
    send(as_lan, "application-submit", row.merchant_id)
    row.refresh_from_db()
    assert row.status == "submitted"


def test_an_officer_brings_a_shop_without_becoming_its_owner(as_ziyi):
    send(as_ziyi, "apply", **SHOP)
    assert not Application.objects.get().merchant.staff.exists()


def test_a_known_shop_is_not_registered_twice(client, ziyi, lan, group):
    known = make_merchant(make_group())
    Merchant.objects.filter(pk=known.pk).update(credit_code=CODE)
    client.force_login(lan.user)
    response = send(client, "apply", **SHOP, credit_code=CODE)
    assert response.status_code == 422
    assert "已经登记过" in text_of(response)
    client.force_login(ziyi.user)
    assert send(client, "apply", **SHOP, credit_code=CODE).status_code == 302
    assert Merchant.objects.count() == 1
    assert Application.objects.get(group=group).merchant == known
    response = send(client, "apply", **SHOP, credit_code=CODE)
    assert response.status_code == 422
    assert "已有申请" in text_of(response)


def test_its_own_staff_brings_a_known_shop(as_lan, lan):
    known = make_merchant(make_group(), staff=lan.user)
    Merchant.objects.filter(pk=known.pk).update(credit_code=CODE)
    assert send(as_lan, "apply", **SHOP, credit_code=CODE).status_code == 302
    assert known.applications.count() == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"brand": ""}, "填店名"),
        ({"credit_code": "913100001322602500"}, "最后一位是校验位"),
        ({"kind": ""}, "选单店或连锁"),
        ({"kind": "chain", "stores": "许多"}, "门店数填 1 以上的整数"),
        ({"stores": "3"}, "单店的门店数是 1"),
    ],
)
def test_a_wrong_application_is_shown_again(as_lan, change, said):
    response = send(as_lan, "apply", **(SHOP | change))
    page = text_of(response)
    assert response.status_code == 422
    assert said in page
    assert "<title>错误：" in page
    assert 'value="青禾农业有限公司"' in page
    assert not Merchant.objects.exists()


def test_ten_copies_of_one_application_are_one(as_lan):
    body = SHOP | {"request_id": uuid4()}
    for _ in range(10):
        assert as_lan.post(address("apply"), body).status_code == 302
    assert Application.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("application-ask-changes", "in_review"),
        ("application-reject", "in_review"),
    ],
)
def test_a_no_without_reason_is_asked_again(as_ziyi, group, name, state):
    merchant = make_merchant()
    row = approve(group, merchant, status=state)
    response = send(as_ziyi, name, merchant.pk, reason="  ")
    assert response.status_code == 422
    assert "写明理由" in text_of(response)
    row.refresh_from_db()
    assert row.status == state


def test_a_deputy_approves_at_the_rate_that_stands(client, cast, group):
    merchant = make_merchant()
    row = approve(group, merchant, status="in_review")
    client.force_login(cast["deputy"])
    page = text_of(client.get(address("application", merchant.pk)))
    assert "由团长定" in page
    send(client, "application-approve", merchant.pk, commission="1")
    row.refresh_from_db()
    assert row.status == "approved"
    drafts = AgreementDraft.objects.filter(application=row)
    assert [draft.commission_bp for draft in drafts] == [500]


@pytest.mark.parametrize("commission", ["", "三成", "30.01"])
def test_a_commission_that_cannot_be_is_asked_again(as_ziyi, group, commission):
    merchant = make_merchant()
    approve(group, merchant, status="in_review")
    response = send(as_ziyi, "application-approve", merchant.pk, commission=commission)
    assert response.status_code == 422
    assert "错误：" in text_of(response)


def test_a_button_pressed_too_late_gets_a_page_of_its_own(as_ziyi, merchant):
    response = send(as_ziyi, "application-reinstate", merchant.pk)
    assert response.status_code == 409
    assert "刷新页面看看最新状态" in text_of(response)


def test_a_suspended_merchant_says_so_and_why(client, cast, merchant, ziyi, group):
    service.suspend(group_id=group.pk, merchant_id=merchant.pk, actor_id=ziyi.pk, reason="缺斤少两")
    client.force_login(cast["member"])
    page = text_of(client.get(address("merchant", merchant.pk)))
    assert "badge-stop" in page
    assert "缺斤少两" in page
    assert "badge-stop" in text_of(client.get(address("list")))


def test_neighbours_see_a_masked_code_and_no_contact(client, cast, merchant):
    Merchant.objects.filter(pk=merchant.pk).update(credit_code=CODE, contact="马老板 13800138000")
    client.force_login(cast["member"])
    page = text_of(client.get(address("merchant", merchant.pk)))
    assert "9131****250X" in page
    assert CODE not in page
    assert "马老板" not in page
    client.force_login(cast["staff"])
    page = text_of(client.get(address("application", merchant.pk)))
    assert CODE in page
    assert "马老板" in page


def test_a_brand_is_found_by_its_sound(as_lan, group):
    for brand in ("老马家牛肉铺", "青禾果蔬"):
        make_merchant(group, brand)
    Merchant.objects.filter(brand="青禾果蔬").update(brand_key="qinghe qh")
    for query, found in (("青禾", True), ("QingHe", True), ("qh", True), ("zzz", False)):
        page = text_of(as_lan.get(address("list"), {"q": query}))
        assert ("青禾果蔬" in page) is found
        assert "老马家牛肉铺" not in page
    assert "没找到「zzz」" in page


def test_long_lists_have_pages(as_lan, group, monkeypatch):
    monkeypatch.setattr("merchants.queries.applications.SHOWN", 2)
    monkeypatch.setattr("merchants.queries.items.SHOWN", 2)
    merchants = [make_merchant(group, f"店{n}") for n in range(5)]
    for n in range(3):
        make_item(merchants[0], f"货{n}")
    seen = [
        [
            f"店{n}"
            for n in range(5)
            if f"店{n}" in text_of(as_lan.get(address("list"), {"page": p}))
        ]
        for p in (1, 2, 3)
    ]
    assert seen == [["店0", "店1"], ["店2", "店3"], ["店4"]]
    middle = text_of(as_lan.get(address("list"), {"page": 2}))
    assert "?page=1" in middle
    assert "?page=3" in middle
    page = text_of(as_lan.get(address("merchant", merchants[0].pk), {"page": 2}))
    assert "货2" in page
    assert "货1" not in page
    assert as_lan.get(address("list"), {"page": "x"}).status_code == 200


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_take_the_same_statements_for_any_length(
    as_ziyi, group, ziyi, rows, django_assert_num_queries
):
    merchants = [make_merchant(group, f"店{n}") for n in range(rows)]
    for n in range(rows):
        approve(group, make_merchant(brand=f"等{n}"), status="submitted")
        item = make_item(merchants[0])
        witness_price(
            group_id=group.pk,
            item_id=item.pk,
            actor_id=ziyi.pk,
            price_fen=100,
            place="店",
            picture=b"x",
        )
        ask(group_id=group.pk, merchant_id=merchants[0].pk, actor_id=ziyi.pk, text=f"问 {n}")
    # session and user, membership, clock, merchants, waiting, her own shops
    with django_assert_num_queries(6):
        as_ziyi.get(address("list"))
    # session and user, staff?, membership, application, clock, agreements with their draft and
    # names, papers, goods, witnesses, rounds that run and are over, orders and sales of twelve
    # months, rounds of them, lines of the vetting with goods, looks and papers, followers,
    # questions with their answers and hidings
    with django_assert_num_queries(24):
        as_ziyi.get(address("merchant", merchants[0].pk))
    # session and user, staff?, membership, application, clock, agreement, history, owner?
    with django_assert_num_queries(8):
        as_ziyi.get(address("application", merchants[0].pk))


def picture(size=(60, 40), kind="PNG"):
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, kind)
    return SimpleUploadedFile("photo.png", out.getvalue(), "image/png")


def test_goods_with_their_photo(as_ziyi, merchant):
    assert (
        send(as_ziyi, "item-new", merchant.pk, **ITEM, photo=picture((600, 400))).status_code == 302
    )
    item = Item.objects.get(name="红颜草莓")
    assert item.store_price_fen == 6800
    response = as_ziyi.get(item.photo.url)
    assert (response.status_code, response["Content-Type"]) == (200, "image/webp")
    assert b"".join(response.streaming_content)[8:12] == b"WEBP"
    small = as_ziyi.get(small_name(item.photo.url))
    assert max(Image.open(io.BytesIO(b"".join(small.streaming_content))).size) == SMALL_SIDE
    assert small_name(item.photo.url) in text_of(as_ziyi.get(address("merchant", merchant.pk)))
    item.photo.storage.delete(small_name(str(item.photo.name)))  # of a time before there were any
    assert as_ziyi.get(small_name(item.photo.url)).status_code == 200
    changed = ITEM | {"store_price": "¥69.90", "step": "0.5"}
    send(as_ziyi, "item-edit", merchant.pk, item.pk, **changed)
    before = item.photo.name
    item.refresh_from_db()
    assert (item.store_price_fen, item.photo.name) == (6990, before)


def test_goods_with_pictures_of_how_they_are_made(as_ziyi, lan, merchant):
    """Read by every member, taken away by whoever keeps the goods; four in all."""
    as_lan = Client()
    as_lan.force_login(lan.user)
    several = [picture(), picture((80, 40))]
    kept = send(as_ziyi, "item-new", merchant.pk, **ITEM, process_photos=several)
    assert kept.status_code == 302, text_of(kept)
    item = Item.objects.get(name="红颜草莓")
    first, second = item.process_photos.order_by("position")
    page = text_of(as_lan.get(address("merchant", merchant.pk)))
    assert page.count("红颜草莓的制作照片") == 2
    for row in (first, second):
        assert row.photo.url in page
        shown = as_lan.get(row.photo.url)
        assert shown["Content-Type"] == "image/webp"
        assert shown["Content-Security-Policy"].startswith("sandbox")
    edit = address("item-edit", merchant.pk, item.pk)
    assert "去掉第 2 张" in text_of(as_ziyi.get(edit))
    several = [picture() for _ in range(3)]
    refused = send(as_ziyi, "item-edit", merchant.pk, item.pk, **ITEM, process_photos=several)
    assert refused.status_code == 422
    assert "制作过程的照片最多 4 张" in text_of(refused)
    fake = SimpleUploadedFile("a.png", b"<svg onload=alert(1)>", "image/png")
    refused = send(as_ziyi, "item-edit", merchant.pk, item.pk, **ITEM, process_photos=[fake])
    assert refused.status_code == 422
    for drop in (second.pk + 99, "x"):
        assert (
            send(as_ziyi, "item-edit", merchant.pk, item.pk, **ITEM, drop=drop).status_code == 422
        )
    assert item.process_photos.count() == 2
    send(as_ziyi, "item-edit", merchant.pk, item.pk, **ITEM, drop=first.pk)
    assert list(item.process_photos.all()) == [second]
    assert as_lan.get(first.photo.url).status_code == 404


@pytest.mark.parametrize("name", ["nothing.webp", "a" * 32 + ".webp", "..%2Fsecret", "A" * 32])
def test_photos_that_are_none(as_lan, name):
    assert as_lan.get(f"/media/items/{name}").status_code == 404


def test_photos_are_for_those_who_signed_in(client):
    response = client.get("/media/items/" + "a" * 32 + ".webp")
    assert response.status_code == 302


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": ""}, "填货品名"),
        ({"store_price": "便宜"}, "金额写成"),
        ({"store_price": ""}, "填价格"),
        ({"store_price": "0"}, "价格要大于"),
        ({"step": "半"}, "填 0.5、1 这样的数"),
        ({"step": "NaN"}, "填 0.5、1 这样的数"),
        ({"category": ""}, "选一个品类"),
        ({"category": "cars"}, "cars"),
        ({"video_url": "javascript:alert(1)"}, "视频链接以"),
        ({"name": "牛腩"}, "已有同名同规格"),
    ],
)
def test_wrong_goods_are_shown_again(as_ziyi, merchant, change, said):
    make_item(merchant, "牛腩")
    response = send(as_ziyi, "item-new", merchant.pk, **(ITEM | change))
    page = text_of(response)
    assert response.status_code == 422
    assert said in page
    assert 'value="箱"' in page
    assert Item.objects.count() == 1


def test_a_file_that_is_no_photo(as_ziyi, merchant):
    fake = SimpleUploadedFile("photo.jpg", b"<svg onload=alert(1)>", "image/jpeg")
    response = send(as_ziyi, "item-new", merchant.pk, **ITEM, photo=fake)
    page = text_of(response)
    assert response.status_code == 422
    assert "这个文件打不开" in page
    assert "照片要重新选一次" in page


def test_goods_off_the_shelf_are_seen_by_their_keepers(client, cast, merchant):
    item = make_item(merchant, "隐藏货")
    client.force_login(cast["staff"])
    send(client, "item-withdraw", merchant.pk, item.pk)
    assert "已下架" in text_of(client.get(address("merchant", merchant.pk)))
    assert "重新上架" in text_of(client.get(address("item-edit", merchant.pk, item.pk)))
    client.force_login(cast["member"])
    assert "隐藏货" not in text_of(client.get(address("merchant", merchant.pk)))
    client.force_login(cast["staff"])
    send(client, "item-put-back", merchant.pk, item.pk)
    item.refresh_from_db()
    assert item.is_active


def test_a_neighbour_witnesses_the_price(as_lan, lan, merchant):
    item = make_item(merchant, "牛腩")
    page = text_of(as_lan.get(address("merchant", merchant.pk)))
    assert "店价未核" in page
    today = lan.group.local(timezone.now()).date()
    response = send(
        as_lan, "witness-new", merchant.pk, item.pk,
        price="44.8", place="长宁店", seen_on=today.isoformat(), picture=picture(),
    )  # fmt: skip
    assert response.status_code == 302
    witness = PriceWitness.objects.get()
    assert (witness.price_fen, witness.witness) == (4480, lan)
    page = text_of(as_lan.get(address("merchant", merchant.pk)))
    assert f"{lan.masked_name} " in page
    assert "在长宁店看到 ¥44.80" in page


def test_an_old_look_is_shown_as_stale(as_lan, lan, merchant):
    item = make_item(merchant, "牛腩")
    PriceWitness.objects.create(
        group=lan.group,
        item=item,
        price_fen=4480,
        place="店",
        seen_at=clock.now() - timedelta(days=15),
        witness=lan,
    )
    assert "过了 14 天" in text_of(as_lan.get(address("merchant", merchant.pk)))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"price": "贵"}, "金额写成"),
        ({"place": ""}, "填在哪里看到的"),
        ({"seen_on": ""}, "填哪天看到的"),
        ({"seen_on": "2020-01-01"}, "最近 14 天"),
    ],
)
def test_a_wrong_look_is_asked_again(as_lan, merchant, change, said):
    item = make_item(merchant)
    body = {"price": "44", "place": "店", "seen_on": TODAY.isoformat()} | change
    body["picture"] = picture()
    response = send(as_lan, "witness-new", merchant.pk, item.pk, **body)
    assert response.status_code == 422
    assert said in text_of(response)
    assert not PriceWitness.objects.exists()


def test_goods_of_another_merchant_are_not_reached_from_here(as_ziyi, merchant):
    foreign = make_item(make_merchant(make_group()))
    for name in ("item-edit", "witness-new"):
        assert as_ziyi.get(address(name, merchant.pk, foreign.pk)).status_code == 404
    assert send(as_ziyi, "item-withdraw", merchant.pk, foreign.pk).status_code == 404


def test_a_number_no_row_can_have_is_a_missing_page(as_ziyi, merchant):
    huge = 2**70
    for name, *target in (
        ("merchant", huge),
        ("application", huge),
        ("item-edit", merchant.pk, huge),
    ):
        assert as_ziyi.get(address(name, *target)).status_code == 404
    assert as_ziyi.get(reverse("groups:building", args=["foodie", huge])).status_code == 404
    for name in ("pickup-point-close", "deputy-end"):
        url = reverse(f"groups:{name}", args=["foodie", huge])
        assert as_ziyi.post(url, {"request_id": uuid4()}).status_code == 404


def test_corrected_data_keep_what_was_typed_when_wrong(as_ziyi, merchant):
    response = send(as_ziyi, "edit", merchant.pk, **SHOP | {"brand": ""})
    assert response.status_code == 422
    assert send(as_ziyi, "edit", merchant.pk, **SHOP).status_code == 302
    merchant.refresh_from_db()
    assert merchant.brand == "青禾果蔬"


# the start page


def test_the_start_page_leads_to_the_one_group(as_lan):
    assert as_lan.get("/").headers["Location"] == reverse("orders:home", args=["foodie"])


def test_the_start_page_leads_to_a_group_that_is_loading(client):
    lan = make_user()
    make_member(make_group("loading", status="loading"), user=lan)
    client.force_login(lan)
    assert client.get("/").headers["Location"] == reverse("groups:loading", args=["loading"])


def test_the_start_page_leads_staff_to_the_one_shop(client, cast, merchant):
    client.force_login(cast["staff"])
    assert client.get("/").headers["Location"] == reverse("portal", args=[merchant.pk])
    page = text_of(client.get(address("merchant", merchant.pk)))
    assert 'aria-label="主菜单"' not in page


def test_the_start_page_lets_choose_among_several(as_lan, lan, merchant):
    make_member(make_group("second", name="二群"), user=lan.user)
    make_member(make_group("third", name="三群", status="loading"), user=lan.user)
    make_merchant(lan.group, "兰家小店", staff=lan.user)
    page = text_of(as_lan.get("/"))
    for text in ("二群", "三群", "兰家小店"):
        assert text in page
    assert problems(page) == []


def test_the_start_page_of_someone_without_a_group(client):
    client.force_login(make_user())
    page = text_of(client.get("/"))
    assert "你还没进群" in page
    assert problems(page) == []


def test_strangers_are_told_what_this_is_and_how_to_get_in(client, settings):
    settings.DEMO = False
    page = text_of(client.get("/"))
    for text in ("邻居选出团长", "手机号登录", "用邀请链接加入", "商家"):
        assert text in page
    assert "演示" not in page
    assert problems(page) == []
    settings.DEMO = True
    assert "演示" in text_of(client.get("/"))


@pytest.mark.parametrize(
    "pasted",
    [
        "http://testserver/r/7KQ4M2",
        "周六牛肉团开了，点这里http://testserver/r/7KQ4M2，20:00截单",
        "下单：/r/7KQ4M2。",
    ],
)
def test_a_pasted_link_leads_to_its_page(client, pasted):
    assert client.get("/", {"link": pasted}).headers["Location"] == "/r/7KQ4M2"


@pytest.mark.parametrize(
    ("pasted", "said"),
    [
        ("", "把群里的邀请链接贴进来"),
        ("你好", "这里面没有邀请链接"),
        ("https://evil.example/r/7KQ4M2", "evil.example"),
        ("//evil.example/r/7KQ4M2", "evil.example"),
        ("http://testserver/nothing/here", "没有邀请链接"),
        ("http://[broken", "没有邀请链接"),
        ("http://testserver/", "没有邀请链接"),
    ],
)
def test_what_is_no_link_of_ours_is_refused_in_words(client, pasted, said):
    response = client.get("/", {"link": pasted})
    assert response.status_code == 422
    page = text_of(response)
    assert said in page
    assert "<title>错误：" in page
    assert problems(page) == []


def test_strangers_find_help(client):
    page = text_of(client.get("/help/"))
    assert "登录不了" in page
    assert problems(page) == []
