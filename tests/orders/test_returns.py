"""Returns from the request to the money back (O11)."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError
from hypothesis import HealthCheck, given
from hypothesis import settings as budget
from hypothesis import strategies as st

from orders.models import MonthItem, Order, OrderLine, Payment, Posting, Return, ReturnPhoto
from orders.models.returns import window_hours
from orders.queries.payments import PaymentState, money_of_order
from orders.queries.returns import (
    most_accepted,
    return_view,
    returns_of_order,
    returns_page,
)
from orders.services import payments, return_rules, returns
from orders.services.check_offs import undo_check_off
from orders.services.ledger import balance_of_order
from orders.services.return_rules import (
    AlreadyAsked,
    BadReturn,
    MoreThanBilled,
    MoreThanReceived,
    NotOpen,
    NotReturnable,
    ReasonMissing,
    WindowClosed,
)
from tests.factories import make_group, make_round
from tests.orders.settling import complete, settle
from tests.orders.stages import Stage, accounts_of, at, filled, line_of, make_stage
from tests.orders.support import check_books
from tuangou.core.errors import DomainError
from tuangou.core.models import Event

pytestmark = pytest.mark.django_db

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def stage() -> Stage:
    return make_stage()


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def request(stage: Stage, order: Order, **fields: Any) -> Return:
    with at(stage.pickup + timedelta(hours=1)):
        return returns.request_return(
            **filled(
                {
                    "line_id": line_of(order).pk,
                    "actor_id": stage.member.pk,
                    "quantity": Decimal(1),
                    "reason": "damaged",
                    "wish": "refund",
                    "text": "压坏了",
                    "photos": (),
                    "request_id": uuid4(),
                },
                fields,
            )
        )


def reject(stage: Stage, ret: Return, decision: str = "看过照片，没问题", **fields: Any) -> Return:
    with at(stage.pickup + timedelta(hours=2)):
        return returns.reject_return(
            **filled(
                {
                    "return_id": ret.pk,
                    "actor_id": stage.initiator.pk,
                    "decision": decision,
                    "request_id": uuid4(),
                },
                fields,
            )
        )


def withdraw(stage: Stage, ret: Return, **fields: Any) -> Return:
    with at(stage.pickup + timedelta(hours=2)):
        return returns.withdraw_return(
            **filled(
                {"return_id": ret.pk, "actor_id": stage.member.pk, "request_id": uuid4()}, fields
            )
        )


def refund(stage: Stage, ret: Return, **fields: Any) -> Return:
    with at(stage.pickup + timedelta(hours=3)):
        return returns.refund_return(
            **filled(
                {
                    "return_id": ret.pk,
                    "user_id": stage.payee_id,
                    "request_id": uuid4(),
                },
                fields,
            )
        )


class TestRequest:
    def test_keeps_what_was_asked(self, stage):
        order = stage.collected(quantity=2)
        ret = request(stage, order, quantity=Decimal("1.5"))
        ret.refresh_from_db()
        assert (ret.status, ret.number, ret.quantity) == ("requested", 1, Decimal("1.5"))
        assert (ret.round_id, ret.order_id) == (stage.round.pk, order.pk)
        assert ret.requested_by == stage.member
        event = Event.objects.get(kind="return.requested")
        assert (event.subject_id, event.data["quantity"]) == (ret.pk, "1.5")

    def test_photos_under_random_names(self, stage, media):
        ret = request(stage, stage.collected(), photos=(b"one", b"two"))
        photos = list(ReturnPhoto.objects.filter(ret=ret).order_by("position"))
        assert [photo.sha256 for photo in photos] == [
            hashlib.sha256(content).hexdigest() for content in (b"one", b"two")
        ]
        assert [(media / str(photo.file.name)).read_bytes() for photo in photos] == [b"one", b"two"]
        names = {Path(str(photo.file.name)).stem for photo in photos}
        assert len(names) == 2
        assert all(len(name) == 32 for name in names)

    def test_files_go_when_their_rows_cannot_stay(self, stage, media, monkeypatch):
        order = stage.collected()

        def fail(*_: object, **__: object) -> None:
            raise DatabaseError("gone")

        monkeypatch.setattr(ReturnPhoto.objects.__class__, "bulk_create", fail)
        with pytest.raises(DatabaseError):
            request(stage, order, photos=(b"one",))
        assert not [path for path in media.rglob("*") if path.is_file()]

    def test_not_before_it_was_fetched(self, stage):
        order = stage.order()
        stage.arrive()
        with pytest.raises(NotReturnable):
            request(stage, order)

    def test_not_after_the_hand_over_was_undone(self, stage):
        order = stage.collected()
        with at(stage.pickup):
            undo_check_off(
                check_off_id=order.check_offs.get().pk,
                actor_id=stage.initiator.pk,
                request_id=uuid4(),
            )
        with pytest.raises(NotReturnable):
            request(stage, order)

    def test_not_in_a_round_that_is_still_on_its_way(self, stage):
        order = stage.order()
        stage.confirm()
        with pytest.raises(NotReturnable, match="已成团"):
            request(stage, order)

    @pytest.mark.parametrize(
        ("late", "refused"), [(timedelta(0), False), (timedelta(seconds=1), True)]
    )
    def test_the_window_counts_from_the_hand_over(self, stage, late, refused):
        order = stage.collected()
        when = stage.pickup + timedelta(hours=stage.group.return_window_hours) + late
        if refused:
            with pytest.raises(WindowClosed, match="48"):
                stage.ask(order, when=when, reason="damaged")
        else:
            assert stage.ask(order, when=when, reason="damaged").status == "requested"

    @pytest.mark.parametrize("reason", ["not_fresh", "wrong"])
    @pytest.mark.parametrize(
        ("late", "refused"), [(timedelta(0), False), (timedelta(seconds=1), True)]
    )
    def test_what_nobody_sees_at_pick_up_may_be_said_for_a_week(self, stage, reason, late, refused):
        order = stage.collected()
        when = stage.pickup + timedelta(days=7) + late
        if refused:
            with pytest.raises(WindowClosed, match="168"):
                stage.ask(order, when=when, reason=reason)
        else:
            assert stage.ask(order, when=when, reason=reason).status == "requested"

    @pytest.mark.parametrize("reason", ["short", "damaged", "other"])
    def test_what_shows_at_once_may_not_and_the_refusal_says_what_may(self, stage, reason):
        order = stage.collected()
        with pytest.raises(WindowClosed, match="不新鲜、不对板 7 天内") as refused:
            stage.ask(order, when=stage.pickup + timedelta(hours=49), reason=reason)
        assert refused.value.field == "reason"

    def test_a_group_s_longer_window_holds_for_everything(self):
        stage = make_stage(group=make_group(return_window_hours=300))
        order = stage.collected()
        when = stage.pickup + timedelta(hours=300)
        assert stage.ask(order, when=when, reason="not_fresh").status == "requested"

    @pytest.mark.parametrize(
        ("handed", "until"),
        [
            # 31 January, handed over in the evening: the last second is on 3 February
            (datetime(2026, 1, 31, 18, tzinfo=SHANGHAI), datetime(2026, 2, 3, 18, tzinfo=SHANGHAI)),
            (datetime(2028, 2, 28, 18, tzinfo=SHANGHAI), datetime(2028, 3, 2, 18, tzinfo=SHANGHAI)),
            (datetime(2026, 2, 26, 18, tzinfo=SHANGHAI), datetime(2026, 3, 1, 18, tzinfo=SHANGHAI)),
        ],
    )
    def test_the_group_says_how_long_hidden_faults_may_be_said_over_month_ends(self, handed, until):
        group = make_group(hidden_fault_days=3)
        assert window_hours("not_fresh", group) == 72
        assert window_hours("damaged", group) == 48
        opened = handed - timedelta(days=1, hours=20, minutes=20)
        stage = make_stage(opened.astimezone(UTC), group=group)
        assert stage.pickup == handed
        order = stage.collected()
        with pytest.raises(WindowClosed, match="72 小时"):
            stage.ask(order, when=until + timedelta(seconds=1), reason="wrong")
        assert stage.ask(order, when=until, reason="wrong").status == "requested"

    def test_twin_without_the_rule_a_spoilt_bag_is_too_late(self, stage, monkeypatch):
        monkeypatch.setattr(
            return_rules, "window_hours", lambda _reason, group: group.return_window_hours
        )
        with pytest.raises(WindowClosed):
            stage.ask(stage.collected(), when=stage.pickup + timedelta(hours=49))

    def test_not_more_than_was_received(self, stage):
        order = stage.collected(quantity=2)
        with pytest.raises(MoreThanReceived, match="2斤"):
            request(stage, order, quantity=Decimal("2.5"))

    def test_not_more_than_is_left(self, stage):
        order = stage.collected(quantity=2)
        stage.accept(request(stage, order, quantity=Decimal("1.5")), 0)
        with pytest.raises(MoreThanReceived, match=r"0\.5斤"):
            request(stage, order, quantity=Decimal(1))
        assert request(stage, order, quantity=Decimal("0.5")).number == 2

    def test_one_open_request_per_line(self, stage):
        order = stage.collected()
        request(stage, order)
        with pytest.raises(AlreadyAsked):
            request(stage, order)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("quantity", Decimal(0)),
            ("quantity", Decimal("-1")),
            ("quantity", Decimal("0.0001")),
            ("quantity", Decimal("NaN")),
            ("reason", "bored"),
            ("wish", "a pony"),
            ("photos", (b"1", b"2", b"3", b"4", b"5")),
        ],
    )
    def test_what_cannot_be_read(self, stage, field, value):
        order = stage.collected()
        with pytest.raises(BadReturn) as refused:
            request(stage, order, **{field: value})
        assert refused.value.field == field
        assert not Return.objects.exists()

    def test_four_photos_are_fine(self, stage):
        ret = request(stage, stage.collected(), photos=(b"1", b"2", b"3", b"4"))
        assert ret.photos.count() == 4

    def test_sent_twice_is_one(self, stage):
        order, key = stage.collected(), uuid4()
        first, second = (request(stage, order, request_id=key, photos=(b"one",)) for _ in range(2))
        assert first == second
        assert ReturnPhoto.objects.count() == 1

    def test_the_answer_to_a_repeat_is_its_own_return(self, stage):
        order, key = stage.collected(quantity=2), uuid4()
        first = request(stage, order, request_id=key)
        reject(stage, first)
        request(stage, order)
        assert request(stage, order, request_id=key) == first


class TestWithdraw:
    def test_leaves_no_amount_and_room_for_another(self, stage):
        order = stage.collected()
        ret = withdraw(stage, request(stage, order))
        assert (ret.status, ret.accepted_fen) == ("withdrawn", None)
        assert request(stage, order).number == 2

    def test_only_while_undecided(self, stage):
        ret = stage.accept(request(stage, stage.collected()), 0)
        with pytest.raises(NotOpen, match="同意退"):
            withdraw(stage, ret)

    def test_sent_twice_is_one(self, stage):
        ret, key = request(stage, stage.collected()), uuid4()
        withdraw(stage, ret, request_id=key)
        withdraw(stage, ret, request_id=key)
        assert Event.objects.filter(kind="return.withdrawn").count() == 1


class TestAccept:
    def test_credits_the_member_and_moves_the_commission(self, stage):
        order = stage.collected(quantity=2)  # 7600 fen, commission 380
        ret = stage.accept(request(stage, order), 3800)
        line = line_of(order)
        assert (ret.status, ret.accepted_fen, ret.decided_by) == (
            "accepted",
            3800,
            stage.initiator,
        )
        assert line.returned_quantity == Decimal(1)
        legs = Posting.objects.filter(source="return_decision", source_id=ret.pk)
        assert dict(legs.values_list("account", "amount_fen")) == {
            "member": -3800,
            "merchant": 3800 - 190,
            "commission": 190,
        }
        assert accounts_of(stage.round) == {
            "member": 3800,
            "merchant": -3800 + 190,
            "commission": -190,
        }

    def test_is_what_the_summary_counts(self, stage):
        order = stage.collected(quantity=2)
        stage.accept(request(stage, order), 3000)
        counted = Return.objects.counted().filter(round=stage.round)
        assert [ret.accepted_fen for ret in counted] == [3000]
        assert [item.returned_fen for item in MonthItem.objects.all()] == [3000]

    @pytest.mark.parametrize("fen", [-1, 3801, 7600])
    def test_at_most_what_the_quantity_was_billed(self, stage, fen):
        ret = request(stage, stage.collected(quantity=2), quantity=Decimal(1))
        with pytest.raises(MoreThanBilled, match=r"38\.00"):
            stage.accept(ret, fen)
        ret.refresh_from_db()
        assert ret.status == "requested"

    def test_at_the_price_of_the_reached_tier(self):
        stage = make_stage(tiers={2: 3500})
        ret = request(stage, stage.collected(quantity=2), quantity=Decimal(2))
        with pytest.raises(MoreThanBilled, match=r"70\.00"):
            stage.accept(ret, 7001)
        assert stage.accept(ret, 7000).accepted_fen == 7000

    def test_telling_is_nothing_in_money(self, stage):
        ret = request(stage, stage.collected(), wish="tell")
        with pytest.raises(MoreThanBilled, match="反馈"):
            stage.accept(ret, 1)
        stage.accept(ret, 0)
        assert not Posting.objects.filter(source="return_decision").exists()

    @pytest.mark.parametrize("wish", ["replace", "make_up"])
    def test_goods_in_kind_count_but_credit_nobody(self, stage, wish):
        order = stage.collected(quantity=2)
        stage.receive(order, 7600)
        ret = stage.accept(request(stage, order, wish=wish), 3800)
        assert ret.accepted_fen == 3800
        assert money_of_order(order.pk).state == PaymentState.PAID
        legs = Posting.objects.filter(source="return_decision", source_id=ret.pk)
        assert dict(legs.values_list("account", "amount_fen")) == {
            "merchant": -190,
            "commission": 190,
        }
        assert return_view(ret.pk).in_kind

    def test_a_wish_for_goods_may_be_met_with_money(self, stage):
        order = stage.collected(quantity=2)
        stage.accept(request(stage, order, wish="replace"), 3800, in_kind=False)
        assert balance_of_order(order.pk) == 3800

    def test_only_while_undecided(self, stage):
        ret = stage.accept(request(stage, stage.collected()), 100)
        with pytest.raises(NotOpen):
            stage.accept(ret, 100)
        assert Posting.objects.filter(source="return_decision", account="member").count() == 1

    def test_less_than_everything_needs_a_reason(self, stage):
        ret = request(stage, stage.collected())
        with at(stage.pickup + timedelta(hours=2)), pytest.raises(ReasonMissing) as refused:
            returns.accept_return(
                return_id=ret.pk,
                actor_id=stage.initiator.pk,
                accepted_fen=3799,
                decision=" ",
                request_id=uuid4(),
            )
        assert refused.value.field == "decision"

    def test_not_with_an_endless_reason(self, stage):
        ret = request(stage, stage.collected())
        with at(stage.pickup + timedelta(hours=2)), pytest.raises(BadReturn):
            returns.accept_return(
                return_id=ret.pk,
                actor_id=stage.initiator.pk,
                accepted_fen=0,
                decision="长" * 301,
                request_id=uuid4(),
            )

    def test_sent_twice_is_one(self, stage):
        ret, key = request(stage, stage.collected()), uuid4()
        with at(stage.pickup + timedelta(hours=2)):
            for _ in range(2):
                returns.accept_return(
                    return_id=ret.pk,
                    actor_id=stage.initiator.pk,
                    accepted_fen=100,
                    decision="退一点",
                    request_id=key,
                )
        assert Posting.objects.filter(source="return_decision", account="member").count() == 1

    def test_also_once_the_round_is_settled(self, stage):
        """The merchant reads it in a supplement: test_settlements.py."""
        ret = request(stage, stage.collected())
        complete(stage)
        settle(stage)
        assert stage.accept(ret, 100).status == "accepted"


@budget(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    price=st.integers(1, 4300),
    halves=st.integers(2, 9),
    parts=st.lists(st.integers(1, 4), min_size=1, max_size=4),
)
def test_returns_of_a_line_never_add_up_to_more_than_the_line(price, halves, parts):
    """Each part at its most, whatever the rounding of each."""
    stage = make_stage(price_fen=price)
    order = stage.collected(quantity=str(Decimal(halves) / 2))
    line = line_of(order)
    given_back, granted = Decimal(0), 0
    for part in parts:
        quantity = min(Decimal(part) / 2, line.collected_quantity - given_back)
        if not quantity:
            break
        ret = request(stage, order, quantity=quantity)
        most = most_accepted(line_of(order), quantity)
        stage.accept(ret, most)
        given_back, granted = given_back + quantity, granted + most
        assert granted <= line.billed_fen
    if given_back == line.collected_quantity:
        assert 0 <= line.billed_fen - granted <= len(parts)
    assert OrderLine.objects.get(pk=line.pk).returned_quantity == given_back


class TestReject:
    def test_with_a_reason_both_see(self, stage):
        ret = reject(stage, request(stage, stage.collected()))
        assert (ret.status, ret.decision, ret.accepted_fen) == (
            "rejected",
            "看过照片，没问题",
            None,
        )

    def test_not_without_a_reason(self, stage):
        ret = request(stage, stage.collected())
        with pytest.raises(ReasonMissing) as refused:
            reject(stage, ret, "  ")
        assert refused.value.field == "decision"

    def test_only_while_undecided(self, stage):
        ret = withdraw(stage, request(stage, stage.collected()))
        with pytest.raises(NotOpen):
            reject(stage, ret)

    def test_sent_twice_is_one(self, stage):
        ret, key = request(stage, stage.collected()), uuid4()
        assert reject(stage, ret, request_id=key) == reject(stage, ret, request_id=key)


class TestRefund:
    def test_gives_back_what_was_accepted(self, stage):
        order = stage.collected(quantity=2)
        stage.receive(order, 7600)
        ret = refund(stage, stage.accept(request(stage, order), 3800))
        order.refresh_from_db()
        assert (ret.status, order.refunded_fen) == ("refunded", 3800)
        assert ret.refunded_at == stage.pickup + timedelta(hours=3)
        book = money_of_order(order.pk)
        assert (book.returned_fen, book.refunded_fen, book.state) == (3800, 3800, "paid")
        assert Event.objects.get(kind="return.refunded").data["paid_fen"] == 3800

    def test_only_what_was_paid(self, stage):
        order = stage.collected(quantity=2)
        stage.receive(order, 5000)
        refund(stage, stage.accept(request(stage, order), 3800))
        order.refresh_from_db()
        assert order.refunded_fen == 1200
        assert balance_of_order(order.pk) == 0

    def test_nothing_of_what_was_never_paid(self, stage):
        order = stage.collected(quantity=2)
        ret = refund(stage, stage.accept(request(stage, order), 3800))
        order.refresh_from_db()
        assert (ret.status, order.refunded_fen) == ("refunded", 0)
        assert not order.payments.exists()

    def test_only_what_was_accepted_and_only_once(self, stage):
        order = stage.collected(quantity=2)
        stage.receive(order, 7600)
        ret = request(stage, order)
        with pytest.raises(NotOpen):
            refund(stage, ret)
        refund(stage, stage.accept(ret, 3800))
        with pytest.raises(NotOpen, match="已退款"):
            refund(stage, ret)

    def test_sent_twice_is_one(self, stage):
        order = stage.collected(quantity=2)
        stage.receive(order, 7600)
        ret, key = stage.accept(request(stage, order), 3800), uuid4()
        refund(stage, ret, request_id=key)
        refund(stage, ret, request_id=key)
        assert order.payments.filter(direction="out").count() == 1


class TestPages:
    def test_undecided_first_then_the_newest(self, stage):
        orders = [stage.order(quantity=2) for _ in range(3)]
        stage.arrive()
        asked = []
        for order in orders:
            stage.hand_over(order)
            asked.append(request(stage, order))
        reject(stage, asked[2])
        page = returns_page(stage.group.pk)
        assert [row.id for row in page.rows] == [asked[1].pk, asked[0].pk, asked[2].pk]
        assert page.counts == {"requested": 2, "rejected": 1}
        assert (page.page, page.pages) == (1, 1)
        only = returns_page(stage.group.pk, status="rejected", page=7)
        assert [row.id for row in only.rows] == [asked[2].pk]

    def test_of_one_round_only(self, stage):
        request(stage, stage.collected())
        with at(stage.start):
            other = make_round(stage.group)
        assert len(returns_page(stage.group.pk, round_id=stage.round.pk).rows) == 1
        assert not returns_page(stage.group.pk, round_id=other.pk).rows

    def test_row(self, stage):
        order = stage.collected(quantity=2)
        request(stage, order, photos=(b"one", b"two"))
        (row,) = returns_of_order(order.pk)
        assert row.code == f"{stage.round.remark_code(1)}-1"
        assert (row.door, row.nickname, row.quantity, row.unit) == (
            order.door,
            "张三",
            Decimal(1),
            "斤",
        )
        assert (row.reason, row.wish, row.status_label) == ("坏了", "退款", "等团长决定")
        assert (row.photos, row.is_open) == (2, True)

    def test_timeline(self, stage):
        order = stage.collected(quantity=2)
        stage.receive(order, 7600)
        ret = request(stage, order, photos=(b"one",))
        assert return_view(ret.pk).most_fen == 3800
        refund(stage, stage.accept(ret, 3000))
        view = return_view(ret.pk)
        assert [(step.kind, step.who, step.fen) for step in view.steps] == [
            ("return.requested", "张三", None),
            ("return.accepted", "子怡", 3000),
            ("return.refunded", "子怡", 3000),
        ]
        assert [step.text for step in view.steps] == ["压坏了", "退一部分", ""]
        assert view.photo_ids == tuple(ret.photos.values_list("pk", flat=True))
        assert not view.in_kind

    def test_timeline_of_what_was_withdrawn_and_rejected(self, stage):
        order = stage.collected(quantity=2)
        ret = withdraw(stage, request(stage, order))
        assert [step.label for step in return_view(ret.pk).steps] == ["申请退货", "撤回申请"]
        ret = reject(stage, request(stage, order))
        assert return_view(ret.pk).steps[-1].text == "看过照片，没问题"

    @pytest.mark.parametrize("orders", [1, 3])
    def test_two_statements_whatever_the_length(self, stage, orders, django_assert_num_queries):
        placed = [stage.order() for _ in range(orders)]
        stage.arrive()
        for order in placed:
            stage.hand_over(order)
            request(stage, order)
        with django_assert_num_queries(2):
            assert len(returns_page(stage.group.pk).rows) == orders


def test_refusals_leave_nothing_behind(stage):
    order = stage.collected()
    before = Event.objects.count(), Posting.objects.count()
    with pytest.raises(DomainError):
        request(stage, order, quantity=Decimal(9))
    assert (Event.objects.count(), Posting.objects.count()) == before


class TestRepaymentUndone:
    """The money did not go back after all: the return waits to be refunded again."""

    @pytest.fixture
    def settled(self, stage: Stage) -> tuple[Return, Payment]:
        order = stage.collected(quantity=2)
        stage.receive(order, 7600, stage.pickup)
        ret = refund(stage, stage.accept(stage.ask(order), 1000))
        return ret, Payment.objects.get(direction="out")

    def undo(self, stage: Stage, payment: Payment) -> None:
        with at(stage.pickup + timedelta(hours=4)):
            payments.undo_payment(payment_id=payment.pk, user_id=stage.payee_id, request_id=uuid4())

    def test_the_return_opens_again_and_can_be_refunded_once_more(self, stage, settled):
        ret, payment = settled
        assert ret.repayment_id == payment.pk
        books = accounts_of(stage.round)
        self.undo(stage, payment)
        ret.refresh_from_db()
        assert (ret.status, ret.repayment_id, ret.refunded_at) == ("accepted", None, None)
        assert ret.accepted_fen == 1000
        assert money_of_order(ret.order_id).credit_fen == 1000
        event = Event.objects.get(kind="return.reopened")
        assert (event.subject_id, event.data["payment"]) == (ret.pk, payment.pk)
        again = refund(stage, ret)
        assert again.status == "refunded"
        assert again.repayment_id != payment.pk
        assert accounts_of(stage.round) == books
        check_books()

    def test_a_repayment_of_its_own_opens_no_return(self, stage, settled):
        ret, _payment = settled
        stage.receive(ret.order, 500, stage.pickup)
        with at(stage.pickup + timedelta(hours=3)):
            own = payments.pay_back(
                order_id=ret.order_id,
                user_id=stage.payee_id,
                amount_fen=500,
                request_id=uuid4(),
            )
        self.undo(stage, own)
        ret.refresh_from_db()
        assert ret.status == "refunded"
        assert not Event.objects.filter(kind="return.reopened").exists()

    def test_twin_without_it_the_page_says_refunded_while_the_money_is_still_here(
        self, stage, settled, monkeypatch
    ):
        ret, payment = settled
        monkeypatch.setattr(payments, "_reopen_return", lambda *_: None)
        self.undo(stage, payment)
        ret.refresh_from_db()
        assert ret.status == "refunded"
        assert money_of_order(ret.order_id).credit_fen == 1000
