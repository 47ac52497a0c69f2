"""Statements: every amount is a sum of postings and opens exactly these (O7)."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

import pytest

from orders.models import Account, Posting
from orders.queries import statements
from orders.queries.payments import PARTS
from orders.queries.statements import (
    initiator_statement,
    member_statement,
    postings_of,
    round_statement,
)
from orders.services.returns import refund_return
from tests.factories import make_group, make_initiator, make_round
from tests.orders.stages import Stage, accounts_of, at, make_stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    """Two orders of ¥76: one paid, fetched and half returned with money back; one unpaid."""
    stage = make_stage()
    stage.order(stage.neighbour)
    order = stage.collected(quantity=2)
    stage.receive(order, 7600)
    ret = stage.accept(stage.ask(order), 3800)
    with at(stage.pickup):
        refund_return(return_id=ret.pk, user_id=stage.payee_id, request_id=uuid4())
    return stage


class TestMember:
    def test_one_row_per_order_with_its_money(self, stage):
        statement = member_statement(stage.member)
        (row,) = statement.rows
        assert (row.round_title, row.remark_code) == ("周六牛肉团", stage.round.remark_code(2))
        money = row.money
        assert (money.billed_fen, money.returned_fen) == (7600, 3800)
        assert (money.received_fen, money.refunded_fen) == (7600, 3800)
        assert statement.balance_fen == 0
        assert member_statement(stage.neighbour).balance_fen == 7600

    def test_newest_first_and_in_pages(self, stage, monkeypatch):
        monkeypatch.setattr(statements, "PAGE", 2)
        with at(stage.start):
            rnd = make_round(stage.group)
        stage.round = rnd
        newer = [stage.order(quantity=1) for _ in range(2)]
        first, second = (member_statement(stage.member, page=n) for n in (1, 2))
        assert [row.order_id for row in first.rows] == [newer[1].pk, newer[0].pk]
        assert len(second.rows) == 1
        assert (first.pages, second.page) == (2, 2)
        assert first.balance_fen == second.balance_fen == 7600
        assert member_statement(stage.member, page=99).page == 2

    @pytest.mark.parametrize("more", [0, 2])
    def test_four_statements_whatever_the_length(self, more, django_assert_num_queries):
        stage = make_stage()
        for _ in range(1 + more):
            stage.order()
        with django_assert_num_queries(4):
            member_statement(stage.member)


class TestAmountsOpenTheirPostings:
    @pytest.mark.parametrize(
        ("part", "sign"), [("billed", 1), ("returned", -1), ("received", -1), ("refunded", 1)]
    )
    def test_each_part_of_an_order(self, stage, part, sign):
        row = member_statement(stage.member).rows[0]
        opened = postings_of(stage.group.pk, order_id=row.order_id, part=part)
        assert sign * opened.sum_fen == getattr(row.money, f"{part}_fen")
        assert opened.rows
        assert {posting.account for posting in opened.rows} == {"member"}

    def test_the_parts_are_all_of_the_account_and_none_twice(self, stage):
        mine = Posting.objects.filter(account=Account.MEMBER)
        counted = [pk for where in PARTS.values() for pk in mine.filter(where).values_list("pk")]
        assert sorted(counted) == sorted(mine.values_list("pk"))

    def test_an_order_shows_all_legs_of_its_acts(self, stage):
        order_id = member_statement(stage.member).rows[0].order_id
        opened = postings_of(stage.group.pk, order_id=order_id)
        assert opened.sum_fen == 0
        assert opened.count == len(opened.rows) == 9
        holders = {posting.account: posting.holder for posting in opened.rows}
        assert holders == {
            "member": "张三",
            "merchant": stage.round.merchant.brand,
            "commission": "子怡",
            "cash_initiator": "子怡",
        }
        assert opened.rows[0].source_label == "下单和改单"
        assert opened.rows[0].remark_code == stage.round.remark_code(2)

    def test_a_holder_s_account(self, stage):
        opened = postings_of(
            stage.group.pk, account=Account.COMMISSION, holder_id=stage.initiator.pk
        )
        assert opened.sum_fen == accounts_of(stage.round)["commission"]
        assert opened.rows[0].remark_code == ""

    def test_nothing_asked_nothing_shown(self, stage):
        assert postings_of(stage.group.pk).count == 0

    def test_another_group_s_postings_stay_closed(self, stage):
        other = make_group()
        assert postings_of(other.pk, round_id=stage.round.pk).count == 0

    def test_in_pages_with_the_whole_sum(self, stage, monkeypatch):
        monkeypatch.setattr(statements, "PAGE", 4)
        pages = [postings_of(stage.group.pk, round_id=stage.round.pk, page=n) for n in (1, 2, 3, 4)]
        seen = [row.id for page in pages for row in page.rows]
        assert len(seen) == len(set(seen)) == pages[0].count == 13
        assert {page.sum_fen for page in pages} == {0}

    def test_five_statements(self, stage, django_assert_num_queries):
        with django_assert_num_queries(5):
            postings_of(stage.group.pk, round_id=stage.round.pk)


class TestRound:
    def test_adds_up(self, stage):
        book = round_statement(stage.round)
        assert (book.sales_fen, book.returned_fen, book.commission_fen) == (15200, 3800, 570)
        assert book.due_to_merchant_fen == 15200 - 3800 - 570
        assert book.due_to_merchant_fen == -accounts_of(stage.round)["merchant"]
        assert (book.cash_initiator_fen, book.members_fen) == (3800, 7600)
        assert book.rounding_fen == book.cash_merchant_fen == 0

    def test_two_statements(self, stage, django_assert_num_queries):
        with django_assert_num_queries(2):
            round_statement(stage.round)


class TestInitiator:
    def test_all_her_rounds(self, stage):
        with at(stage.start):
            stage.round = make_round(stage.group, payee="merchant", price_fen=2000)
        stage.receive(stage.order(quantity=Decimal(1)), 2000)
        stage.confirm()
        statement = initiator_statement(stage.initiator)
        assert len(statement.rows) == 2
        assert statement.sales_fen == 15200 + 2000
        assert statement.commission_fen == 570 + 100
        assert statement.cash_fen == 3800
        assert statement.due_to_merchants_fen == sum(
            row.due_to_merchant_fen for row in statement.rows
        )

    def test_another_s_rounds_are_not_hers(self, stage):
        assert initiator_statement(make_initiator(make_group())).rows == ()

    def test_drafts_are_not_there(self):
        stage = make_stage(opened=False)
        assert initiator_statement(stage.initiator).rows == ()

    @pytest.mark.parametrize("rounds", [1, 3])
    def test_two_statements_whatever_the_length(self, rounds, django_assert_num_queries):
        stage = make_stage()
        merchant = stage.round.merchant
        for _ in range(rounds - 1):
            with at(stage.start):
                make_round(stage.group, merchant=merchant)
        with django_assert_num_queries(2):
            assert len(initiator_statement(stage.initiator).rows) == rounds
