"""What a round buys of its merchant: frozen when it comes about, changes beside it (O14)."""

from __future__ import annotations

import io
from decimal import Decimal
from unittest.mock import patch

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError
from django.test import Client
from openpyxl import load_workbook

from merchants.models import MerchantStaff
from orders.models import Offer, OrderLine, Purchase, PurchaseLine
from orders.queries.purchases import purchase_page, without_doors
from orders.services import purchases as services
from tests.factories import make_member, make_round, make_user
from tests.orders.busy import busy_round
from tests.orders.stages import make_stage
from tests.orders.test_lists import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage():
    return make_stage(offers=2, tiers={3: 3500})


@pytest.fixture
def shop(stage):
    """Staff of the merchant, no member of the group."""
    user = make_user("店主")
    MerchantStaff.objects.create(merchant=stage.round.merchant, user=user, role="owner")
    client = Client()
    client.force_login(user)
    return client


def base(stage) -> str:
    return f"/g/{stage.group.slug}/rounds/{stage.round.pk}/purchase"


class TestFrozen:
    def test_in_the_transaction_that_confirms_with_the_tiers_applied(self, stage):
        stage.order(quantity="2")
        stage.order(stage.neighbour, quantity="1.5")
        assert not Purchase.objects.exists()
        stage.confirm()
        purchase = Purchase.objects.get(round=stage.round)
        (line,) = purchase.lines.all()
        assert (purchase.orders, purchase.changes) == (2, 4)  # each placed, each repriced
        assert purchase.at == stage.round.confirmed_at
        assert (line.quantity, line.price_fen, line.amount_fen) == (Decimal("3.5"), 3500, 12250)
        assert line.offer.position == 1, "what nobody ordered is not bought"

    def test_amounts_are_those_of_the_lines(self, stage):
        """Rounded once a line, not once a total."""
        Offer.objects.filter(round=stage.round).update(price_fen=3333)
        for n in range(3):
            stage.order(make_member(stage.group, f"邻居{n}"), quantity="0.5")
        stage.confirm()
        line = PurchaseLine.objects.get()
        billed = OrderLine.objects.filter(order__round=stage.round).values_list("billed_fen")
        assert line.amount_fen == sum(fen for (fen,) in billed) != 3333 * 3 // 2

    def test_a_round_that_fails_buys_nothing(self):
        stage = make_stage(minimum_households=5)
        stage.order()
        stage.confirm()
        assert stage.round.status == "closed"
        assert not Purchase.objects.exists()

    def test_never_twice_and_never_changed(self, stage):
        stage.order()
        stage.confirm()
        with pytest.raises(IntegrityError), transaction.atomic():
            services.freeze(rnd=stage.round, at=stage.pickup)
        for table in ("orders_purchase", "orders_purchaseline"):
            for act in (f"update {table} set id = id", f"delete from {table}"):
                with pytest.raises(DatabaseError), transaction.atomic():
                    connection.cursor().execute(act)

    def test_twin_without_freezing_nothing_tells_what_changed(self, stage):
        order = stage.order(quantity="2")
        with patch.object(services, "freeze"):
            stage.confirm()
        OrderLine.objects.filter(order=order).update(billed_quantity=1)
        page = purchase_page(stage.round)
        assert page.at is None
        assert not page.is_changed


class TestAfterwards:
    def test_changes_are_told_against_version_one(self, stage):
        order = stage.order(quantity="2")
        stage.confirm()
        assert not purchase_page(stage.round).is_changed
        OrderLine.objects.filter(order=order).update(billed_quantity=Decimal("0.5"))
        page = purchase_page(stage.round)
        (row,) = page.rows
        assert (row.frozen, row.quantity) == (Decimal(2), Decimal("0.5"))
        assert row.change_said == "−1.5斤"
        assert page.is_changed
        assert row.change_fen == page.amount_fen - 7600

    def test_an_item_that_is_gone_stays_in_sight(self, stage):
        order = stage.order(quantity="2")
        stage.confirm()
        OrderLine.objects.filter(order=order).update(billed_quantity=0)
        (row,) = purchase_page(stage.round).rows
        assert (row.quantity, row.change_said) == (Decimal(0), "−2斤")

    def test_the_same_statements_for_few_and_many(self, django_assert_num_queries):
        for members in (2, 8):
            rnd = busy_round(members=members, goods=3)
            with django_assert_num_queries(4):
                assert purchase_page(rnd).orders == members


class TestPages:
    def test_the_officers_and_the_shop_see_goods_and_no_people(self, stage, shop):
        stage.order(note="切小块")
        stage.order(stage.neighbour, note="切小块")
        stage.order(make_member(stage.group, "李四"), note="送3-502，13800138000 张三")
        stage.confirm()
        page = shop.get(f"{base(stage)}/").content.decode()
        assert "切小块 ×2" in page
        assert "第 1 版" in page
        for private in ("13800138000", "3-502", stage.member.household.room + "<", "王芳", "李四"):
            assert private not in page
        text = text_of(shop.get(f"{base(stage)}.pdf").content)
        assert "6斤" in text
        assert "¥210.00" in text
        assert "3-502" not in text

    def test_the_text_for_the_chat(self, stage, shop):
        stage.order(quantity="2")
        stage.confirm()
        page = shop.get(f"{base(stage)}/").content.decode()
        assert "2斤 ×38.00 = 76.00" in page
        assert "货款 76.00元，佣金 3.80元，应付商家 72.20元" in page

    def test_the_workbook_holds_the_figures_as_numbers(self, stage, shop):
        order = stage.order(quantity="2", note="=1+1")
        stage.confirm()
        OrderLine.objects.filter(order=order).update(billed_quantity=1)
        book = load_workbook(io.BytesIO(shop.get(f"{base(stage)}.xlsx").content))
        rows = list(book.worksheets[0].iter_rows(min_row=2, max_row=2, values_only=True))
        assert rows[0][2:] == (1, "斤", 38, 38, 2, -1)
        assert book.worksheets[1]["A2"].data_type == "s"
        assert book.worksheets[1]["A2"].value == "=1+1"

    def test_before_the_cut_off_it_says_so(self, stage, shop):
        stage.order()
        assert "还没定稿" in shop.get(f"{base(stage)}/").content.decode()

    def test_the_shop_sees_no_draft(self, shop, stage):
        stage.round = make_round(stage.group, merchant=stage.round.merchant, opened=False)
        assert shop.get(f"{base(stage)}/").status_code == 404

    @pytest.mark.parametrize(
        ("wish", "read"),
        [
            ("切小块", "切小块"),
            ("要2斤的", "要2斤的"),
            ("打138 0013 8000", "打…"),
            ("放3-502门口", "放…门口"),
            ("送3栋502室", "送…"),
        ],
    )
    def test_wishes_lose_doors_and_phones(self, wish, read):
        assert without_doors(wish) == read
