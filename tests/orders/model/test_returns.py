"""Returns under random sequences of acts: refunds stay within what was paid, returned within what
was received, and a credit given while the merchant was late leaves nothing but the decision."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from orders.models import Order, OrderLine, Payment, Posting, ProvisionalCredit, Return
from orders.queries.payments import money_of_order
from orders.queries.returns import most_accepted
from orders.services import answers, payments, returns
from orders.services.ledger import balance_of_order
from tests.orders.stages import at, line_of, make_stage
from tests.orders.support import check_books
from tuangou.core.errors import DomainError

halves = st.integers(1, 5).map(lambda n: Decimal(n) / 2)
WISHES = ("refund", "refund", "replace", "tell")


class Claims(RuleBasedStateMachine):
    @initialize(price=st.sampled_from([1, 3, 99, 3800]), paid=st.integers(0, 3))
    def a_bag_was_fetched(self, price, paid):
        self.before = transaction.savepoint()
        self.stage = make_stage(price_fen=price)
        self.order = self.stage.collected(quantity="2.5")
        self.now = self.stage.pickup + timedelta(hours=1)
        self.billed = line_of(self.order).billed_fen
        self.wanted: dict[int, int] = {}  # what each decision credits, by return
        if paid and self.billed:
            amount = max(1, self.billed * paid // 2)
            self.stage.receive(self.order, amount)

    def teardown(self):
        if hasattr(self, "before"):
            transaction.savepoint_rollback(self.before)

    def act(self, work, **fields):
        with at(self.now):
            try:
                return work(**fields, request_id=uuid4())
            except DomainError:
                return None

    def some(self, data: st.DataObject) -> Return | None:
        ids = sorted(Return.objects.filter(order=self.order).values_list("pk", flat=True))
        return Return.objects.get(pk=data.draw(st.sampled_from(ids))) if ids else None

    @rule(quantity=halves, wish=st.sampled_from(WISHES))
    def claim(self, quantity, wish):
        self.act(
            returns.request_return,
            line_id=line_of(self.order).pk,
            actor_id=self.stage.member.pk,
            quantity=quantity,
            reason="not_fresh",
            wish=wish,
            text="",
        )

    @rule(data=st.data(), percent=st.integers(0, 100), in_kind=st.none() | st.booleans())
    def accept(self, data, percent, in_kind):
        ret = self.some(data)
        if ret is None:
            return
        most = most_accepted(line_of(self.order), ret.quantity)
        done = self.act(
            returns.accept_return,
            return_id=ret.pk,
            actor_id=self.stage.initiator.pk,
            percent=percent,
            decision="按照片定",
            in_kind=in_kind,
        )
        if done is None:
            return
        share = 0 if ret.wish == "tell" else (most * percent * 2 + 100) // 200
        assert done.accepted_fen == share
        kind = ret.wish == "replace" if in_kind is None else in_kind
        self.wanted[ret.pk] = 0 if kind else share

    @rule(data=st.data(), way=st.sampled_from(["reject", "withdraw", "refund", "answer"]))
    def step(self, data, way):
        ret = self.some(data)
        if ret is None:
            return
        pk, initiator = ret.pk, self.stage.initiator
        if way == "reject":
            by = {"actor_id": initiator.pk, "decision": "没看出来"}
            self.act(returns.reject_return, return_id=pk, **by)
        elif way == "withdraw":
            self.act(returns.withdraw_return, return_id=pk, actor_id=self.stage.member.pk)
        elif way == "refund":
            self.act(returns.refund_return, return_id=pk, user_id=self.stage.payee_id)
        else:
            said = {"kind": "apology", "text": "对不起", "user_id": self.stage.payee_id}
            self.act(answers.answer_return, return_id=pk, **said)

    @rule(fen=st.integers(1, 9000))
    def give_back(self, fen):
        self.act(
            payments.pay_back,
            order_id=self.order.pk,
            user_id=self.stage.payee_id,
            amount_fen=fen,
        )

    @rule(data=st.data())
    def undo(self, data):
        ids = sorted(Payment.objects.filter(order=self.order).values_list("pk", flat=True))
        if ids:
            pk = data.draw(st.sampled_from(ids))
            self.act(payments.undo_payment, payment_id=pk, user_id=self.stage.payee_id)

    @rule(hours=st.sampled_from([1, 5, 24, 30]))
    def time_passes(self, hours):
        self.now += timedelta(hours=hours)
        with at(self.now):
            for pk in answers.due_returns():
                answers.mark_if_due(return_id=pk)

    @invariant()
    def nothing_is_given_twice(self):
        if not hasattr(self, "order"):
            return
        order = Order.objects.get(pk=self.order.pk)
        line = OrderLine.objects.get(order=order)
        assert 0 <= order.refunded_fen <= order.received_fen
        assert 0 <= line.returned_quantity <= line.collected_quantity
        granted = Return.objects.counted().filter(order=order)
        assert (granted.aggregate(fen=Sum("accepted_fen"))["fen"] or 0) <= line.billed_fen
        standing = ProvisionalCredit.objects.filter(ret__order=order, ended_at__isnull=True)
        waiting = standing.aggregate(fen=Sum("amount_fen"))["fen"] or 0
        decided = sum(self.wanted.values())
        of_member = Posting.objects.filter(order=order, account="member")
        sources = ("return_decision", "provisional", "provisional_end")
        credited = of_member.filter(source__in=sources).aggregate(fen=Sum("amount_fen"))["fen"] or 0
        assert credited == -(decided + waiting)
        money = money_of_order(order.pk)
        assert money.balance_fen == balance_of_order(order.pk)
        assert money.balance_fen == (
            self.billed - decided - waiting - order.received_fen + order.refunded_fen
        )
        if not any(self.in_kind()):
            check_books()

    def in_kind(self) -> list[bool]:
        """Goods in kind count as returned and credit nobody: the merchant's line differs."""
        rows = Return.objects.counted().filter(order=self.order)
        return [self.wanted[ret.pk] != ret.accepted_fen for ret in rows]


def play(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        Claims,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, database=None
        ),
    )


@pytest.mark.django_db
def test_nothing_is_given_twice():
    play(examples=8, steps=12)


@pytest.mark.soak
@pytest.mark.django_db
def test_nothing_is_given_twice_for_long():
    play(examples=200, steps=40)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("where", "broken"),
    [
        ("orders.services.answers.end_credit", lambda **_: 0),
        ("orders.services.returns.check_quantity", lambda *_: None),
    ],
    ids=["the credit stays", "more than received"],
)
def test_twin_a_broken_rule_is_found_out(monkeypatch, where, broken):
    monkeypatch.setattr(where, broken)
    with pytest.raises((AssertionError, IntegrityError)):
        a_life()


def a_life() -> None:
    """Late merchant, then everything granted, twice."""
    life = Claims()
    life.a_bag_was_fetched(price=3800, paid=2)
    for _ in range(2):
        life.claim(quantity=Decimal("2.5"), wish="refund")
        life.time_passes(hours=24)
        life.nothing_is_given_twice()
        ret = Return.objects.filter(order=life.order).latest("pk")
        if life.act(
            returns.accept_return,
            return_id=ret.pk,
            actor_id=life.stage.initiator.pk,
            percent=100,
            decision="",
        ):
            life.wanted[ret.pk] = life.billed
        life.nothing_is_given_twice()
    life.teardown()


@pytest.mark.django_db
def test_one_life():
    a_life()
