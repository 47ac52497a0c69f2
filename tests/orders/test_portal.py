"""The shop's own start page: today first, over all its groups, without a name or a door."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from merchants.models import Item, MerchantStaff
from merchants.services import items as item_service
from merchants.services import questions
from orders.models import Offer, OrderLine
from orders.queries.portal import portal_of
from tests.factories import approve, make_group, make_merchant, make_user, offer_of
from tests.orders.stages import Stage, at, make_stage
from tests.orders.test_door_views import client_of
from tuangou.core import clock

pytestmark = pytest.mark.django_db


def staffed(stage: Stage, role: str = "owner"):
    user = make_user("老马")
    MerchantStaff.objects.create(merchant_id=stage.round.merchant_id, user=user, role=role)
    return user


def portal(stage: Stage):
    return reverse("portal", args=[stage.round.merchant_id])


def look(client: Client, stage: Stage) -> str:
    with at(stage.ordering):
        answer = client.get(portal(stage))
    assert answer.status_code == 200
    return answer.content.decode()


def test_totals_pieces_and_wishes_without_a_name():
    stage = make_stage()
    stage.order(quantity=2, note="切小块 打 138 0013 8000 送 3-502")
    stage.order(stage.neighbour, 2, note="切小块")
    stage.order(stage.flat("9栋", "4", "17乙02", "欧阳长河"), 1)
    cancelled = stage.order(stage.deputy, 7)
    type(cancelled).objects.filter(pk=cancelled.pk).update(
        status="cancelled", cancelled_at=stage.start
    )
    with at(stage.ordering):
        found = portal_of(stage.round.merchant_id, user_id=1, is_owner=False, at=clock.now())
    assert found is not None
    (card,) = found.parts[0].rounds
    (good,) = card.goods
    assert (good.quantity, good.pieces) == (Decimal(5), [(Decimal(1), 1), (Decimal(2), 2)])
    assert (card.orders, card.is_coming, card.shows_doors) == (3, True, False)
    page = look(client_of(staffed(stage)), stage)
    assert "5斤" in page
    assert "2斤 × 2份" in page
    assert "切小块" in page
    for private in ("138 0013", "3-502", "欧阳", "17乙02", "张三", "王芳"):
        assert private not in page


def test_nothing_to_prepare():
    stage = make_stage()
    owner = make_user()
    shop = make_merchant(stage.group, "江边水产", staff=owner)
    page = client_of(owner).get(reverse("portal", args=[shop.pk])).content.decode()
    assert "没有待备货" in page


def test_what_waits_for_an_answer_stands_with_its_clock():
    stage = make_stage()
    order = stage.collected()
    ret = stage.ask(order)
    client = client_of(staffed(stage, "helper"))
    with at(ret.requested_at):
        page = client.get(portal(stage)).content.decode()
    assert "1 个退货等你答复" in page
    assert "前答复" in page
    assert reverse("orders:shop-return", args=[stage.group.slug, ret.pk]) in page
    with at(ret.answer_due_at):
        assert "迟了先记退款" in client.get(portal(stage)).content.decode()


def test_one_part_for_each_group_and_as_many_statements():
    stage = make_stage()
    stage.order()
    client = client_of(staffed(stage))
    look(client, stage)
    with CaptureQueriesContext(connection) as one:
        look(client, stage)
    names = []
    for _ in range(2):
        other = make_group()
        approve(other, stage.round.merchant)
        names.append(other.name)
        more = make_stage(group=other, merchant=stage.round.merchant)
        more.order()
        more.order(more.neighbour, note="多给点冰")
        make_stage(group=other, merchant=stage.round.merchant)
    with CaptureQueriesContext(connection) as three:
        page = look(client, stage)
    assert len(three) == len(one)
    assert all(name in page for name in names)


def test_it_leads_to_all_a_shop_does_and_every_page_of_the_shop_leads_back():
    """Twin: a helper is led to nothing that only the owner may do."""
    stage = make_stage()
    group, shop = stage.group.slug, stage.round.merchant_id
    with at(stage.ordering):
        asked = questions.ask(
            group_id=stage.group.pk, merchant_id=shop, actor_id=stage.member.pk, text="几点杀的？"
        )
    answer = reverse("merchants:question-answer", args=[group, shop, asked.pk])
    owners = [
        *(reverse(f"merchants:{to}", args=[group, shop]) for to in ("agreement", "documents")),
        *(reverse(f"orders:{to}", args=[group, shop]) for to in ("shop-settlements", "shop-days")),
        *(reverse("merchants:goods", args=[group, shop]), reverse("staff", args=[shop])),
    ]
    owner, helper = (client_of(staffed(stage, role)) for role in ("owner", "helper"))
    page, helpers = look(owner, stage), look(helper, stage)
    assert answer in page
    assert answer in helpers
    for to in owners:
        assert f'"{to}"' in page, to
        assert f'"{to}"' not in helpers, to
        with at(stage.ordering):
            assert owner.get(to).status_code == 200, to
    for name in ("merchant", "application"):
        back = owner.get(reverse(f"merchants:{name}", args=[group, shop])).content.decode()
        assert f'href="{portal(stage)}"' in back, name
    assert stage.initiator.user is not None
    console = client_of(stage.initiator.user).get(reverse("orders:console", args=[group]))
    assert reverse("orders:settlements", args=[group]) in console.content.decode()


@pytest.mark.parametrize("who", ["outsider", "member", "initiator", "another shop"])
def test_nobody_else_has_it(who):
    stage = make_stage()
    staffed(stage)
    stranger = make_user()
    make_merchant(stage.group, "别家", staff=stranger)
    user = {
        "outsider": make_user(),
        "member": stage.member.user,
        "initiator": stage.initiator.user,
        "another shop": stranger,
    }[who]
    assert client_of(user).get(portal(stage)).status_code == 404


def test_a_shops_people_land_on_it():
    stage = make_stage()
    other = make_group()
    approve(other, stage.round.merchant)
    client = client_of(staffed(stage))
    assert client.get("/")["Location"] == portal(stage)


def test_new_prices_never_touch_placed_orders():
    """Offers and lines keep what they copied; the shop's price list goes its own way."""
    stage = make_stage()
    order = stage.order()
    offer = offer_of(stage.round)
    before = Offer.objects.values().get(pk=offer.pk)
    line = OrderLine.objects.values().get(order=order)
    item = Item.objects.get(pk=offer.item_id)
    with at(stage.ordering):
        item_service.change_item(
            item_id=item.pk,
            user_id=staffed(stage).pk,
            goods=item_service.Goods(
                name="换了名字",
                spec="换了规格",
                unit="盒",
                category=item.category,
                store_price_fen=item.store_price_fen * 3,
                group_price_fen=item.store_price_fen * 2,
            ),
        )
    item.refresh_from_db()
    assert item.name == "换了名字"
    assert Offer.objects.values().get(pk=offer.pk) == before
    assert OrderLine.objects.values().get(order=order) == line
    stage.confirm()
    order.refresh_from_db()
    assert OrderLine.objects.get(order=order).billed_fen == line["billed_fen"]
