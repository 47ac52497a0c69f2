"""Settlements on pages, on paper, in a spreadsheet, and in the bell (O12)."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from openpyxl import load_workbook

from merchants.models import MerchantStaff
from orders.models import Round, Settlement, SettlementPart, SettlementWord
from orders.queries import settlement_pages
from orders.queries.console import console
from orders.queries.settlement_pages import listing
from orders.queries.settlement_tasks import waiting_for_shop
from orders.queries.settlements import NAMES, outstanding
from orders.services import settlements
from tests.factories import make_group, make_user
from tests.orders.settling import (
    COMMISSION,
    PRICE,
    complete,
    confirm,
    content,
    draw,
    later,
    over,
    owner,
    pay,
)
from tests.orders.settling import settle as both_confirm
from tests.orders.stages import Stage, at, make_stage
from tests.orders.test_lists import text_of
from tuangou.core import events
from tuangou.core.models import Notice, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    """Over since yesterday: pages read the clock, and money goes over on a day that was."""
    stage, _order = over(make_stage(timezone.now() - timedelta(days=3)))
    owner(stage)
    return stage


def path(stage: Stage, name: str = "settlement", **ids: int) -> str:
    return reverse(f"orders:{name}", args=[stage.group.slug, stage.round.pk, *ids.values()])


def signed(user: User | None) -> Client:
    assert user is not None
    client = Client()
    client.force_login(user)
    return client


def her(stage: Stage) -> Client:
    return signed(stage.initiator.user)


def post(client: Client, url: str, **body: object) -> int:
    return client.post(url, {"request_id": str(uuid4())} | body).status_code


def reasons(settlement: Settlement) -> list[str]:
    return [
        part.reason for part in settlement_pages.settlement_page(settlement.round, settlement).parts
    ]


class TestBothSides:
    def test_from_drawing_up_to_paid(self, stage):
        hers, shop = her(stage), signed(owner(stage))
        page = hers.get(path(stage)).content.decode()
        assert "出结算单" in page
        assert "¥72.20" in page
        assert post(hers, path(stage, "settlement-draw")) == 302
        settlement = Settlement.objects.get()
        listed = shop.get(
            reverse("orders:shop-settlements", args=[stage.group.slug, stage.round.merchant_id])
        )
        assert settlement.number in listed.content.decode()
        seen = content(settlement)
        assert post(shop, path(stage, "settlement-say"), content=seen, text="少一箱") == 302
        assert "有异议" in hers.get(path(stage)).content.decode()
        assert post(shop, path(stage, "settlement-confirm"), content=seen) == 302
        assert post(hers, path(stage, "settlement-confirm"), content=seen) == 302
        assert Round.objects.get(pk=stage.round.pk).status == "settled"
        day = stage.group.local(later(stage)).date().isoformat()
        assert post(hers, path(stage, "settlement-pay"), amount="0", paid_on=day) == 422
        assert post(hers, path(stage, "settlement-pay"), amount="", paid_on=day, note="微信") == 302
        page = shop.get(path(stage)).content.decode()
        assert "已结清" in page
        assert "撤销" not in page
        made = settlement.payments.get()
        assert post(hers, path(stage, "settlement-unpay", payment=made.pk)) == 302
        assert "已撤销" in hers.get(path(stage)).content.decode()

    def test_all_of_it_pressed_twice_is_one_payment(self, stage):
        """An amount left empty means the same in both copies, though by then nothing is left."""
        settlement = both_confirm(stage)
        day = stage.group.local(later(stage)).date().isoformat()
        form = {"request_id": str(uuid4()), "amount": "", "paid_on": day, "note": ""}
        hers, url = her(stage), path(stage, "settlement-pay")
        assert [hers.post(url, form).status_code for _copy in range(2)] == [302, 302]
        assert settlement.payments.count() == 1
        assert outstanding(stage.round) == 0

    def test_a_supplement_says_why_in_the_readers_language(self, stage):
        """Also one that was made by an officer who reads English; old rows keep their words."""
        settlement = draw(stage)
        with translation.override("en"):
            stage.accept(stage.ask(stage.round.orders.get()), 3800)
        made = SettlementPart.objects.latest("number")
        assert (made.cause, made.reason) == ("return", "")
        with translation.override("en"):
            assert reasons(settlement) == ["", f"Return {made.about}"]
        assert reasons(settlement) == ["", f"退货 {made.about}"]
        old = SettlementPart(number=1, cause="", reason="后来到的", at=made.at)
        for name in NAMES:
            setattr(old, name, 0)
        with translation.override("en"):
            assert settlement_pages._part(settlement, old).reason == "Came later"

    def test_a_stale_page_is_told_so_and_shows_the_new_figures(self, stage):
        settlement = draw(stage)
        seen = content(settlement)
        order = stage.round.orders.get()
        stage.accept(stage.ask(order), 3800)
        client = signed(owner(stage))
        url = path(stage, "settlement-confirm")
        answer = client.post(url, {"request_id": str(uuid4()), "content": seen})
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "多了补充单" in page
        assert f"{settlement.number}-1" in page
        assert content(settlement) in page
        assert seen not in page

    def test_the_initiator_writes_a_yes_down_only_where_there_is_no_account(self):
        stage, _order = over()
        settlement = draw(stage)
        hers = her(stage)
        assert "替它记" in hers.get(path(stage)).content.decode()
        url = path(stage, "settlement-confirm-for")
        assert post(hers, url, content=content(settlement)) == 422
        assert post(hers, url, content=content(settlement), how="微信里回「对」") == 302
        assert SettlementWord.objects.get().for_other
        owner(stage)
        assert "替它记" not in hers.get(path(stage)).content.decode()

    def test_the_amounts_open_their_postings_without_a_name(self, stage):
        draw(stage)
        for client in (her(stage), signed(owner(stage))):
            for account in ("", "merchant", "commission", "cash_merchant", "member"):
                answer = client.get(path(stage, "settlement-postings") + f"?account={account}")
                assert answer.status_code == 200
                assert "张三" not in answer.content.decode()
        page = her(stage).get(path(stage, "settlement-postings") + "?account=commission")
        assert "-¥3.80" in page.content.decode()

    def test_open_matters_are_said(self, stage):
        order = stage.round.orders.get()
        stage.ask(order)
        assert "1 件退货没决定" in her(stage).get(path(stage)).content.decode()


class TestOthers:
    def test_members_read_the_totals_once_both_have_confirmed(self, stage):
        lan = signed(stage.member.user)
        assert lan.get(path(stage)).status_code == 403
        settlement = draw(stage)
        confirm(stage, settlement, "merchant")
        assert lan.get(path(stage)).status_code == 403
        confirm(stage, settlement, "initiator")
        pay(stage, settlement, 100, note="尾号8812")
        page = lan.get(path(stage)).content.decode()
        assert "佣金 5%" in page
        assert "¥3.80" in page
        for secret in ("8812", "校验码", "request_id", "两边怎么说"):
            assert secret not in page.split("<main", 1)[1], secret
        for name in ("settlement-pdf", "settlement-xlsx", "settlement-postings"):
            assert lan.get(path(stage, name)).status_code == 403
        link = reverse("orders:round", args=[stage.group.slug, stage.round.pk])
        assert path(stage) in lan.get(link).content.decode()

    def test_the_shops_helper_sees_no_money(self, stage):
        draw(stage)
        helper = make_user("小工")
        MerchantStaff.objects.create(
            merchant_id=stage.round.merchant_id, user=helper, role="helper"
        )
        client = signed(helper)
        assert client.get(path(stage)).status_code == 403
        shop = reverse("orders:shop-settlements", args=[stage.group.slug, stage.round.merchant_id])
        assert client.get(shop).status_code == 403


class TestPapers:
    def test_pdf_and_workbook(self, stage):
        settlement = both_confirm(stage)
        pay(stage, settlement, 100)
        order = stage.round.orders.get()
        stage.accept(stage.ask(order), 3800)
        client = signed(owner(stage))
        pdf = client.get(path(stage, "settlement-pdf"))
        text = text_of(pdf.content)
        shown = (settlement.number, f"{settlement.number}-1", "76.00", "38.00", "1.90", "36.10")
        assert [part for part in shown if part not in text] == []
        book = load_workbook(BytesIO(client.get(path(stage, "settlement-xlsx")).content))
        goods, said, paid = (list(sheet.values) for sheet in book)
        assert goods[1][3:] == (38, 2, 0, 1, 76, 38)
        assert [row[0] for row in said[1:]] == [
            settlement.number,
            f"{settlement.number}-1",
            "合计",
        ]
        assert said[-1][3:] == (76, 38, 1.9, 36.1, 36.1)
        assert paid[1][1:] == (1, "微信")
        cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
        assert {cell.data_type for cell in cells} <= {"s", "n"}, "no formulas"


class TestLists:
    def test_what_waits_comes_first_and_the_statements_are_the_same(
        self, django_assert_num_queries
    ):
        group = make_group(merchants_per_day=20)
        stages = [over(make_stage(group=group))[0] for _ in range(4)]
        done = both_confirm(stages[0])
        pay(stages[0], done, PRICE - COMMISSION)
        with django_assert_num_queries(5):
            assert [row.state for row in listing(group.pk).rows] == ["paid"]
        drawn = draw(stages[1])
        unpaid = both_confirm(stages[2])
        with django_assert_num_queries(5):
            found = listing(group.pk)
        assert [row.id for row in found.rows] == [unpaid.pk, drawn.pk, done.pk]
        assert [row.round_id for row in found.to_draw] == [stages[3].round.pk]
        merchant = stages[1].round.merchant_id
        assert [row.id for row in listing(group.pk, merchant_id=merchant).rows] == [drawn.pk]
        assert waiting_for_shop(merchant) == {group.pk: 1}
        page = her(stages[0]).get(reverse("orders:settlements", args=[group.slug]))
        assert page.status_code == 200
        tasks = console(group, at=later(stages[0]), with_money=True).tasks
        assert [task.what for task in tasks if task.icon == "slip"] == [
            "1张结算单等你确认",
            "1个团还没结算",
        ]
        tasks = console(group, at=later(stages[0]), with_money=False).tasks
        assert not [task for task in tasks if task.icon == "slip"]

    def test_what_members_owe_stays_in_sight_when_it_is_settled(self):
        stage = make_stage()
        unpaid = stage.order(stage.neighbour)
        paid = stage.collected()
        stage.hand_over(unpaid)
        stage.receive(paid, PRICE)
        complete(stage)
        both_confirm(stage)
        tasks = console(stage.group, at=later(stage), with_money=True).tasks
        assert [task.what for task in tasks if task.icon == "yen"]


def test_the_other_side_is_told(stage):
    settlement = draw(stage)
    fields: dict[str, Any] = {
        "settlement_id": settlement.pk,
        "content_hash": content(settlement),
    }
    with at(later(stage)):
        for party, user_id in (("merchant", owner(stage).pk), ("initiator", stage.payee_id)):
            settlements.say(party=party, user_id=user_id, text="看看", request_id=uuid4(), **fields)
    both_confirm(stage)
    pay(stage, settlement, 100)
    stage.accept(stage.ask(stage.round.orders.get()), 3800)
    with at(later(stage) + timedelta(hours=2)):
        events.drain(stage.group.pk)
    told = Notice.objects.filter(kind__contains="settlement").values_list("kind", "user_id")
    shop, hers = owner(stage).pk, stage.payee_id
    assert set(told) == {
        ("orders.shop_settlement_drawn", shop),
        ("orders.settlement_objected", hers),
        ("orders.settlement_replied", shop),
        ("orders.settlement_confirmed", shop),
        ("orders.settlement_confirmed", hers),
        ("orders.settlement_paid", shop),
        ("orders.settlement_supplemented", shop),
        ("orders.settlement_supplemented", hers),
    }
