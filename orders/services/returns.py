"""Returns: asked for by the member, decided by the initiator with a reason, refunded (O11)."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.core.files.base import ContentFile
from django.db.models import Max
from django.utils.translation import gettext as _

from groups.models import Membership
from orders.models import (
    Account,
    Cause,
    Order,
    OrderLine,
    Return,
    ReturnPhoto,
    ReturnStatus,
    Round,
    Source,
    Why,
    Wish,
)
from orders.services import answers, incidents, ledger, payments, settlements, summaries
from orders.services.return_rules import (
    RETURNABLE,
    AlreadyAsked,
    BadReturn,
    NotOpen,
    NotReturnable,
    ReasonMissing,
    check_form,
    check_quantity,
    check_reason,
    check_window,
    granted,
    lock_open,
    lock_order,
    publish,
    return_code,
)
from tuangou.core import clock, requests, rows
from tuangou.core.models import Event

LONGEST_DECISION = 300
# What was not given back in money: the goods came again, or come next time.
IN_KIND = (Wish.REPLACE, Wish.MAKE_UP)


def request_return(
    *,
    line_id: int,
    actor_id: int,
    quantity: Decimal,
    reason: str,
    wish: str,
    text: str,
    photos: Sequence[bytes] = (),
    request_id: UUID,
) -> Return:
    """Ask to give back part of a line (O11), in the group's return window after the hand-over.

    `quantity` goes up to what was received and not given back; `photos` are re-encoded pictures.
    Raises NotReturnable, WindowClosed, MoreThanReceived, AlreadyAsked, BadReturn, Conflict.
    """
    actor = rows.get(Membership, actor_id)
    digests = [hashlib.sha256(photo).hexdigest() for photo in photos]
    return requests.once(
        group_id=actor.group_id,
        user_id=actor.user_id,
        key=request_id,
        act="return.request",
        body={
            "line": line_id,
            "quantity": f"{quantity.normalize():f}",
            "reason": reason,
            "wish": wish,
            "text": text,
            "photos": digests,
        },
        work=lambda: _request(
            line_id,
            actor,
            Return(quantity=quantity, reason=reason, wish=wish, text=text),
            photos,
            request_id,
        ),
        replay=lambda: _answered(actor.group_id, line_id, request_id),
    )


def withdraw_return(*, return_id: int, actor_id: int, request_id: UUID) -> Return:
    """Take an undecided request back. Raises NotOpen."""
    actor = rows.get(Membership, actor_id)
    return requests.once(
        group_id=actor.group_id,
        user_id=actor.user_id,
        key=request_id,
        act="return.withdraw",
        body={"return": return_id},
        work=lambda: _withdraw(return_id, actor),
        replay=lambda: Return.objects.get(pk=return_id),
    )


def accept_return(
    *,
    return_id: int,
    actor_id: int,
    decision: str,
    request_id: UUID,
    accepted_fen: int | None = None,
    percent: int | None = None,
    in_kind: bool | None = None,
) -> Return:
    """Accept a return for so many fen, or whole percent of what its quantity was billed: at most
    all of it; tell-only 0 (O11).

    The amount counts for the return rate and for the commission. It is credited to the member,
    unless the goods are replaced or made up (`in_kind`, by default as she wished); what she was
    credited provisionally is taken back in the same transaction. Less than everything needs a
    reason. Raises NotOpen, MoreThanBilled, ReasonMissing, Conflict.
    """
    actor = rows.get(Membership, actor_id)
    return requests.once(
        group_id=actor.group_id,
        user_id=actor.user_id,
        key=request_id,
        act="return.accept",
        body={
            "return": return_id,
            "accepted_fen": accepted_fen,
            "percent": percent,
            "decision": decision,
            "in_kind": in_kind,
        },
        work=lambda: _accept(return_id, actor, (accepted_fen, percent), decision, in_kind),
        replay=lambda: Return.objects.get(pk=return_id),
    )


def reject_return(*, return_id: int, actor_id: int, decision: str, request_id: UUID) -> Return:
    """Say no, with a reason that both sides see (O11). Raises NotOpen, ReasonMissing."""
    actor = rows.get(Membership, actor_id)
    return requests.once(
        group_id=actor.group_id,
        user_id=actor.user_id,
        key=request_id,
        act="return.reject",
        body={"return": return_id, "decision": decision},
        work=lambda: _reject(return_id, actor, decision),
        replay=lambda: Return.objects.get(pk=return_id),
    )


def refund_return(*, return_id: int, user_id: int, request_id: UUID) -> Return:
    """Record an accepted return as refunded: the payee gave back what the member is in credit.

    Pays min(accepted, credit): nothing when the order was not paid, so refunds stay within what
    was paid (O11). Raises NotOpen.
    """
    group_id = Return.objects.values_list("group_id", flat=True).get(pk=return_id)
    return requests.once(
        group_id=group_id,
        user_id=user_id,
        key=request_id,
        act="return.refund",
        body={"return": return_id},
        work=lambda: _refund(return_id, user_id, request_id),
        replay=lambda: Return.objects.get(pk=return_id),
    )


def _request(
    line_id: int, actor: Membership, ret: Return, photos: Sequence[bytes], request_id: UUID
) -> Return:
    check_form(ret, photos)
    rnd, order = lock_order(OrderLine.objects.values_list("order_id", flat=True).get(pk=line_id))
    line = OrderLine.objects.select_related("offer").get(pk=line_id)
    at = clock.now()
    check_window(rnd, order, actor, ret.reason, at)
    check_quantity(line, ret.quantity)
    if Return.objects.filter(line_id=line_id, status=ReturnStatus.REQUESTED).exists():
        raise AlreadyAsked(_("这样货已经申请过，等团长决定。要改就先撤回。"))
    last = Return.objects.filter(order_id=order.pk).aggregate(number=Max("number"))["number"]
    ret.group_id = order.group_id
    ret.round, ret.order, ret.line = rnd, order, line
    ret.number = (last or 0) + 1
    ret.requested_by, ret.requested_at = actor, at
    ret.save(force_insert=True)
    publish(
        "return.requested",
        ret,
        actor.user_id,
        at,
        quantity=f"{ret.quantity.normalize():f}",
        reason=ret.reason,
        wish=ret.wish,
        request=str(request_id),
    )
    incidents.ask_same_batch(rnd=rnd, ret=ret, user_id=actor.user_id, at=at)
    _keep_photos(ret, photos)
    return ret


def _keep_photos(ret: Return, photos: Sequence[bytes]) -> None:
    """Store pictures under random names; the last step, so that little can orphan a file."""
    kept: list[ReturnPhoto] = []
    try:
        for position, photo in enumerate(photos, start=1):
            row = ReturnPhoto(
                group_id=ret.group_id,
                ret=ret,
                position=position,
                sha256=hashlib.sha256(photo).hexdigest(),
            )
            row.file.save(f"{secrets.token_hex(16)}.webp", ContentFile(photo), save=False)
            kept.append(row)
        ReturnPhoto.objects.bulk_create(kept)
    except Exception:
        for row in kept:
            row.file.delete(save=False)
        raise


def _withdraw(return_id: int, actor: Membership) -> Return:
    rnd, order, ret, at = lock_open(return_id)
    taken = answers.end_credit(rnd=rnd, ret=ret, at=at)
    ret.move_to(ReturnStatus.WITHDRAWN, at=at)
    if taken:
        _follow(rnd, order, ret, at)
    publish("return.withdrawn", ret, actor.user_id, at, taken_back_fen=taken)
    return ret


def _accept(
    return_id: int,
    actor: Membership,
    asked: tuple[int | None, int | None],
    decision: str,
    in_kind: bool | None,
) -> Return:
    rnd, order, ret, at = lock_open(return_id)
    if rnd.status not in RETURNABLE:
        raise NotReturnable(
            _("这个团现在是「%(status)s」，不能再同意退货。") % {"status": rnd.get_status_display()}
        )
    line = OrderLine.objects.get(pk=ret.line_id)
    accepted_fen = granted(ret, line, *asked)
    check_reason(ret, line, accepted_fen, decision)
    ret.accepted_fen, ret.decision = accepted_fen, _trimmed(decision)
    taken = answers.end_credit(rnd=rnd, ret=ret, at=at)
    ret.move_to(ReturnStatus.ACCEPTED, at=at, by=actor)
    line.returned_quantity += ret.quantity
    line.save(update_fields=["returned_quantity"])
    credited = 0 if (ret.wish in IN_KIND if in_kind is None else in_kind) else accepted_fen
    ledger.post(
        group_id=rnd.group_id,
        round_id=rnd.pk,
        order_id=order.pk,
        source=Source.RETURN_DECISION,
        source_id=ret.pk,
        at=at,
        legs=_merged(
            {
                (Account.MEMBER, order.member_id): -credited,
                (Account.MERCHANT, rnd.merchant_id): credited,
            },
            ledger.commission_legs(rnd, ledger.commission_delta(rnd)),
        ),
    )
    summaries.restate(rnd=rnd, at=at, reason=_reason(rnd, order, ret))
    _follow(rnd, order, ret, at)
    publish(
        "return.accepted",
        ret,
        actor.user_id,
        at,
        accepted_fen=accepted_fen,
        credited_fen=credited,
        taken_back_fen=taken,
    )
    return ret


def _reject(return_id: int, actor: Membership, decision: str) -> Return:
    if not decision.strip():
        raise ReasonMissing(_("写明理由，双方都会看到。"), field="decision")
    rnd, order, ret, at = lock_open(return_id)
    ret.decision = _trimmed(decision)
    taken = answers.end_credit(rnd=rnd, ret=ret, at=at)
    ret.move_to(ReturnStatus.REJECTED, at=at, by=actor)
    if taken:
        _follow(rnd, order, ret, at)
    publish("return.rejected", ret, actor.user_id, at, taken_back_fen=taken)
    return ret


def _refund(return_id: int, user_id: int, request_id: UUID) -> Return:
    order_id = Return.objects.values_list("order_id", flat=True).get(pk=return_id)
    order = Order.objects.lock(order_id, "round")
    ret = Return.objects.lock(return_id)
    at = clock.now()
    if ret.status != ReturnStatus.ACCEPTED:
        raise NotOpen(
            _("这次退货现在是「%(status)s」，同意之后才能退款，也只退一次。")
            % {"status": ret.get_status_display()}
        )
    credit = max(0, -ledger.balance_of_order(order.pk))
    paid = min(ret.accepted_fen or 0, credit)
    if paid:
        ret.repayment = payments.pay_out(
            order=order,
            user_id=user_id,
            amount_fen=paid,
            at=at,
            request_id=request_id,
            for_return=True,
        )
    ret.move_to(ReturnStatus.REFUNDED, at=at)
    publish("return.refunded", ret, user_id, at, paid_fen=paid)
    return ret


def _merged(
    one: Mapping[tuple[Account, int], int], other: Mapping[tuple[Account, int], int]
) -> dict[tuple[Account, int], int]:
    """One leg per account and holder: an act books each of them once."""
    return {key: one.get(key, 0) + other.get(key, 0) for key in {**one, **other}}


def _trimmed(decision: str) -> str:
    text = decision.strip()
    if len(text) > LONGEST_DECISION:
        raise BadReturn(_("理由最多 300 个字，删短一点。"), field="decision")
    return text


def _follow(rnd: Round, order: Order, ret: Return, at: datetime) -> None:
    code = return_code(rnd, order, ret)
    settlements.follow(rnd=rnd, at=at, cause=Cause.RETURN, about=code)


def _reason(rnd: Round, order: Order, ret: Return) -> str:
    """Why a month's figures changed."""
    return Why.RETURN.of(return_code(rnd, order, ret))


def _answered(group_id: int, line_id: int, request_id: UUID) -> Return:
    """The return that this request made: its event carries the request."""
    returns = Return.objects.filter(line_id=line_id)
    made = Event.objects.filter(
        group_id=group_id,
        kind="return.requested",
        subject_id__in=returns.values("pk"),
        data__request=str(request_id),
    )
    return returns.get(pk__in=made.values("subject_id"))
