"""Payments: members say they paid, the payee ticks what arrived, both can be taken back (O8)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from groups.models import Membership
from orders.models import (
    Account,
    Direction,
    Order,
    Payment,
    PaymentStatus,
    Return,
    ReturnStatus,
    Source,
)
from orders.services import ledger
from tuangou.core import clock, events, money, requests, rows
from tuangou.core.errors import DomainError, InvalidInput
from tuangou.core.models import Event

LARGEST_PAYMENT_FEN = 10**10 - 1


class BadAmount(InvalidInput):
    code = "bad_amount"
    rule = "O8"


class NothingOwed(DomainError):
    code = "nothing_owed"
    rule = "O8"


class AlreadyClaimed(DomainError):
    code = "already_claimed"
    rule = "O8"


class NoOpenClaim(DomainError):
    code = "no_open_claim"
    rule = "O8"


class NotReceived(DomainError):
    code = "not_received"
    rule = "O8"


class RefundedMore(DomainError):
    """Undoing this receipt would leave more paid back than was paid."""

    code = "refunded_more"
    rule = "O11"


class MoreThanCredit(DomainError):
    code = "more_than_credit"
    rule = "O11"


def claim_payment(
    *, order_id: int, actor_id: int, request_id: UUID, amount_fen: int | None = None
) -> Payment:
    """The member says she paid (说已付), by default all she owes. Never counted as received (O8).

    Raises NothingOwed, AlreadyClaimed (at most one open claim per order), BadAmount, Conflict.
    """
    actor = rows.get(Membership, actor_id)
    return requests.once(
        group_id=actor.group_id,
        user_id=actor.user_id,
        key=request_id,
        act="payment.claim",
        body={"order": order_id, "amount_fen": amount_fen},
        work=lambda: _claim(order_id, actor, amount_fen, request_id),
        replay=lambda: _answered(order_id, "payment.claimed", request_id),
    )


@transaction.atomic
def withdraw_claim(*, order_id: int, actor_id: int) -> Payment:
    """Take back "说已付" while it is open. Raises NoOpenClaim."""
    actor = rows.get(Membership, actor_id)
    _lock(order_id)
    at = clock.now()
    claim = Payment.objects.open_claim(order_id)
    if claim is None:
        raise NoOpenClaim(_("没有等核对的「说已付」，不用收回。"))
    claim.move_to(PaymentStatus.WITHDRAWN, at=at)
    _publish("payment.withdrawn", claim, actor.user_id, at)
    return claim


def receive_payment(*, order_id: int, user_id: int, amount_fen: int, request_id: UUID) -> Payment:
    """The payee ticks money as received, in fen (O8): an open claim becomes this receipt.

    Less or more than owed is allowed and shows as 部分付 or 多付. Raises BadAmount, Conflict.
    """
    return requests.once(
        group_id=_group_of(order_id),
        user_id=user_id,
        key=request_id,
        act="payment.receive",
        body={"order": order_id, "amount_fen": amount_fen},
        work=lambda: _receive(order_id, user_id, amount_fen, request_id),
        replay=lambda: _answered(order_id, "payment.received", request_id),
    )


def undo_payment(*, payment_id: int, user_id: int, request_id: UUID) -> Payment:
    """Take back a receipt or a repayment by posting its reverse (O8); nothing is deleted.

    A return that the repayment settled is accepted and not yet refunded again (O11).
    Raises NotReceived, RefundedMore (what was paid back must stay within what was paid).
    """
    payment = Payment.objects.get(pk=payment_id)
    return requests.once(
        group_id=payment.group_id,
        user_id=user_id,
        key=request_id,
        act="payment.undo",
        body={"payment": payment_id},
        work=lambda: _undo(payment_id, payment.order_id, user_id, request_id),
        replay=lambda: Payment.objects.get(pk=payment_id),
    )


def pay_back(*, order_id: int, user_id: int, amount_fen: int, request_id: UUID) -> Payment:
    """Record that the payee gave money back, at most the member's credit on this order (O11).

    Raises BadAmount, MoreThanCredit, Conflict.
    """
    return requests.once(
        group_id=_group_of(order_id),
        user_id=user_id,
        key=request_id,
        act="payment.pay_back",
        body={"order": order_id, "amount_fen": amount_fen},
        work=lambda: _pay_back(order_id, user_id, amount_fen, request_id),
        replay=lambda: _answered(order_id, "payment.paid_back", request_id),
    )


def pay_out(
    *,
    order: Order,
    user_id: int,
    amount_fen: int,
    at: datetime,
    request_id: UUID,
    for_return: bool = False,
) -> Payment:
    """Write one repayment. The caller holds the order's lock and has checked the credit.

    `for_return`: the return tells of it, so that the member hears it once.
    """
    payment = Payment.objects.create(
        group_id=order.group_id,
        round_id=order.round_id,
        order=order,
        direction=Direction.OUT,
        amount_fen=amount_fen,
        status=PaymentStatus.RECEIVED,
        received_at=at,
        received_by_id=user_id,
    )
    _count(order, refunded_fen=amount_fen)
    _book(order, payment, Source.PAYMENT, amount_fen, at)
    _publish(
        "payment.paid_back",
        payment,
        user_id,
        at,
        request=str(request_id),
        for_return=for_return,
    )
    return payment


def _claim(order_id: int, actor: Membership, amount_fen: int | None, request_id: UUID) -> Payment:
    order = _lock(order_id)
    at = clock.now()
    claim = Payment.objects.open_claim(order_id)
    if claim is not None:
        raise AlreadyClaimed(
            _("已经说过付了 ¥%(amount)s，等收款人核对。金额不对就先收回。")
            % {"amount": money.yuan(claim.amount_fen)}
        )
    owed = ledger.balance_of_order(order.pk)
    if owed <= 0:
        raise NothingOwed(_("这一单没有要付的钱，不用转账。"))
    claim = Payment.objects.create(
        group_id=order.group_id,
        round_id=order.round_id,
        order=order,
        amount_fen=owed if amount_fen is None else _checked(amount_fen),
        status=PaymentStatus.CLAIMED,
        claimed_at=at,
        claimed_by=actor,
    )
    _publish("payment.claimed", claim, actor.user_id, at, request=str(request_id))
    return claim


def _receive(order_id: int, user_id: int, amount_fen: int, request_id: UUID) -> Payment:
    _checked(amount_fen)
    order = _lock(order_id)
    at = clock.now()
    payment = Payment.objects.open_claim(order_id)
    if payment is None:
        payment = Payment.objects.create(
            group_id=order.group_id,
            round_id=order.round_id,
            order=order,
            amount_fen=amount_fen,
            status=PaymentStatus.RECEIVED,
            received_at=at,
            received_by_id=user_id,
        )
    else:
        if payment.amount_fen != amount_fen:
            payment.amount_fen = amount_fen
            payment.save(update_fields=["amount_fen"])
        payment.move_to(PaymentStatus.RECEIVED, at=at, by_id=user_id)
    _count(order, received_fen=amount_fen)
    _book(order, payment, Source.PAYMENT, -amount_fen, at)
    _publish("payment.received", payment, user_id, at, request=str(request_id))
    return payment


def receive_in_hand(
    *, order_id: int, user_id: int, amount_fen: int | None, request_id: UUID
) -> Payment | None:
    """Money that changed hands with the bag, within the hand-over, which holds the order's lock.

    Without an amount: what is owed by now, if anything. Raises BadAmount.
    """
    amount = max(0, ledger.balance_of_order(order_id)) if amount_fen is None else amount_fen
    return _receive(order_id, user_id, amount, request_id) if amount else None


def _undo(payment_id: int, order_id: int, user_id: int, request_id: UUID) -> Payment:
    order = _lock(order_id)
    payment = Payment.objects.lock(payment_id)
    at = clock.now()
    if payment.status != PaymentStatus.RECEIVED:
        raise NotReceived(
            _("这笔钱现在是「%(status)s」，没有可撤销的。刷新页面看看最新状态。")
            % {"status": payment.get_status_display()}
        )
    if payment.direction == Direction.IN:
        left = order.received_fen - payment.amount_fen
        if left < order.refunded_fen:
            raise RefundedMore(
                _("这一单已经退过 ¥%(refunded)s，撤销后只剩 ¥%(left)s。先撤销退款，再撤销收款。")
                % {"refunded": money.yuan(order.refunded_fen), "left": money.yuan(left)}
            )
        _count(order, received_fen=-payment.amount_fen)
        owes_more = payment.amount_fen
    else:
        _count(order, refunded_fen=-payment.amount_fen)
        owes_more = -payment.amount_fen
    payment.move_to(PaymentStatus.UNDONE, at=at, by_id=user_id)
    _book(order, payment, Source.PAYMENT_UNDO, owes_more, at)
    _reopen_return(payment, user_id, at)
    _publish("payment.undone", payment, user_id, at, request=str(request_id))
    return payment


def _reopen_return(payment: Payment, user_id: int, at: datetime) -> None:
    """The money did not go back after all: what it settled waits to be refunded again."""
    if payment.direction != Direction.OUT:
        return
    ret = Return.objects.lock_repaid_by(payment.pk)
    if ret is None:
        return
    ret.move_to(ReturnStatus.ACCEPTED, at=at)
    events.publish(
        "return.reopened",
        group_id=ret.group_id,
        subject_id=ret.pk,
        actor_id=user_id,
        at=at,
        round=ret.round_id,
        order=ret.order_id,
        payment=payment.pk,
    )


def _pay_back(order_id: int, user_id: int, amount_fen: int, request_id: UUID) -> Payment:
    _checked(amount_fen)
    order = _lock(order_id)
    at = clock.now()
    credit = max(0, -ledger.balance_of_order(order.pk))
    if amount_fen > credit:
        raise MoreThanCredit(
            _("这一单最多退 ¥%(credit)s：退的钱不能超过多付的。") % {"credit": money.yuan(credit)},
            field="amount",
        )
    return pay_out(
        order=order, user_id=user_id, amount_fen=amount_fen, at=at, request_id=request_id
    )


def _count(order: Order, *, received_fen: int = 0, refunded_fen: int = 0) -> None:
    """Add to what the order received and gave back; the CHECK holds refunded <= received (O11)."""
    Order.objects.count_money(order.pk, received_fen=received_fen, refunded_fen=refunded_fen)
    order.received_fen += received_fen
    order.refunded_fen += refunded_fen


def _book(order: Order, payment: Payment, source: Source, owes_more: int, at: datetime) -> None:
    """The member owes so much more (negative: less), the payee's cash the opposite."""
    ledger.post(
        group_id=order.group_id,
        round_id=order.round_id,
        order_id=order.pk,
        source=source,
        source_id=payment.pk,
        at=at,
        legs={
            (Account.MEMBER, order.member_id): owes_more,
            ledger.cash_account(order.round): -owes_more,
        },
    )


def _publish(
    kind: str, payment: Payment, user_id: int | None, at: datetime, **data: str | int
) -> None:
    events.publish(
        kind,
        group_id=payment.group_id,
        subject_id=payment.pk,
        actor_id=user_id,
        at=at,
        order=payment.order_id,
        round=payment.round_id,
        amount_fen=payment.amount_fen,
        direction=payment.direction,
        **data,
    )


def _answered(order_id: int, kind: str, request_id: UUID) -> Payment:
    """The payment that this request made: its event carries the request."""
    payments = Payment.objects.filter(order_id=order_id)
    made = Event.objects.filter(
        group_id=_group_of(order_id),
        kind=kind,
        subject_id__in=payments.values("pk"),
        data__request=str(request_id),
    )
    return payments.get(pk__in=made.values("subject_id"))


def _lock(order_id: int) -> Order:
    """The order, held, with its round, which says whose cash is meant."""
    return Order.objects.lock(order_id, "round")


def _group_of(order_id: int) -> int:
    return rows.get(Order, order_id).group_id


def _checked(amount_fen: int) -> int:
    if not 0 < amount_fen <= LARGEST_PAYMENT_FEN:
        raise BadAmount(_("金额要大于 0，写成 38 或 38.50 这样。"), field="amount")
    return amount_fen
