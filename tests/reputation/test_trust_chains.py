"""R10: from the neighbour to the goods; each link opens its evidence, a missing one is shown."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from groups.models import Mandate, Membership
from merchants.models import Application, Item, MerchantStaff
from orders.models import Order
from reputation.models import Entry, Evidence
from reputation.queries.chain_cards import card_text
from reputation.queries.trust_chains import ChainPage, Fact, Link, chain_page
from reputation.services import ledger
from tests.factories import make_document
from tests.orders.stages import Stage, make_stage
from tests.people import make_user
from tests.reputation.scenes import arrive, end, held_against
from tests.reputation.test_pages import member_of, sign_in, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    stage = make_stage()
    order = stage.order()
    stage.receive(order, 7600)
    arrive(stage, "2")
    end(stage, fetched=[order])
    return stage


def chain(stage: Stage, who: Membership | None, item: Item | None = None) -> ChainPage:
    application = Application.objects.select_related("group", "merchant").get(
        group=stage.group, merchant=stage.round.merchant
    )
    reader = member_of(stage, who) if who else None
    return chain_page(application, reader, item=item, at=stage.round.pickup_until)


def item_of(stage: Stage) -> Item:
    return Item.objects.filter(merchant=stage.round.merchant)[0]


def link(page: ChainPage, key: str) -> Link:
    return next(link for link in page.links if link.key == key)


def said(page: ChainPage, key: str) -> dict[str, bool]:
    return {fact.text: fact.holds for fact in link(page, key).facts}


def test_every_link_is_there_and_what_is_missing_is_shown_as_missing(stage):
    page = chain(stage, stage.member, item_of(stage))
    keys = [link.key for link in page.links]
    assert keys == ["you", "voucher", "initiator", "merchant", "goods", "neighbours", "own"]
    assert said(page, "neighbours")["1 户买过"]
    assert not said(page, "neighbours")["还没有人评过"]
    assert said(page, "own")["你家取过 1 单"]
    neighbour = chain(stage, stage.neighbour, item_of(stage))
    assert (link(neighbour, "own").holds, link(page, "own").holds) == (False, True)
    assert neighbour.missing == page.missing + 1


def test_every_link_that_the_shop_reads_opens_for_it(stage):
    """From outside the group the ledger and what else is for members is told without a link."""
    owner = make_user("店主")
    MerchantStaff.objects.create(merchant=stage.round.merchant, user=owner, role="owner")
    client = Client()
    client.force_login(owner)
    page = chain(stage, None, item_of(stage))
    opened = {fact.url for link in page.links for fact in link.facts if fact.url}
    assert {url: client.get(url).status_code for url in opened} == dict.fromkeys(opened, 200)
    inside = {fact.url for link in chain(stage, stage.member).links for fact in link.facts}
    assert any("ledger" in url for url in inside)


def test_who_brought_her_and_how_the_initiator_came_to_office(stage):
    assert not link(chain(stage, stage.member), "voucher").holds
    Membership.objects.filter(pk=stage.member.pk).update(invited_by=stage.neighbour)
    page = chain(stage, stage.member)
    assert link(page, "voucher").title == stage.neighbour.masked_name
    assert said(page, "voucher")["带进 1 人"]
    assert not link(page, "initiator").holds
    Mandate.objects.filter(group=stage.group).update(origin="elected")
    assert link(chain(stage, stage.member), "initiator").holds
    assert [one.key for one in chain(stage, stage.initiator).links][:2] == ["you", "initiator"]
    assert [one.key for one in chain(stage, None).links] == ["initiator", "merchant", "neighbours"]


def test_a_paper_that_ran_out_breaks_what_stands_on_it(stage):
    shop = stage.round.merchant
    before = said(chain(stage, stage.member), "merchant")
    make_document(shop, "food", valid_until=stage.start.date())
    after = said(chain(stage, stage.member), "merchant")
    assert before != after
    assert any(text.startswith("证件") and not holds for text, holds in after.items())


def test_rulings_and_ratings_never_without_how_many(stage):
    application = Application.objects.filter(group=stage.group, merchant=stage.round.merchant)
    stars = {"stars": [1, 0, 0, 1, 3], "items": {str(item_of(stage).pk): [0, 0, 0, 0, 2]}}
    application.update(rated=stars)
    held_against(stage, Order.objects.get(), repaired=True)
    page = chain(stage, stage.member, item_of(stage))
    assert "4.0 星，5 人评" in said(page, "neighbours")
    assert "5.0 星，2 人评" in said(page, "goods")
    assert "一年里 1 件投诉裁定属实，1 件补救了" in said(page, "neighbours")
    ruling = Entry.objects.get(kind="ruling")
    ledger.strike_out(
        group_id=stage.group.pk,
        number=ruling.number,
        evidence=Evidence.ROUND,
        evidence_id=stage.round.pk,
        at=stage.round.pickup_until,
    )
    assert "一年里没有裁定属实的投诉" in said(chain(stage, stage.member), "neighbours")


def test_every_link_opens_its_evidence_to_whoever_reads_it(stage):
    staff = MerchantStaff.objects.filter(merchant=stage.round.merchant).first()
    item = item_of(stage)
    for reader in (stage.member, stage.initiator):
        client: Client = sign_in(reader)
        for name, args in (("merchant-chain", ()), ("item-chain", (item.pk,))):
            text = client.get(url(stage, name, stage.round.merchant_id, *args)).content.decode()
            assert stage.round.merchant.brand in text
        for one in chain(stage, reader, item).links:
            for fact in one.facts:
                if fact.url:
                    assert client.get(fact.url).status_code == 200, fact
    if staff is not None:
        page = sign_in(staff.user).get(url(stage, "merchant-chain", stage.round.merchant_id))
        assert page.status_code == 200


def test_the_card_for_the_chat_fits_and_names_what_is_missing(stage):
    page = chain(stage, stage.member, item_of(stage))
    text = card_text(page, group=stage.group, url="https://tuan.example/x")
    assert text.startswith(f"【{stage.group.name}】")
    assert text.endswith("https://tuan.example/x")
    assert "缺：还没有人评过" in text
    assert stage.member.nickname not in text
    Item.objects.filter(pk=item_of(stage).pk).update(name="长" * 40)
    long = chain(stage, stage.member, item_of(stage))
    for one in long.links:
        one.facts.extend(one.facts * 40)
    short = card_text(long, group=stage.group, url="https://tuan.example/x")
    assert len(short.encode()) <= 2048
    assert short.endswith("https://tuan.example/x")


def test_no_more_statements_for_more_goods(stage, django_assert_max_num_queries: Any):
    with django_assert_max_num_queries(30):
        chain(stage, stage.member, item_of(stage))


def test_a_link_is_called_not_whole_where_part_of_it_is_there():
    there, missing = Fact("证件齐"), Fact("还没有审核的记录", holds=False)
    wanted = {(there,): False, (there, missing): True, (missing,): False}
    for facts, said in wanted.items():
        link = Link("merchant", "shop", "商家", list(facts), holds=missing not in facts)
        assert link.partly == said, facts
