"""The money book: balanced, append-only, each act once, commission to the fen (O7, O11)."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import psycopg2
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as budget
from hypothesis import strategies as st

from groups.models import Group
from merchants.models import Application, Merchant
from orders.models import Account, Order, Posting, Round, Source
from orders.services.ledger import (
    Unbalanced,
    balance_of_order,
    cash_account,
    commission_delta,
    commission_legs,
    post,
)
from tests.databases import owner_cursor, two_roles
from tests.factories import LONG_AGO, NOON, agree, make_group, make_merchant
from tests.orders.stages import Stage, accounts_of, make_stage

ONE_LEG = (
    "insert into orders_posting (group_id, round_id, order_id, source, source_id, account,"
    " holder_id, amount_fen, posted_at)"
    " values (%s, %s, %s, 'payment', 999, 'member', 1, 100, now())"
)


def book(stage: Stage, legs: dict[tuple[Account, int], int], source_id: int = 999) -> None:
    post(
        group_id=stage.group.pk,
        round_id=stage.round.pk,
        order_id=None,
        source=Source.PAYMENT,
        source_id=source_id,
        at=NOON,
        legs=legs,
    )


@pytest.mark.django_db
class TestPost:
    def test_writes_the_legs_and_leaves_zero_out(self):
        stage = make_stage()
        book(stage, {(Account.MEMBER, 1): 5, (Account.MERCHANT, 2): -5, (Account.ROUNDING, 0): 0})
        assert accounts_of(stage.round) == {"member": 5, "merchant": -5}

    def test_refuses_what_does_not_balance(self):
        stage = make_stage()
        with pytest.raises(Unbalanced):
            book(stage, {(Account.MEMBER, 1): 5, (Account.MERCHANT, 2): -4})
        assert not Posting.objects.exists()

    def test_the_same_act_twice_fails_in_the_database(self):
        stage = make_stage()
        legs = {(Account.MEMBER, 1): 5, (Account.MERCHANT, 2): -5}
        book(stage, legs)
        with pytest.raises(IntegrityError, match="posting_once_per_act"), transaction.atomic():
            book(stage, legs)
        book(stage, legs, source_id=1000)

    def test_not_between_groups(self):
        stage, other = make_stage(), make_stage()
        stage.round = other.round
        with pytest.raises(IntegrityError, match="in_group"), transaction.atomic():
            book(stage, {(Account.MEMBER, 1): 5, (Account.MERCHANT, 2): -5})

    def test_cash_lies_with_the_payee(self):
        assert cash_account(make_stage().round)[0] == Account.CASH_INITIATOR
        rnd = make_stage(payee="merchant").round
        assert cash_account(rnd) == (Account.CASH_MERCHANT, rnd.merchant_id)

    def test_balance_of_an_order(self):
        stage = make_stage()
        order = stage.order()
        stage.receive(order, 8000)
        assert balance_of_order(order.pk) == -400
        assert balance_of_order(0) == 0


def unbalance(stage: Stage, order: Order) -> None:
    """What a fault or a hand in the database would do: one leg without the other, committed."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ONE_LEG, [stage.group.pk, stage.round.pk, order.pk])


@pytest.mark.django_db(transaction=True)
class TestBalanceTrigger:
    def test_raw_sql_that_does_not_balance_is_refused_at_commit(self):
        stage = make_stage()
        order = stage.order()
        with pytest.raises(IntegrityError, match="do not sum to zero"):
            unbalance(stage, order)
        assert balance_of_order(order.pk) == 7600

    def test_twin_without_the_trigger_sees_the_damage(self):
        stage = make_stage()
        order = stage.order()
        with owner_cursor() as cursor:
            cursor.execute("drop trigger orders_postings_balance on orders_posting")
        unbalance(stage, order)
        assert balance_of_order(order.pk) == 7700
        assert sum(accounts_of(stage.round).values()) == 100


CHANGES = {
    "update": "update orders_posting set amount_fen = amount_fen + 1",
    "delete": "delete from orders_posting",
    "truncate": "truncate orders_posting",
}


@pytest.mark.django_db(transaction=True)
class TestAppendOnly:
    @pytest.mark.parametrize("change", CHANGES)
    def test_the_app_has_no_right_to(self, change):
        if not two_roles():
            pytest.skip("one role here: only the triggers can refuse")
        make_stage().order()
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(CHANGES[change])

    @pytest.mark.parametrize("change", CHANGES)
    def test_triggers_refuse_it_to_the_owner(self, change):
        make_stage().order()
        with owner_cursor() as cursor, pytest.raises(psycopg2.Error, match="append-only"):
            cursor.execute(CHANGES[change])
        assert Posting.objects.count() == 2

    def test_the_orm_is_refused_too(self):
        stage = make_stage()
        order = stage.order()
        for change in (
            lambda: Posting.objects.update(amount_fen=1),
            lambda: Posting.objects.all().delete(),
            lambda: Posting.objects.filter(order=order)[0].save(),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()
        assert balance_of_order(order.pk) == 7600

    def test_twin_without_the_triggers_sees_the_damage(self):
        stage = make_stage()
        order = stage.order()
        with owner_cursor() as cursor:
            cursor.execute("alter table orders_posting disable trigger user")
            cursor.execute(CHANGES["update"])
        assert balance_of_order(order.pk) == 7601


def merchant_at(group: Group, bp: int) -> Merchant:
    """Approved with a commission of so many basis points."""
    merchant = make_merchant(group)
    application = Application.objects.get(group=group, merchant=merchant)
    agree(application, bp, LONG_AGO.replace(month=2))
    return merchant


def half_up(fen: int, bp: int) -> int:
    """The oracle: decimal arithmetic, nothing of ours."""
    exact = Decimal(fen) * Decimal(bp) / Decimal(10_000)
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def commission_posted(rnd: Round) -> int:
    return -accounts_of(rnd).get("commission", 0)


@pytest.mark.django_db
class TestCommission:
    def test_first_at_confirmation(self):
        stage = make_stage()
        stage.order()
        assert commission_posted(stage.round) == 0
        stage.confirm()
        assert commission_posted(stage.round) == 380
        assert commission_delta(stage.round) == 0

    def test_rounded_per_round_never_per_order(self):
        stage = make_stage(price_fen=10)  # 5 % of 10 fen is half a fen each
        for _ in range(3):
            stage.order(quantity=1)
        stage.confirm()
        assert commission_posted(stage.round) == 2  # half-up(1.5); per order it would be 3

    def test_legs(self):
        rnd = make_stage().round
        assert commission_legs(rnd, 7) == {
            (Account.MERCHANT, rnd.merchant_id): 7,
            (Account.COMMISSION, rnd.initiator_id): -7,
        }

    @budget(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        bp=st.integers(0, 3000),
        price=st.integers(1, 4300),
        halves=st.lists(st.integers(1, 9), min_size=1, max_size=4),
        shares=st.lists(st.integers(0, 100), max_size=4),
    )
    def test_is_exact_after_every_return(self, bp, price, halves, shares):
        group = make_group(min_discount_bp=0)
        stage = make_stage_at(group, bp, price)
        quantities = [Decimal(n) / 2 for n in halves]
        orders = [stage.order(quantity=str(q)) for q in quantities]
        stage.arrive()
        net = sum(int((q * price).quantize(Decimal(1), rounding=ROUND_HALF_UP)) for q in quantities)
        assert commission_posted(stage.round) == half_up(net, bp)
        for order, percent in zip(orders, shares, strict=False):
            stage.hand_over(order)
            fen = price // 2 * percent // 100
            stage.accept(stage.ask(order, "0.5"), fen)
            net -= fen
            assert commission_posted(stage.round) == half_up(net, bp)
            assert commission_delta(stage.round) == 0
        assert sum(accounts_of(stage.round).values()) == 0
        assert Posting.objects.filter(account=Account.ROUNDING).count() == 0


def make_stage_at(group: Group, bp: int, price: int) -> Stage:
    """As make_stage, in this group, with a merchant at this commission."""
    stage = make_stage(group=group, merchant=merchant_at(group, bp), price_fen=price)
    assert stage.round.commission_bp == bp
    return stage
