"""Rounds at and after the cut-off (O1, O3): closed, confirmed or failed, cancelled, completed.

What lies before is in openings.py; its services and forms' specs can be had from here too.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from groups.models import GroupStatus, Membership
from merchants.models import Application, ApplicationStatus
from orders.models import (
    CheckOff,
    DeliveryLine,
    Order,
    OrderLine,
    OrderStatus,
    Round,
    RoundStatus,
    Source,
    Why,
)
from orders.models.rounds import EXTENSION_WINDOW
from orders.services import ledger, purchases, summaries, waiting
from orders.services.changes import cancel_with_round, reprice
from orders.services.days import TooManyMerchantsThatDay
from orders.services.offers import (
    BadOffer,
    NoOffers,
    NotUnderStorePrice,
    OfferSpec,
    TierSpec,
    give_all_back,
    set_final_prices,
)
from orders.services.openings import (
    BadTimes,
    MerchantNotApproved,
    RoundSpec,
    draft_round,
    extend_round,
    open_round,
    update_draft,
    user_of,
)
from orders.services.stopped_bags import hold_if_stopped
from tuangou.core import clock, events, outgoing, rows
from tuangou.core.errors import DomainError, InvalidInput
from tuangou.core.models import Event

__all__ = [
    "BadOffer",
    "BadTimes",
    "MerchantNotApproved",
    "NoOffers",
    "NotAllHandedOut",
    "NotUnderStorePrice",
    "OfferSpec",
    "RoundSpec",
    "TierSpec",
    "TooManyMerchantsThatDay",
    "cancel_round",
    "close_if_due",
    "close_round",
    "complete_round",
    "draft_round",
    "due_rounds",
    "extend_round",
    "fail_round",
    "open_round",
    "pause_rounds",
    "resume_rounds",
    "update_draft",
]


class NotAllHandedOut(DomainError):
    code = "not_all_handed_out"
    rule = "O10"


@transaction.atomic
def close_round(*, round_id: int, actor_id: int) -> Round:
    """Close before the cut-off, by hand. Decides at once whether the round is confirmed (O1)."""
    rnd = Round.objects.lock(round_id)
    at = clock.now()
    _close(rnd, at=at, actor_id=actor_id)
    return rnd


def due_rounds() -> list[int]:
    """Ids of the rounds that close_if_due has something to do for, in living groups.

    A group that is being loaded plays its own time: the tick leaves it alone.
    """
    due = Round.objects.due_to_close(clock.now()).filter(group__status=GroupStatus.ACTIVE)
    return list(due.order_by("cut_off_at", "pk").values_list("pk", flat=True))


@transaction.atomic
def close_if_due(*, round_id: int) -> bool:
    """What the tick does at the cut-off: close and decide; later fail what was not extended.

    Safe to run any number of times; returns whether anything changed.
    """
    rnd = Round.objects.lock(round_id)
    at = clock.now()
    if rnd.status == RoundStatus.OPEN and rnd.cut_off_at <= at:
        _close(rnd, at=at, actor_id=None)
        return True
    if rnd.status == RoundStatus.CLOSED and _extension_is_over(rnd, at):
        _fail(rnd, at=at, actor_id=None)
        return True
    return False


@transaction.atomic
def fail_round(*, round_id: int, actor_id: int) -> Round:
    """The initiator gives up a closed round that missed its minimum; all orders end together."""
    rnd = Round.objects.lock(round_id)
    at = clock.now()
    _fail(rnd, at=at, actor_id=actor_id)
    return rnd


@transaction.atomic
def cancel_round(*, round_id: int, actor_id: int, reason: str, fault: str = "") -> Round:
    """Cancel from draft up to arrived (O1): every order ends, what was posted is posted back.

    `fault`: whose it was, of a round that had come about; the merchant's is remembered (R4).

    Where bags were already handed out the round cannot be cancelled as a whole; returns settle it.
    The summary is restated when the round counted. Raises NotAllHandedOut, InvalidTransition.
    """
    rnd = Round.objects.lock(round_id)
    orders = Order.objects.lock_of_round(rnd.pk)
    at = clock.now()
    if not reason.strip():
        raise InvalidInput(_("写明取消的原因，邻居都会看到。"), field="reason")
    if CheckOff.objects.filter(order__round_id=rnd.pk, undone_at__isnull=True).exists():
        raise NotAllHandedOut(_("已经有人取走货，不能整团取消。逐单走退货。"))
    counted = rnd.is_counted
    if fault and not counted:
        raise InvalidInput(_("成团以后取消，才写是谁的原因。"), field="fault")
    rnd.move_to(RoundStatus.CANCELLED, at=at, reason=reason.strip(), fault=fault)
    outgoing.cancel(group_id=rnd.group_id, kinds="round.", subject_id=rnd.pk)
    actor = rows.get(Membership, actor_id)
    _end_orders(rnd, orders, at=at, actor=actor, reason=reason.strip())
    if counted:
        _post_commission(rnd, Source.ROUND_CANCELLED, at=at)
        summaries.restate(rnd=rnd, at=at, reason=Why.CANCELLED.of(rnd.code))
    events.publish(
        "round.cancelled",
        group_id=rnd.group_id,
        subject_id=rnd.pk,
        actor_id=actor.user_id,
        at=at,
    )
    return rnd


@transaction.atomic
def complete_round(*, round_id: int, actor_id: int) -> Round:
    """All bags collected or recorded as missed: done (O1). Raises NotAllHandedOut.

    The rest of a bag holds the round open until the window is over; it may be fetched late. So do
    goods that wait to be shared out: nobody shares them out afterwards (O9).
    """
    rnd = Round.objects.lock(round_id)
    at = clock.now()
    unfinished = [OrderStatus.PLACED]
    if at < rnd.pickup_until:
        unfinished.append(OrderStatus.PARTLY_COLLECTED)
    waiting = Order.objects.filter(round_id=rnd.pk, status__in=unfinished).with_goods().count()
    if waiting:
        raise NotAllHandedOut(
            _("还有 %(n)s 单没取也没记录。先交货，或记成没取，再结团。") % {"n": waiting}
        )
    if DeliveryLine.objects.filter(delivery__round_id=rnd.pk, unshared__isnull=False).exists():
        raise NotAllHandedOut(_("帮手数的货还没分。先定好怎么分，再结团。"))
    rnd.move_to(RoundStatus.COMPLETED, at=at)
    events.publish(
        "round.completed",
        group_id=rnd.group_id,
        subject_id=rnd.pk,
        actor_id=user_of(actor_id),
        at=at,
    )
    return rnd


@transaction.atomic
def pause_rounds(*, group_id: int, merchant_id: int) -> list[int]:
    """No orders in the open rounds of a merchant that is suspended (R7); ids of those paused now.

    The database paused them with the suspension itself, so that no order slips in; this tells of
    it, and pauses what it has to.

    Their cut-offs hold. What counts is the merchant's standing under its lock, so that news that
    comes late or twice does no harm.
    """
    application = Application.objects.lock(group_id, merchant_id)
    if application.status != ApplicationStatus.SUSPENDED:
        return []
    open_rounds = Round.objects.filter(status=RoundStatus.OPEN)
    paused = []
    for rnd in _locked_of(open_rounds, group_id, merchant_id):
        if rnd.status == RoundStatus.OPEN and rnd.paused_at is None:
            _set_pause(rnd, on=True)
            paused.append(rnd.pk)
        elif rnd.status == RoundStatus.OPEN and not _pause_is_told(rnd):
            _tell_pause(rnd, "round.paused", rnd.paused_at or clock.now())
            paused.append(rnd.pk)
    return paused


@transaction.atomic
def resume_rounds(*, group_id: int, merchant_id: int) -> list[int]:
    """The suspension is over: whatever was paused takes orders again until its cut-off.

    Closed rounds too, which may be extended. Ids of those resumed now; safe as pause_rounds.
    """
    application = Application.objects.lock(group_id, merchant_id)
    if not application.may_open_rounds:
        return []
    paused_rounds = Round.objects.filter(paused_at__isnull=False)
    resumed = []
    for rnd in _locked_of(paused_rounds, group_id, merchant_id):
        if rnd.paused_at is not None:
            _set_pause(rnd, on=False)
            waiting.serve_again(rnd=rnd, at=clock.now())
            resumed.append(rnd.pk)
    return resumed


def _locked_of(rounds: QuerySet[Round], group_id: int, merchant_id: int) -> Iterator[Round]:
    """These rounds of a merchant, in id order, each locked and read again."""
    found = rounds.filter(group_id=group_id, merchant_id=merchant_id).order_by("pk")
    for round_id in list(found.values_list("pk", flat=True)):
        yield Round.objects.lock(round_id)


def _set_pause(rnd: Round, *, on: bool) -> None:
    at = clock.now()
    rnd.paused_at = at if on else None
    rnd.version += 1
    rnd.save(update_fields=["paused_at", "version"])
    _tell_pause(rnd, "round.paused" if on else "round.resumed", at)


def _pause_is_told(rnd: Round) -> bool:
    told = Event.objects.filter(group_id=rnd.group_id, kind="round.paused", subject_id=rnd.pk)
    return told.filter(happened_at__gte=rnd.paused_at).exists()


def _tell_pause(rnd: Round, kind: str, at: datetime) -> None:
    events.publish(
        kind,
        group_id=rnd.group_id,
        subject_id=rnd.pk,
        actor_id=None,
        at=at,
    )


def _close(rnd: Round, *, at: datetime, actor_id: int | None) -> None:
    rnd.move_to(RoundStatus.CLOSED, at=at)
    events.publish(
        "round.closed",
        group_id=rnd.group_id,
        subject_id=rnd.pk,
        actor_id=user_of(actor_id),
        at=at,
    )
    if _minimum_reached(rnd):
        _confirm(rnd, at=at)
    elif rnd.extended_at is not None or not Order.objects.live().filter(round=rnd).exists():
        _fail(rnd, at=at, actor_id=actor_id)


def _minimum_reached(rnd: Round) -> bool:
    """At least one order, and the minimum of households and of the amount where one is set."""
    live = Order.objects.live().filter(round_id=rnd.pk)
    households = live.values("household_id").distinct().count()
    if households < max(rnd.minimum_households or 1, 1):
        return False
    if rnd.minimum_fen is None:
        return True
    billed = OrderLine.objects.live().filter(order__round_id=rnd.pk).billed_by("order__round_id")
    return billed.get(rnd.pk, 0) >= rnd.minimum_fen


def _confirm(rnd: Round, *, at: datetime) -> None:
    """Tiers, purchase, commission, summary: in the transaction that confirms (O3, O11, O13)."""
    _apply_tiers(rnd, at=at)
    rnd.move_to(RoundStatus.CONFIRMED, at=at)
    hold_if_stopped(rnd=rnd, at=at)
    purchases.freeze(rnd=rnd, at=at)
    _post_commission(rnd, Source.ROUND_CONFIRMED, at=at)
    summaries.restate(rnd=rnd, at=at, reason=Why.CONFIRMED.of(rnd.code))
    events.publish(
        "round.confirmed", group_id=rnd.group_id, subject_id=rnd.pk, actor_id=None, at=at
    )
    waiting.tell_lapsed(rnd=rnd, at=at)


def _fail(rnd: Round, *, at: datetime, actor_id: int | None) -> None:
    actor = rows.get(Membership, actor_id) if actor_id else None
    orders = Order.objects.lock_of_round(rnd.pk)
    rnd.move_to(RoundStatus.FAILED, at=at)
    outgoing.cancel(group_id=rnd.group_id, kinds="round.", subject_id=rnd.pk)
    _end_orders(rnd, orders, at=at, actor=actor, reason=_("没到起团量"))
    events.publish(
        "round.failed",
        group_id=rnd.group_id,
        subject_id=rnd.pk,
        actor_id=actor.user_id if actor else None,
        at=at,
    )


def _end_orders(
    rnd: Round, orders: list[Order], *, at: datetime, actor: Membership | None, reason: str
) -> None:
    """All live orders of the round end together, in id order."""
    for order in orders:
        if order.status in (OrderStatus.PLACED, OrderStatus.NOT_COLLECTED):
            order.round = rnd
            if order.status == OrderStatus.NOT_COLLECTED:
                order.move_to(OrderStatus.PLACED, at=at)
            cancel_with_round(order=order, at=at, actor=actor, reason=reason)
    give_all_back(rnd.pk)
    waiting.end_with_round(rnd=rnd, at=at)


def _extension_is_over(rnd: Round, at: datetime) -> bool:
    return rnd.closed_at is not None and at >= rnd.closed_at + EXTENSION_WINDOW


def _apply_tiers(rnd: Round, *, at: datetime) -> None:
    """The reached tier of each offer holds for everyone, only ever downwards (O3)."""
    reached = set_final_prices(rnd.pk)
    by_order: dict[int, list[OrderLine]] = {}
    lines = OrderLine.objects.live().filter(order__round_id=rnd.pk, offer_id__in=reached)
    for line in lines.order_by("order_id", "offer_id"):
        line.final_unit_price_fen = reached[line.offer_id]
        by_order.setdefault(line.order_id, []).append(line)
    for order in Order.objects.lock_of_round(rnd.pk):
        if order.pk in by_order:
            reprice(lines=by_order[order.pk], order=order, at=at, merchant_id=rnd.merchant_id)


def _post_commission(rnd: Round, source: Source, *, at: datetime) -> None:
    delta = ledger.commission_delta(rnd)
    if delta:
        ledger.post(
            group_id=rnd.group_id,
            round_id=rnd.pk,
            order_id=None,
            source=source,
            source_id=rnd.pk,
            at=at,
            legs=ledger.commission_legs(rnd, delta),
        )
