"""Settling a round: frozen once, confirmed by both, changed only by supplements (O12)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from orders.models import (
    MonthMerchant,
    Payee,
    Posting,
    Round,
    Settlement,
    SettlementPart,
    SettlementPayment,
    SettlementWord,
)
from orders.models.rounds import RoundQuerySet
from orders.queries import settlement_pages
from orders.queries.settlements import figures_now, outstanding, written
from orders.queries.statements import round_statement
from orders.services import answers, returns, settlement_payments, settlements, shortfalls
from orders.services.check_offs import record_not_collected
from orders.services.rounds import complete_round
from orders.services.settlement_payments import (
    AlreadyTakenBack,
    BadPayment,
    MoreThanOutstanding,
    NotSettled,
    NotTheirs,
)
from orders.services.settlements import (
    AlreadyConfirmed,
    BadWord,
    NotOverYet,
    OneForBoth,
    StatementChanged,
)
from tests.factories import make_group
from tests.orders.guarded import Guard, check_guards
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
    settle,
)
from tests.orders.stages import Stage, accounts_of, at, make_stage
from tests.orders.support import check_books, events_of
from tests.threads import together
from tuangou.core.errors import InvalidTransition

pytestmark = pytest.mark.django_db

DUE = PRICE - COMMISSION


def parts(settlement: Settlement) -> list[tuple[int, ...]]:
    """(number, ordered, short, returned, commission, transfer) of each part."""
    names = ("number", "ordered_fen", "short_fen", "returned_fen", "commission_fen", "transfer_fen")
    found = SettlementPart.objects.filter(settlement=settlement).order_by("number")
    return list(found.values_list(*names))


def commit() -> None:
    """What commit does with the deferred triggers."""
    connection.check_constraints()


class TestDrawingUp:
    def test_the_figures_are_frozen_under_a_number(self):
        stage, _order = over()
        settlement = draw(stage)
        year = stage.group.local(later(stage)).year
        assert settlement.number == f"S-{year}-0001"
        assert parts(settlement) == [(0, PRICE, 0, 0, COMMISSION, DUE)]
        (line,) = written(settlement.pk).lines.values()
        assert (line.ordered_fen, line.short_fen, line.returned_fen) == (PRICE, 0, 0)
        assert (line.quantity, line.price_fen) == (Decimal(2), 3800)
        assert Round.objects.get(pk=stage.round.pk).status == "completed"
        assert len(events_of("settlement.drawn", settlement.pk)) == 1
        commit()

    def test_a_second_form_gets_the_same_one(self):
        stage, _order = over()
        assert draw(stage) == draw(stage, later(stage, 2))
        assert SettlementPart.objects.count() == 1

    def test_not_while_bags_wait(self):
        stage = make_stage()
        stage.collected()
        with pytest.raises(NotOverYet, match="已到货"):
            draw(stage)

    def test_numbers_are_gapless_per_group_and_year(self):
        group = make_group(merchants_per_day=20)
        numbers = []
        for _ in range(3):
            stage, _order = over(make_stage(group=group))
            numbers.append(draw(stage).number[-4:])
        assert numbers == ["0001", "0002", "0003"]
        assert draw(over()[0]).number.endswith("0001"), "another group counts for itself"
        check_books()

    def test_short_and_returned_stand_in_it(self):
        stage = make_stage()
        other = stage.order(stage.neighbour)
        order = stage.collected()
        with at(stage.pickup):
            shortfalls.record_missing(
                order_id=other.pk,
                missing={other.lines.get().offer_id: Decimal(1)},
                actor_id=stage.deputy.pk,
            )
        stage.hand_over(other)
        stage.accept(stage.ask(order), 3800)
        complete(stage)
        settlement = draw(stage)
        net = 2 * PRICE - 3800 - 3800
        assert parts(settlement) == [(0, 2 * PRICE, 3800, 3800, net // 20, net - net // 20)]
        commit()
        check_books()


class TestConfirming:
    def test_both_settle_the_round(self):
        stage, _order = over()
        settlement = draw(stage)
        confirm(stage, settlement, "merchant")
        assert Round.objects.get(pk=stage.round.pk).status == "completed"
        confirm(stage, settlement, "initiator")
        rnd = Round.objects.get(pk=stage.round.pk)
        assert (rnd.status, rnd.settled_at) == ("settled", later(stage, 2))
        assert len(events_of("round.settled", rnd.pk)) == 1
        commit()

    def test_the_same_yes_twice_is_one(self):
        stage, _order = over()
        settlement = settle(stage)
        for party in ("initiator", "merchant", "initiator"):
            assert confirm(stage, settlement, party) == settlement
        assert SettlementWord.objects.count() == 2
        assert len(events_of("round.settled", stage.round.pk)) == 1

    def test_a_stale_page_confirms_nothing(self):
        stage, order = over()
        settlement = draw(stage)
        seen = content(settlement)
        stage.accept(stage.ask(order), 3800)
        with pytest.raises(StatementChanged, match="补充单"):
            confirm(stage, settlement, "merchant", content_hash=seen)
        assert not SettlementWord.objects.exists()

    def test_a_supplement_needs_both_again(self):
        stage, order = over()
        settlement = draw(stage)
        confirm(stage, settlement, "merchant")
        stage.accept(stage.ask(order), 3800)
        confirm(stage, settlement, "initiator")
        assert Round.objects.get(pk=stage.round.pk).status == "completed"
        confirm(stage, settlement, "merchant")
        assert Round.objects.get(pk=stage.round.pk).status == "settled"

    def test_one_person_is_not_both_sides(self):
        stage, _order = over()
        owner(stage)
        settlement = draw(stage)
        confirm(stage, settlement, "initiator")
        with pytest.raises(OneForBoth, match="一个人"):
            confirm(stage, settlement, "merchant", user_id=stage.payee_id)
        with pytest.raises(OneForBoth, match="店主自己"):
            confirm(stage, settlement, "merchant", user_id=stage.payee_id, said_how="微信")

    def test_for_a_merchant_without_an_account_the_initiator_writes_it_down(self):
        stage, _order = over()
        settlement = draw(stage)
        confirm(stage, settlement, "initiator")
        mine = {"user_id": stage.payee_id}
        with pytest.raises(BadWord):
            confirm(stage, settlement, "merchant", said_how="长" * 301, **mine)
        confirm(stage, settlement, "merchant", said_how="微信里回「对」", **mine)
        assert Round.objects.get(pk=stage.round.pk).status == "settled"
        assert SettlementWord.objects.get(party="merchant").for_other

    def test_objecting_and_answering(self):
        stage, _order = over()
        settlement = draw(stage)
        fields: dict[str, Any] = {"settlement_id": settlement.pk}
        fields |= {"content_hash": content(settlement), "user_id": owner(stage).pk}
        with at(later(stage)):
            for text, kind in ((" ", BadWord), ("长" * 301, BadWord)):
                with pytest.raises(kind):
                    settlements.say(party="merchant", text=text, request_id=uuid4(), **fields)
            settlements.say(party="merchant", text="少算一箱", request_id=uuid4(), **fields)
            mine = fields | {"user_id": stage.payee_id}
            settlements.say(party="initiator", text="到货就是两箱", request_id=uuid4(), **mine)
        confirm(stage, settlement, "merchant")
        with at(later(stage)), pytest.raises(AlreadyConfirmed):
            settlements.say(party="merchant", text="还是不对", request_id=uuid4(), **fields)
        kinds = list(SettlementWord.objects.order_by("pk").values_list("kind", flat=True))
        assert kinds == ["objected", "replied", "confirmed"]

    def test_table_1_stays_as_it_was(self):
        stage, _order = over()
        before = list(MonthMerchant.objects.values())
        book = round_statement(stage.round)
        settlement = settle(stage)
        pay(stage, settlement, DUE)
        after = round_statement(stage.round)
        assert list(MonthMerchant.objects.values()) == before
        assert (after.sales_fen, after.returned_fen, after.commission_fen) == (
            book.sales_fen,
            book.returned_fen,
            book.commission_fen,
        )
        assert after.due_to_merchant_fen == book.due_to_merchant_fen == DUE


class TestSupplements:
    def test_a_return_after_the_settlement(self):
        stage, order = over()
        settlement = settle(stage)
        ret = stage.ask(order)
        stage.accept(ret, 3800)
        assert parts(settlement)[1:] == [(1, 0, 0, 3800, -190, -3610)]
        last = SettlementPart.objects.latest("number")
        code = f"{stage.round.remark_code(order.number)}-1"
        assert (last.cause, last.about, last.reason) == ("return", code, "")
        assert len(events_of("settlement.supplemented", settlement.pk)) == 1
        commit()
        check_books()

    def test_what_is_credited_while_the_shop_is_late_and_taken_back(self):
        stage, order = over()
        settlement = settle(stage)
        ret = stage.ask(order)
        with at(ret.requested_at + timedelta(hours=25)):
            answers.mark_if_due(return_id=ret.pk)
        with at(ret.requested_at + timedelta(hours=26)):
            returns.reject_return(
                return_id=ret.pk, actor_id=stage.initiator.pk, decision="没坏", request_id=uuid4()
            )
        assert [part[3] for part in parts(settlement)] == [0, 3800, -3800]
        commit()
        check_books()

    def test_what_is_taken_back_by_the_member(self):
        stage, order = over()
        settlement = settle(stage)
        ret = stage.ask(order)
        with at(ret.requested_at + timedelta(hours=25)):
            answers.mark_if_due(return_id=ret.pk)
            returns.withdraw_return(return_id=ret.pk, actor_id=stage.member.pk, request_id=uuid4())
        assert [part[3] for part in parts(settlement)] == [0, 3800, -3800]

    def test_replaced_goods_cost_commission_only(self):
        stage, order = over()
        settlement = settle(stage)
        stage.accept(stage.ask(order, wish="replace"), 3800, in_kind=True)
        assert parts(settlement)[1:] == [(1, 0, 0, 0, -190, 190)]
        commit()

    def test_telling_only_moves_nothing(self):
        stage, order = over()
        settlement = settle(stage)
        stage.accept(stage.ask(order, wish="tell"), 0)
        assert len(parts(settlement)) == 1

    def test_short_goods_between_drawing_up_and_settling(self):
        stage = make_stage()
        missed = stage.order(stage.neighbour)
        stage.collected()
        Round.objects.filter(pk=stage.round.pk).update(pickup_until=stage.pickup)
        with at(later(stage, 1)):
            nobody_came(stage)
        settlement = draw(stage)
        with at(later(stage, 2)):
            take_off(stage, missed.pk)
        assert parts(settlement)[1:] == [(1, 0, PRICE, 0, -COMMISSION, -DUE)]
        assert written(settlement.pk) == figures_now(stage.round)
        commit()

    def test_nobody_is_billed_otherwise_once_it_is_settled(self):
        stage, order = over()
        settle(stage)
        with at(later(stage)), pytest.raises(shortfalls.NotShortable, match="已结算"):
            take_off(stage, order.pk)


def nobody_came(stage: Stage) -> None:
    record_not_collected(round_id=stage.round.pk, actor_id=stage.initiator.pk)
    complete_round(round_id=stage.round.pk, actor_id=stage.initiator.pk)


def take_off(stage: Stage, order_id: int) -> None:
    line = stage.round.orders.get(pk=order_id).lines.get()
    shortfalls.record_missing(
        order_id=order_id, missing={line.offer_id: line.billed_quantity}, actor_id=stage.deputy.pk
    )


class TestMoney:
    def test_what_the_initiator_collected_goes_to_the_merchant_less_commission(self):
        stage, _order = over()
        settlement = settle(stage)
        assert outstanding(stage.round) == DUE
        pay(stage, settlement, 5000)
        pay(stage, settlement, DUE - 5000, party="merchant")
        assert outstanding(stage.round) == 0
        assert accounts_of(stage.round) == {"commission": -COMMISSION, "own": COMMISSION}
        commit()
        check_books()

    def test_where_members_paid_the_merchant_he_owes_the_commission(self):
        stage, _order = over(payee=Payee.MERCHANT)
        settlement = settle(stage)
        assert parts(settlement) == [(0, PRICE, 0, 0, COMMISSION, -COMMISSION)]
        assert outstanding(stage.round) == -COMMISSION
        pay(stage, settlement, COMMISSION)
        assert SettlementPayment.objects.get().amount_fen == -COMMISSION
        assert accounts_of(stage.round) == {"commission": -COMMISSION, "own": COMMISSION}
        check_books()

    def test_a_member_who_still_owes_is_the_payees_matter(self):
        """Unpaid to the initiator: she pays the merchant in full. Unpaid to the merchant: he owes
        the commission in full."""
        for payee, expected in ((Payee.INITIATOR, 2 * DUE), (Payee.MERCHANT, -2 * COMMISSION)):
            stage = make_stage()
            unpaid = stage.order(stage.neighbour)
            stage.arrive()
            stage.hand_over(unpaid)
            Round.objects.filter(pk=stage.round.pk).update(payee=payee)
            stage.round.refresh_from_db()
            with at(stage.start):
                paid = stage.round.orders.get()
            assert paid == unpaid
            complete(stage)
            settlement = settle(stage)
            assert parts(settlement)[0][5] * 2 == expected
            pay(stage, settlement, abs(expected) // 2)
            stage.receive(unpaid, PRICE, later(stage, 5))
            left = accounts_of(stage.round)
            assert left.pop("commission") == -left.pop("own")
            assert sum(left.values()) == 0
            assert left in ({}, {"merchant": -PRICE, "cash_merchant": PRICE})
            check_books()

    def test_mixed_cash_comes_out_of_the_postings(self):
        """Half paid to the one, then half to the other: whoever has it, the sum is the same."""
        for first, second in (("initiator", "merchant"), ("merchant", "initiator")):
            stage = make_stage()
            order = stage.collected()
            for payee in (first, second):
                Round.objects.filter(pk=stage.round.pk).update(payee=payee)
                stage.round.refresh_from_db()
                stage.receive(order, PRICE // 2, stage.pickup)
            complete(stage)
            settlement = settle(stage)
            # he has half of it; she has the other half, and her commission is in it
            assert parts(settlement)[0][5] == PRICE // 2 - COMMISSION
            pay(stage, settlement, PRICE // 2 - COMMISSION)
            assert accounts_of(stage.round) == {"commission": -COMMISSION, "own": COMMISSION}
            check_books()

    def test_a_return_after_everything_was_paid_flows_back(self):
        stage, order = over()
        settlement = settle(stage)
        pay(stage, settlement, DUE)
        stage.accept(stage.ask(order), 3800)
        assert outstanding(stage.round) == -3610
        pay(stage, settlement, 3610, party="merchant")
        assert outstanding(stage.round) == 0
        assert accounts_of(stage.round) == {
            "commission": -190,
            "own": 190,
            "cash_initiator": 3800,
            "member": -3800,
        }, "what the member is owed lies with the initiator"
        check_books()

    def test_refusals(self):
        stage, _order = over()
        settlement = draw(stage)
        with pytest.raises(NotSettled):
            pay(stage, settlement, 1)
        settlement = settle(stage)
        day = stage.group.local(later(stage)).date()
        for fen in (0, -1, DUE + 1):
            with pytest.raises(MoreThanOutstanding, match=r"72\.20"):
                pay(stage, settlement, fen)
        for fields in (
            {"note": "长" * 101},
            {"paid_on": day + timedelta(days=2)},
            {"paid_on": day - timedelta(days=400)},
        ):
            with pytest.raises(BadPayment):
                pay(stage, settlement, 1, **fields)
        pay(stage, settlement, DUE)
        with pytest.raises(MoreThanOutstanding, match="结清"):
            pay(stage, settlement, 1)

    def test_an_entry_is_taken_back_once_by_its_own_side(self):
        stage, _order = over()
        settlement = settle(stage)
        made = pay(stage, settlement, DUE)
        take = partial(settlement_payments.take_back, payment_id=made.pk)
        with at(later(stage, 5)):
            with pytest.raises(NotTheirs):
                take(party="merchant", user_id=owner(stage).pk, request_id=uuid4())
            key = uuid4()
            back = take(party="initiator", user_id=stage.payee_id, request_id=key)
            assert take(party="initiator", user_id=stage.payee_id, request_id=key) == back
            for payment in (made, back):
                with pytest.raises(AlreadyTakenBack):
                    settlement_payments.take_back(
                        payment_id=payment.pk,
                        party="initiator",
                        user_id=stage.payee_id,
                        request_id=uuid4(),
                    )
        assert outstanding(stage.round) == DUE
        commit()
        check_books()

    def test_a_form_sent_twice_pays_once(self):
        stage, _order = over()
        settlement = settle(stage)
        key = uuid4()
        assert pay(stage, settlement, 100, request_id=key) == pay(
            stage, settlement, 100, request_id=key
        )
        assert outstanding(stage.round) == DUE - 100


def test_what_waits_stays_in_the_list_however_old(monkeypatch):
    """Twin: nothing else of so long ago is in it."""
    monkeypatch.setattr(settlement_pages, "SHOWN", 0)  # as many newer ones as are shown
    stage, _order = over()

    def listed() -> list[str]:
        return [row.state for row in settlement_pages.listing(stage.group.pk).rows]

    settlement = draw(stage)
    assert listed() == ["drawn"]
    confirm(stage, settlement, "initiator")
    assert listed() == ["drawn"]
    confirm(stage, settlement, "merchant")
    assert listed() == ["unpaid"]
    pay(stage, settlement, DUE)
    assert listed() == []


def test_what_a_paid_shop_owes_stays_in_the_list_whatever_members_owe(monkeypatch):
    """The shop bears what members owe: here as much as the commission, so that his own accounts
    are even. Twin: paid, it is of long ago."""
    monkeypatch.setattr(settlement_pages, "SHOWN", 0)
    stage = make_stage()
    Round.objects.filter(pk=stage.round.pk).update(payee="merchant")
    stage.round.refresh_from_db()
    stage.receive(stage.collected(), PRICE - COMMISSION, stage.pickup)
    complete(stage)
    settlement = draw(stage)
    for party in ("initiator", "merchant"):
        confirm(stage, settlement, party)
    assert outstanding(stage.round) == -COMMISSION
    assert [row.state for row in settlement_pages.listing(stage.group.pk).rows] == ["unpaid"]
    pay(stage, settlement, COMMISSION)
    assert settlement_pages.listing(stage.group.pk).rows == ()


class TestDatabase:
    def test_a_round_is_not_settled_without_both(self):
        stage, _order = over()
        for confirmed in (False, True):
            if confirmed:
                confirm(stage, draw(stage), "initiator")
            rnd = Round.objects.get(pk=stage.round.pk)
            with pytest.raises(IntegrityError, match="both sides"), transaction.atomic():
                rnd.move_to("settled", at=later(stage))

    def test_twin_without_following_the_books_run_away(self, monkeypatch):
        stage, order = over()
        settle(stage)
        monkeypatch.setattr(settlements, "follow", lambda **_: None)
        stage.accept(stage.ask(order), 3800)
        with pytest.raises(IntegrityError, match="the books say"):
            commit()

    def test_a_settled_round_moves_no_further(self):
        stage, _order = over()
        settle(stage)
        for status in ("completed", "cancelled", "settled"):
            with pytest.raises(InvalidTransition):
                stage.round.move_to(status, at=later(stage))


@pytest.mark.django_db(transaction=True)
def test_guards_switched_off():
    """Each guard refuses a damage, which is done once the guard is away."""
    stage, order = over()
    settlement = settle(stage)
    made = pay(stage, settlement, 100)
    group, line = stage.group.pk, order.lines.get().pk
    fields = (group, settlement.pk, content(settlement), stage.payee_id)
    word = (
        "insert into orders_settlementword (group_id, settlement_id, content_hash, by_id, kind,"
        " party, at, text, for_other) values (%s, %s, %s, %s, 'confirmed', {}, now(), '', {})"
    )
    back = (
        "insert into orders_settlementpayment (group_id, settlement_id, number, amount_fen,"
        " paid_on, note, party, recorded_by_id, recorded_at, reverses_id)"
        " values (%s, %s, 9, %s, now(), '', 'initiator', %s, now(), %s)"
    )
    check_guards(
        Guard(
            "orders_settlement",
            "one_settlement_per_round",
            "insert into orders_settlement (group_id, round_id, year, sequence, payee,"
            " commission_bp, drawn_at, drawn_by_id) values (%s, %s, 2026, 99, 'initiator', 0,"
            " now(), %s)",
            (group, stage.round.pk, stage.initiator.pk),
        ),
        Guard(
            "orders_settlementword",
            "settlement_confirmed_once",
            word.format("'merchant'", "true"),
            fields,
            off="drop index settlement_confirmed_once",
        ),
        Guard(
            "orders_orderline",
            "line_settled",
            "update orders_orderline set billed_quantity = 0, collected_quantity = 0 where id = %s",
            (line,),
            off="drop trigger orders_line_settled on orders_orderline",
        ),
        Guard(
            "orders_settlementpayment",
            "settlement_payment_opposite",
            back,
            (group, settlement.pk, -99, stage.payee_id, made.pk),
            off="drop trigger orders_settlementpayment_opposite on orders_settlementpayment",
        ),
    )


# Races


def now_over() -> tuple[Stage, Settlement]:
    stage, _order = over()
    owner(stage)
    return stage, draw(stage)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def confirm_all(self, stage: Stage, settlement: Settlement) -> list[Any]:
        """Both sides, each twice, every tab with a form of its own."""
        seen, shop, hers = content(settlement), owner(stage).pk, stage.payee_id

        def yes(party: str, user_id: int) -> Callable[[], int]:
            return lambda: (
                settlements.confirm(
                    settlement_id=settlement.pk,
                    party=party,
                    user_id=user_id,
                    content_hash=seen,
                    request_id=uuid4(),
                ).pk
            )

        return together([yes("merchant", shop), yes("initiator", hers)] * 2)

    def test_a_round_settles_once(self):
        stage, settlement = now_over()
        assert self.confirm_all(stage, settlement) == [settlement.pk] * 4
        assert Round.objects.get(pk=stage.round.pk).status == "settled"
        assert SettlementWord.objects.count() == 2
        assert len(events_of("round.settled", stage.round.pk)) == 1
        assert Posting.objects.filter(source="settlement").count() == 2
        check_books()

    def test_twin_without_the_lock_both_confirm_and_nobody_settles(self, monkeypatch):
        """All have read what was said before any of them writes."""
        stage, settlement = now_over()
        read, add = Barrier(4, timeout=30), settlements._add

        def wait_then_add(*args: Any, **fields: Any) -> None:
            read.wait()
            add(*args, **fields)

        monkeypatch.setattr(RoundQuerySet, "lock", lambda self, pk: self.get(pk=pk))
        monkeypatch.setattr(settlements, "_add", wait_then_add)
        outcomes = self.confirm_all(stage, settlement)
        assert sum(isinstance(outcome, IntegrityError) for outcome in outcomes) == 2
        assert SettlementWord.objects.count() == 2
        assert Round.objects.get(pk=stage.round.pk).status == "completed"

    def test_drawn_up_twice_at_once_is_one(self):
        stages = [over()[0]]
        stages.append(over(make_stage(group=stages[0].group))[0])
        calls = [
            partial(
                settlements.draw_up,
                round_id=stage.round.pk,
                actor_id=stage.initiator.pk,
                request_id=uuid4(),
            )
            for stage in (*stages, *stages)
        ]
        with_clock = together(calls)
        assert {type(one) for one in with_clock} == {Settlement}
        assert sorted(Settlement.objects.values_list("sequence", flat=True)) == [1, 2]
        check_books()
