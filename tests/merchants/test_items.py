"""Goods of a merchant (M6)."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from merchants.models import Item, ProcessPhoto
from merchants.services import items as service
from merchants.services.items import Goods, ItemKnown
from tests.core.test_images import picture
from tests.factories import make_group, make_item, make_merchant, make_user
from tuangou.core.errors import InvalidInput
from tuangou.core.images import small_name
from tuangou.core.models import Event

pytestmark = pytest.mark.django_db
BRISKET = Goods(
    name=" 牛腩 ", unit="斤", category="beef", store_price_fen=4500, step=Decimal("0.5")
)

WEBP = picture(kind="WEBP").getvalue()
OTHER = picture(kind="WEBP", colour="blue").getvalue()


@pytest.fixture
def merchant():
    return make_merchant(make_group())


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def add(merchant, goods=BRISKET, **fields):
    return service.add_item(merchant_id=merchant.pk, goods=goods, user_id=None, **fields)


def test_goods_are_added_with_their_photo(merchant, media):
    item = add(merchant, photo=WEBP)
    item.refresh_from_db()
    assert (item.name, item.step, item.is_active) == ("牛腩", Decimal("0.5"), True)
    assert (media / item.photo.name).read_bytes() == WEBP
    event = Event.objects.get(kind="item.added")
    assert (event.group_id, event.subject_id, event.data) == (
        None,
        item.pk,
        {"merchant": merchant.pk},
    )


def test_a_name_and_spec_stand_once_on_a_shelf(merchant):
    add(merchant)
    with pytest.raises(ItemKnown) as refusal:
        add(merchant)
    assert refusal.value.field == "name"
    add(merchant, replace(BRISKET, spec="带筋"))
    add(make_merchant())
    assert Item.objects.count() == 3


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"unit": ""}, "unit"),
        ({"unit": "九个字的单位太长了"}, "unit"),
        ({"category": "cars"}, "category"),
        ({"store_price_fen": 0}, "store_price"),
        ({"store_price_fen": 10**8}, "store_price"),
        ({"step": Decimal(0)}, "step"),
        ({"step": Decimal("0.0005")}, "step"),
        ({"step": Decimal("NaN")}, "step"),
        ({"step": Decimal(1001)}, "step"),
        ({"video_url": "javascript:alert(1)"}, "video_url"),
        ({"video_url": "https://" + "a" * 200 + ".example"}, "video_url"),
        ({"description": "长" * 501}, "description"),
    ],
)
def test_goods_that_cannot_be(merchant, change, field):
    with pytest.raises(InvalidInput) as refusal:
        add(merchant, replace(BRISKET, **change))
    assert refusal.value.field == field
    assert not Item.objects.exists()


def test_a_change_touches_what_changed(merchant):
    lan = make_user()
    item = add(merchant, replace(BRISKET, video_url="https://video.example/1"), photo=WEBP)
    dearer = replace(BRISKET, video_url="https://video.example/1", store_price_fen=4600)
    for _ in range(2):
        service.change_item(item_id=item.pk, goods=dearer, user_id=lan.pk)
    event = Event.objects.get(kind="item.changed")
    assert (event.data["fields"], event.actor_id) == (["store_price_fen"], lan.pk)
    item.refresh_from_db()
    before = item.photo.name
    service.change_item(item_id=item.pk, goods=dearer, user_id=lan.pk, photo=OTHER)
    item.refresh_from_db()
    assert item.photo.name != before
    assert item.photo.read() == OTHER


def test_a_change_cannot_take_another_name(merchant):
    add(merchant)
    other = make_item(merchant, "牛腱")
    with pytest.raises(ItemKnown):
        service.change_item(item_id=other.pk, goods=BRISKET, user_id=None)


def test_goods_leave_the_shelf_and_come_back(merchant):
    item = make_item(merchant)
    for on_sale in (False, False, True):
        service.shelve_item(item_id=item.pk, user_id=None, on_sale=on_sale)
        item.refresh_from_db()
        assert item.is_active is on_sale
    kinds = list(Event.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["item.withdrawn", "item.put_back"]


def files_in(media):
    return {path.name for path in (media / "items").glob("*.webp")}


def test_how_goods_are_made_is_shown_in_four_pictures_at_most(merchant, media):
    item = add(merchant, process=[WEBP, OTHER])
    first, second = ProcessPhoto.objects.order_by("position")
    assert (first.position, second.position) == (1, 2)
    assert (media / str(second.photo.name)).read_bytes() == OTHER
    assert (media / small_name(str(second.photo.name))).exists()
    with pytest.raises(InvalidInput) as refusal:
        service.change_item(item_id=item.pk, goods=BRISKET, user_id=None, process=[WEBP] * 3)
    assert refusal.value.field == "process_photos"
    assert len(files_in(media)) == 4  # two and their small copies: the refused left none
    service.change_item(
        item_id=item.pk, goods=BRISKET, user_id=None, process=[WEBP] * 3, drop=[first.pk]
    )
    rows = ProcessPhoto.objects.filter(item=item).order_by("position")
    assert [row.position for row in rows] == [1, 2, 3, 4]
    assert rows[1].pk == second.pk
    assert str(first.photo.name).split("/")[1] not in files_in(media)
    assert len(files_in(media)) == 8
    told = Event.objects.filter(kind="item.changed")
    assert [event.data["fields"] for event in told] == [["process_photos"]]
    # the guard beneath: no fifth place, no place twice
    for position in (5, 0, 4):
        with pytest.raises(IntegrityError), transaction.atomic():
            ProcessPhoto.objects.create(item=item, position=position, photo="items/a.webp")


def test_a_picture_of_other_goods_stays(merchant):
    """Twin of the form's list: the service, too, drops nothing of another shop."""
    theirs = service.add_item(
        merchant_id=make_merchant().pk, goods=BRISKET, user_id=None, process=[WEBP]
    )
    mine = add(merchant)
    photo = ProcessPhoto.objects.get(item=theirs)
    service.change_item(item_id=mine.pk, goods=BRISKET, user_id=None, drop=[photo.pk])
    assert ProcessPhoto.objects.filter(pk=photo.pk).exists()
    assert photo.photo.storage.exists(str(photo.photo.name))
