"""Payments: claims, receipts, undo, money back (O8); state and page from the postings (O7)."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from orders.models import Account, Order, Payment, Posting
from orders.queries import orders
from orders.queries.payments import (
    OrderMoney,
    PaymentState,
    Search,
    money_of_order,
    payment_state,
    payments_of_order,
    payments_page,
)
from orders.services import payments
from orders.services.ledger import balance_of_order
from orders.services.orders import cancel_order
from orders.services.payments import (
    AlreadyClaimed,
    BadAmount,
    MoreThanCredit,
    NoOpenClaim,
    NothingOwed,
    NotReceived,
    RefundedMore,
)
from tests.factories import make_order, make_round
from tests.orders.stages import Stage, accounts_of, at, make_stage
from tuangou.core.errors import Conflict
from tuangou.core.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    return make_stage()


def claim(stage: Stage, order: Order, amount_fen: int | None = None) -> Payment:
    with at(stage.ordering):
        return payments.claim_payment(
            order_id=order.pk,
            actor_id=stage.member.pk,
            request_id=uuid4(),
            amount_fen=amount_fen,
        )


def undo(stage: Stage, payment: Payment) -> Payment:
    with at(stage.ordering + timedelta(minutes=5)):
        return payments.undo_payment(
            payment_id=payment.pk, user_id=stage.payee_id, request_id=uuid4()
        )


def pay_back(stage: Stage, order: Order, fen: int) -> Payment:
    with at(stage.ordering + timedelta(minutes=5)):
        return payments.pay_back(
            order_id=order.pk,
            user_id=stage.payee_id,
            amount_fen=fen,
            request_id=uuid4(),
        )


def state_of(order: Order) -> PaymentState:
    return money_of_order(order.pk).state


def cancel(stage: Stage, order: Order) -> None:
    cancel_order(order_id=order.pk, actor_id=stage.member.pk, request_id=uuid4())


class TestClaim:
    def test_by_default_says_all_she_owes(self, stage):
        order = stage.order()
        assert claim(stage, order).amount_fen == 7600
        assert state_of(order) == PaymentState.CLAIMED

    def test_is_never_money(self, stage):
        order = stage.order()
        claim(stage, order)
        assert balance_of_order(order.pk) == 7600
        assert not Posting.objects.filter(source="payment").exists()

    def test_only_one_is_open(self, stage):
        order = stage.order()
        claim(stage, order, 5000)
        with pytest.raises(AlreadyClaimed, match=r"50\.00"):
            claim(stage, order)

    def test_nothing_owed_nothing_to_say(self, stage):
        order = stage.order()
        stage.receive(order, 7600)
        with pytest.raises(NothingOwed):
            claim(stage, order)

    @pytest.mark.parametrize("fen", [0, -1, 10**10])
    def test_amount_must_be_possible(self, stage, fen):
        with pytest.raises(BadAmount):
            claim(stage, stage.order(), fen)

    def test_taken_back_while_open(self, stage):
        order = stage.order()
        claim(stage, order)
        with at(stage.ordering):
            taken_back = payments.withdraw_claim(order_id=order.pk, actor_id=stage.member.pk)
        assert taken_back.status == "withdrawn"
        assert state_of(order) == PaymentState.UNPAID
        with at(stage.ordering), pytest.raises(NoOpenClaim):
            payments.withdraw_claim(order_id=order.pk, actor_id=stage.member.pk)

    def test_sent_twice_is_one(self, stage):
        order, key = stage.order(), uuid4()
        with at(stage.ordering):
            first, second = (
                payments.claim_payment(order_id=order.pk, actor_id=stage.member.pk, request_id=key)
                for _ in range(2)
            )
        assert first == second
        assert Event.objects.filter(kind="payment.claimed").count() == 1


class TestReceive:
    def test_posts_cash_and_what_is_owed(self, stage):
        order = stage.order()
        payment = stage.receive(order, 7600)
        order.refresh_from_db()
        assert order.received_fen == 7600
        assert payment.received_by_id == stage.payee_id
        legs = Posting.objects.filter(source="payment", source_id=payment.pk)
        assert dict(legs.values_list("account", "amount_fen")) == {
            "member": -7600,
            "cash_initiator": 7600,
        }
        assert set(legs.values_list("holder_id", flat=True)) == {
            stage.member.pk,
            stage.initiator.pk,
        }
        assert state_of(order) == PaymentState.PAID

    def test_turns_the_open_claim_into_the_receipt(self, stage):
        order = stage.order()
        said = claim(stage, order)
        got = stage.receive(order, 7000)
        assert (got.pk, got.amount_fen, got.status) == (said.pk, 7000, "received")
        assert got.received_by_id == stage.payee_id
        assert state_of(order) == PaymentState.PART

    def test_a_claim_of_the_right_amount_stays_as_said(self, stage):
        order = stage.order()
        said = claim(stage, order)
        assert stage.receive(order, 7600).pk == said.pk

    def test_more_than_owed_is_credit(self, stage):
        order = stage.order()
        stage.receive(order, 7600)
        stage.receive(order, 7600)
        assert state_of(order) == PaymentState.OVER
        assert money_of_order(order.pk).credit_fen == 7600

    def test_money_of_a_merchant_round_lies_with_the_merchant(self):
        stage = make_stage(payee="merchant")
        stage.receive(stage.order(), 7600)
        assert accounts_of(stage.round) == {"merchant": -7600, "cash_merchant": 7600}

    def test_a_cancelled_order_that_is_paid_late_shows_as_overpaid(self, stage):
        order = stage.order()
        with at(stage.ordering):
            cancel(stage, order)
        stage.receive(order, 7600)
        assert state_of(order) == PaymentState.OVER

    @pytest.mark.parametrize("fen", [0, -100, 10**10])
    def test_amount_must_be_possible(self, stage, fen):
        order = stage.order()
        with pytest.raises(BadAmount):
            stage.receive(order, fen)
        assert not Payment.objects.exists()

    def test_sent_twice_is_one_and_another_body_is_refused(self, stage):
        order, key = stage.order(), uuid4()

        def send(fen: int) -> Payment:
            return payments.receive_payment(
                order_id=order.pk,
                user_id=stage.payee_id,
                amount_fen=fen,
                request_id=key,
            )

        with at(stage.ordering):
            assert send(3800) == send(3800)
            with pytest.raises(Conflict):
                send(7600)
        assert balance_of_order(order.pk) == 3800

    def test_the_answer_to_a_repeat_is_its_own_receipt(self, stage):
        order, key = stage.order(), uuid4()
        with at(stage.ordering):
            first = payments.receive_payment(
                order_id=order.pk,
                user_id=stage.payee_id,
                amount_fen=3800,
                request_id=key,
            )
        stage.receive(order, 3800)
        with at(stage.ordering):
            again = payments.receive_payment(
                order_id=order.pk,
                user_id=stage.payee_id,
                amount_fen=3800,
                request_id=key,
            )
        assert again.pk == first.pk


class TestUndo:
    def test_posts_the_reverse_and_deletes_nothing(self, stage):
        order = stage.order()
        payment = undo(stage, stage.receive(order, 7600))
        order.refresh_from_db()
        assert payment.status == "undone"
        assert payment.undone_by_id == stage.payee_id
        assert order.received_fen == 0
        assert Posting.objects.filter(account=Account.MEMBER, order=order).count() == 3
        assert accounts_of(stage.round) == {"member": 7600, "merchant": -7600}
        assert state_of(order) == PaymentState.UNPAID

    def test_only_once(self, stage):
        payment = undo(stage, stage.receive(stage.order(), 7600))
        with pytest.raises(NotReceived):
            undo(stage, payment)

    def test_not_a_claim(self, stage):
        with pytest.raises(NotReceived):
            undo(stage, claim(stage, stage.order()))

    def test_not_below_what_was_paid_back(self, stage):
        order = stage.order()
        first, second = stage.receive(order, 7600), stage.receive(order, 1000)
        pay_back(stage, order, 1000)
        undo(stage, first)
        with pytest.raises(RefundedMore, match=r"10\.00"):
            undo(stage, second)
        order.refresh_from_db()
        assert (order.received_fen, order.refunded_fen) == (1000, 1000)

    def test_of_money_back_makes_the_credit_stand_again(self, stage):
        order = stage.order()
        stage.receive(order, 8000)
        back = pay_back(stage, order, 400)
        undo(stage, back)
        order.refresh_from_db()
        assert order.refunded_fen == 0
        assert money_of_order(order.pk) == OrderMoney(billed_fen=7600, received_fen=8000)

    def test_sent_twice_is_one(self, stage):
        payment, key = stage.receive(stage.order(), 7600), uuid4()
        with at(stage.ordering):
            for _ in range(2):
                payments.undo_payment(payment_id=payment.pk, user_id=stage.payee_id, request_id=key)
        assert Posting.objects.filter(source="payment_undo").count() == 2


class TestPayBack:
    def test_up_to_the_credit(self, stage):
        order = stage.order()
        stage.receive(order, 8000)
        with pytest.raises(MoreThanCredit, match=r"4\.00"):
            pay_back(stage, order, 401)
        payment = pay_back(stage, order, 400)
        order.refresh_from_db()
        assert (payment.direction, order.refunded_fen) == ("out", 400)
        assert balance_of_order(order.pk) == 0
        assert state_of(order) == PaymentState.PAID

    def test_nothing_without_credit(self, stage):
        order = stage.order()
        with pytest.raises(MoreThanCredit):
            pay_back(stage, order, 1)

    def test_all_of_a_cancelled_order(self, stage):
        order = stage.order()
        stage.receive(order, 7600)
        with at(stage.ordering):
            cancel(stage, order)
        pay_back(stage, order, 7600)
        assert state_of(order) == PaymentState.REFUNDED
        assert accounts_of(stage.round) == {}

    def test_sent_twice_is_one(self, stage):
        order, key = stage.order(), uuid4()
        stage.receive(order, 8400)
        with at(stage.ordering):
            first, second = (
                payments.pay_back(
                    order_id=order.pk,
                    user_id=stage.payee_id,
                    amount_fen=400,
                    request_id=key,
                )
                for _ in range(2)
            )
        assert first == second
        assert balance_of_order(order.pk) == -400


@pytest.mark.parametrize(
    ("due", "received", "refunded", "claimed", "state"),
    [
        (7600, 0, 0, False, PaymentState.UNPAID),
        (7600, 0, 0, True, PaymentState.CLAIMED),
        (7600, 100, 0, False, PaymentState.PART),
        (7600, 100, 0, True, PaymentState.CLAIMED),
        (7600, 7600, 0, False, PaymentState.PAID),
        (7600, 7600, 0, True, PaymentState.PAID),
        (7600, 8000, 400, False, PaymentState.PAID),
        (7600, 7601, 0, False, PaymentState.OVER),
        (0, 7600, 0, False, PaymentState.OVER),
        (0, 7600, 7600, False, PaymentState.REFUNDED),
        (7600, 7600, 7600, False, PaymentState.UNPAID),
        (0, 0, 0, False, PaymentState.NOTHING),
        (0, 0, 0, True, PaymentState.NOTHING),
    ],
)
def test_payment_state(due, received, refunded, claimed, state):
    assert (
        payment_state(due_fen=due, received_fen=received, refunded_fen=refunded, claimed=claimed)
        == state
    )


fen = st.integers(0, 10**9)


@given(billed=fen, returned=fen, received=fen, refunded=fen)
def test_owed_and_credit_are_two_sides_of_one_balance(billed, returned, received, refunded):
    book = OrderMoney(
        billed_fen=billed, returned_fen=returned, received_fen=received, refunded_fen=refunded
    )
    assert book.owed_fen - book.credit_fen == book.balance_fen
    assert min(book.owed_fen, book.credit_fen) == 0
    assert (book.state == PaymentState.OVER) == (book.credit_fen > 0)
    owing = {PaymentState.UNPAID, PaymentState.PART, PaymentState.CLAIMED}
    assert (book.state in owing) == (book.owed_fen > 0)


class TestPage:
    def test_rows_and_totals(self, stage):
        paid, part, unpaid = (stage.order(quantity=q) for q in (1, 2, 3))
        stage.receive(paid, 4000)
        stage.receive(part, 3800)
        claim(stage, unpaid)
        pay_back(stage, paid, 100)
        page = payments_page(stage.round)
        assert [row.order_id for row in page.rows] == [paid.pk, part.pk, unpaid.pk]
        assert [row.state for row in page.rows] == ["over", "part", "claimed"]
        assert page.rows[2].claimed_at == stage.ordering
        assert [line.amount_fen for line in page.rows[0].payments] == [4000, 100]
        assert all(line.may_undo for line in page.rows[0].payments)
        assert not page.rows[2].payments[0].may_undo
        totals = page.totals
        assert (totals.due_fen, totals.received_fen, totals.refunded_fen) == (22800, 7800, 100)
        assert (totals.owed_fen, totals.credit_fen) == (15200, 100)
        assert (
            totals.due_fen - totals.received_fen + totals.refunded_fen
            == totals.owed_fen - totals.credit_fen
        )
        assert page.counts == {"over": 1, "part": 1, "claimed": 1}
        assert not page.all_paid

    def test_totals_are_the_balances_of_the_book(self, stage):
        stage.receive(stage.order(), 5000)
        stage.receive(stage.order(stage.neighbour), 7600)
        totals = payments_page(stage.round).totals
        accounts = accounts_of(stage.round)
        assert totals.received_fen - totals.refunded_fen == accounts["cash_initiator"]
        assert totals.owed_fen - totals.credit_fen == accounts["member"]

    def test_a_cancelled_order_stays_while_money_lies_on_it(self, stage):
        empty, paid = stage.order(), stage.order()
        stage.receive(paid, 7600)
        with at(stage.ordering):
            cancel(stage, empty)
            cancel(stage, paid)
        rows = payments_page(stage.round).rows
        assert [(row.order_id, row.cancelled) for row in rows] == [(paid.pk, True)]

    def test_all_paid(self, stage):
        stage.receive(stage.order(), 7600)
        assert payments_page(stage.round).all_paid

    def test_state_narrows_rows_not_totals(self, stage):
        stage.order()
        stage.receive(stage.order(), 7600)
        page = payments_page(stage.round, state="unpaid")
        assert [row.state for row in page.rows] == ["unpaid"]
        assert page.totals.received_fen == 7600

    @pytest.mark.parametrize(
        ("typed", "found"),
        [
            ("76", [1]),
            ("¥76.00", [1]),
            ("７６", [1]),
            ("38", [2]),
            ("{code}-2", [2]),
            ("{code_lower}-2", [2]),
            ("7-502", [1]),
            ("7栋502", [1]),
            ("7-5", [1]),
            ("9-1201", [2]),
            ("9-2-1201", [2]),
            ("王", [2]),
            ("", [1, 2]),
            ("99", []),
            ("0", []),
            ("7-9", []),
        ],
    )
    def test_search(self, stage, typed, found):
        stage.order(stage.flat("7栋", "", "502"), 2)
        stage.order(stage.flat("9栋", "2", "1201", "王芳"), 1)
        prefix = stage.round.remark_prefix
        typed = typed.format(code=prefix, code_lower=prefix.lower())
        rows = payments_page(stage.round, search=typed).rows
        assert [row.number for row in rows] == found

    def test_an_amount_finds_who_still_owes_it(self, stage):
        stage.receive(stage.order(), 7600)
        owes = stage.order()
        assert [r.order_id for r in payments_page(stage.round, search="76").rows] == [owes.pk]

    @pytest.mark.parametrize("orders", [1, 3])
    def test_four_statements_whatever_the_length(self, stage, orders, django_assert_num_queries):
        for _ in range(orders):
            stage.receive(stage.order(), 100)
        with django_assert_num_queries(4):
            payments_page(stage.round)

    def test_history_of_one_order(self, stage):
        order = stage.order()
        undo(stage, stage.receive(order, 7600))
        stage.receive(order, 7600)
        lines = payments_of_order(order.pk)
        assert [line.status for line in lines] == ["undone", "received"]
        assert lines[0].undone_at is not None


def test_every_act_publishes(stage):
    order = stage.order()
    claim(stage, order)
    stage.receive(order, 8000)
    payment = pay_back(stage, order, 400)
    undo(stage, payment)
    kinds = Event.objects.filter(kind__startswith="payment.").order_by("pk")
    assert list(kinds.values_list("kind", flat=True)) == [
        "payment.claimed",
        "payment.received",
        "payment.paid_back",
        "payment.undone",
    ]
    assert all(event.data["order"] == order.pk for event in kinds)


def test_search_ignores_an_empty_text():
    assert Search.of("  ").finds(codes=(), doors=(), nickname="张三")


def test_receiving_takes_few_statements(stage):
    order = stage.order()
    with at(stage.ordering), CaptureQueriesContext(connection) as captured:
        payments.receive_payment(
            order_id=order.pk,
            user_id=stage.payee_id,
            amount_fen=7600,
            request_id=uuid4(),
        )
    statements = [q for q in captured if "SAVEPOINT" not in q["sql"]]
    assert len(statements) <= 10


def test_what_is_unpaid_does_not_sink_below_what_is_newer(stage, monkeypatch):
    """On her list it stands first, however many orders came since; once paid it is where it was."""
    monkeypatch.setattr(orders, "PAGE", 2)
    old = stage.collected()
    with at(stage.start):
        rnd = make_round(stage.group, merchant=stage.round.merchant, cut_off_in=timedelta(days=9))
    with at(stage.ordering):
        newer = [make_order(rnd, stage.member, 1) for _ in range(3)]

    def listed(before: int | None = None) -> list[int]:
        with CaptureQueriesContext(connection) as seen:
            page = orders.my_orders(stage.member, at=stage.pickup, before=before)
        assert len(seen) == (4 if before else 5)
        return [row.id for row in page.rows]

    assert listed() == [old.pk, newer[2].pk, newer[1].pk]
    assert listed(newer[1].pk) == [newer[0].pk, old.pk]
    with at(stage.pickup):
        payments.receive_payment(
            order_id=old.pk, user_id=stage.payee_id, amount_fen=7600, request_id=uuid4()
        )
    assert listed() == [newer[2].pk, newer[1].pk]
