"""Answers to news of rounds, orders, money and returns: who hears of it, and what follows.

Each handler takes at most three statements, however many people it tells, and does nothing when it
runs again: notices are unique per event and person, pausing looks at what holds now. Nobody is
told of what she did herself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from groups.queries.notices import masked_name_of, member_accounts, officer_accounts, slug_of
from orders.models import Payee, Round, RoundStatus
from orders.models.rounds import EXTENSION_WINDOW
from orders.queries import notices as news
from orders.services import rounds
from tuangou.core.models import Event
from tuangou.core.notices import Letter, notify, notify_each


def for_neighbour(event: Event) -> bool:
    """Somebody else acted on the order, and not its whole round."""
    return bool(event.data.get("for_neighbour"))


def not_for_return(event: Event) -> bool:
    """A repayment of its own; the one for a return is told by the return."""
    return not event.data.get("for_return")


def first_version(event: Event) -> bool:
    return bool(event.data["version"] == 1)


def tell_opened(event: Event) -> None:
    """Whoever was in the group then; who comes later finds the round on the front page."""
    found = news.round_news(event.subject_id)
    rnd = found.round
    notify(
        event,
        user_ids=member_accounts(rnd.group_id, but=event.actor_id, by=event.happened_at),
        kind="orders.round_opened",
        path=_round_path(rnd),
        context=_of_round(rnd)
        | {
            "brand": rnd.merchant.brand,
            "goods": found.goods[:1],
            "kinds": len(found.goods),
            "cut_off_at": rnd.cut_off_at.isoformat(),
        },
    )


def tell_extended(event: Event) -> None:
    rnd = news.round_news(event.subject_id).round
    context = _of_round(rnd) | {"cut_off_at": rnd.cut_off_at.isoformat()}
    _tell_buyers(event, rnd, news.buyers_of(rnd), "orders.round_extended", context)


def tell_closed_short(event: Event) -> None:
    """A round that waits below its minimum: its officers have two hours to extend it (O1)."""
    rnd = news.round_news(event.subject_id).round
    if rnd.status != RoundStatus.CLOSED or rnd.closed_at is None:
        return
    notify(
        event,
        user_ids=officer_accounts(rnd.group_id),
        kind="orders.round_short",
        path=reverse("orders:round-manage", args=[rnd.group.slug, rnd.pk]),
        context=_of_round(rnd) | {"until": (rnd.closed_at + EXTENSION_WINDOW).isoformat()},
    )


def tell_confirmed(event: Event) -> None:
    """Who owes is told to pay and what to write beside it; who paid, that it works out; the
    merchant, what to bring where."""
    found = news.round_news(event.subject_id)
    rnd = found.round
    buyers, orders = news.buyers_owing(rnd)
    context = _of_round(rnd)
    letters = [
        Letter(
            buyer.user_id,
            "orders.pay_now" if buyer.fen else "orders.round_confirmed",
            _orders_path(rnd, buyer),
            context
            | {"fen": buyer.fen, "codes": [rnd.remark_code(n) for n in buyer.numbers]}
            | _pickup(rnd),
        )
        for buyer in buyers
    ]
    for_shop = context | {"orders": orders} | _pickup(rnd)
    letters += _to_shop(found.staff_ids, rnd, "orders.shop_confirmed", for_shop)
    notify_each(event, letters)


def tell_ended(event: Event) -> None:
    """A round that failed or was cancelled: everyone whose order ended with it."""
    rnd = news.round_news(event.subject_id).round
    kind = f"orders.round_{rnd.status}"
    households = None if rnd.minimum_fen else rnd.minimum_households
    context = _of_round(rnd) | {"reason": rnd.cancel_reason, "households": households}
    _tell_buyers(event, rnd, news.buyers_ended(rnd, event.happened_at), kind, context)


def tell_arrived(event: Event) -> None:
    rnd = news.round_news(event.subject_id).round
    context = _of_round(rnd) | _pickup(rnd)
    letters = [
        Letter(
            buyer.user_id,
            "orders.round_arrived",
            _orders_path(rnd, buyer),
            context | {"codes": [rnd.pickup_code(n) for n in buyer.numbers]},
        )
        for buyer in news.collectors_of(rnd)
    ]
    notify_each(event, letters)


def tell_order(event: Event) -> None:
    """Somebody else placed, changed or cancelled an order, or recorded it as missed."""
    found = news.order_news(event.subject_id)
    if found.user_id is None or found.user_id == event.actor_id:
        return
    who = ""
    if event.kind != "order.missed":
        who = masked_name_of(found.order.group_id, event.actor_id)
    notify(
        event,
        user_ids=[found.user_id],
        kind=f"orders.{event.kind.replace('.', '_')}",
        path=reverse("orders:order", args=[found.slug, found.order.pk]),
        context=_of_round(found.order.round)
        | {"who": who, "goods": found.goods[:1], "kinds": len(found.goods), "fen": found.fen},
    )


def tell_payer(event: Event) -> None:
    """Money of an order was ticked as received, taken back, or given back."""
    found = news.payment_news(event.subject_id)
    if found.user_id is None or found.user_id == event.actor_id:
        return
    notify(
        event,
        user_ids=[found.user_id],
        kind=f"orders.{event.kind.replace('.', '_')}",
        path=reverse("orders:order", args=[found.slug, found.order_id]),
        context={
            "title": found.title,
            "code": found.code,
            "fen": found.amount_fen,
            "direction": found.direction,
        },
    )


def tell_return_requested(event: Event) -> None:
    """The initiator, who decides, and the merchant, whose goods they are."""
    found = news.return_news(event.subject_id)
    context = _of_return(found) | {"reason": found.ret.reason}
    letters = []
    if found.initiator_id not in (None, event.actor_id):
        path = reverse("orders:return", args=[found.slug, found.ret.pk])
        letters.append(Letter(found.initiator_id or 0, "orders.return_requested", path, context))
    staff = [user_id for user_id in found.staff_ids if user_id != event.actor_id]
    letters += _to_shop(staff, found.round, "orders.shop_return_requested", context)
    notify_each(event, letters)


def tell_return_decided(event: Event) -> None:
    found = news.return_news(event.subject_id)
    if found.asker_id is None or found.asker_id == event.actor_id:
        return
    notify(
        event,
        user_ids=[found.asker_id],
        kind=f"orders.{event.kind.replace('.', '_')}",
        path=reverse("orders:return", args=[found.slug, found.ret.pk]),
        context=_of_return(found)
        | {
            "fen": event.data.get("paid_fen", event.data.get("credited_fen", 0)),
            "decision": found.ret.decision,
        },
    )


def tell_summary(event: Event) -> None:
    """A month is published for the first time: everyone may look (O13)."""
    group_id = event.group_id or 0
    month = event.data["month"]
    notify(
        event,
        user_ids=member_accounts(group_id),
        kind="orders.summary_published",
        path=reverse("orders:summary-month", args=[slug_of(group_id), month]),
        context={"month": f"{month}-01"},
    )


def pause(event: Event) -> None:
    """`application.suspended`: no more orders in the merchant's open rounds (R7)."""
    rounds.pause_rounds(group_id=event.group_id or 0, merchant_id=event.data["merchant"])


def resume(event: Event) -> None:
    """`application.reinstated`: the paused rounds take orders again."""
    rounds.resume_rounds(group_id=event.group_id or 0, merchant_id=event.data["merchant"])


def _tell_buyers(
    event: Event,
    rnd: Round,
    buyers: Iterable[news.Buyer],
    kind: str,
    context: dict[str, Any],
) -> None:
    notify_each(
        event,
        [
            Letter(buyer.user_id, kind, _orders_path(rnd, buyer), context | {"fen": buyer.fen})
            for buyer in buyers
        ],
    )


def _to_shop(
    staff_ids: Iterable[int], rnd: Round, kind: str, context: dict[str, Any]
) -> list[Letter]:
    """Staff need not be members: their way is the round's money where it is theirs, else their
    page in the group."""
    path = (
        reverse("orders:payments", args=[rnd.group.slug, rnd.pk])
        if rnd.payee == Payee.MERCHANT
        else reverse("merchants:merchant", args=[rnd.group.slug, rnd.merchant_id])
    )
    return [Letter(user_id, kind, path, context) for user_id in staff_ids]


def _round_path(rnd: Round) -> str:
    return reverse("orders:round", args=[rnd.group.slug, rnd.pk])


def _orders_path(rnd: Round, buyer: news.Buyer) -> str:
    """Her order; where she has several in the round, her orders."""
    if len(buyer.order_ids) == 1:
        return reverse("orders:order", args=[rnd.group.slug, buyer.order_ids[0]])
    return reverse("orders:my-orders", args=[rnd.group.slug])


def _of_round(rnd: Round) -> dict[str, Any]:
    return {"title": rnd.title, "zone": rnd.group.time_zone}


def _pickup(rnd: Round) -> dict[str, Any]:
    return {
        "pickup_from": rnd.pickup_from.isoformat(),
        "pickup_until": rnd.pickup_until.isoformat(),
        "place": rnd.pickup_point.name,
    }


def _of_return(found: news.ReturnNews) -> dict[str, Any]:
    return {
        "title": found.round.title,
        "item": found.item,
        "quantity": f"{found.ret.quantity.normalize():f}",
        "unit": found.unit,
    }
