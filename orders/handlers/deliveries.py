"""Goods announced, short, stopped, let go: who hears of it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from groups.queries.notices import officer_accounts
from orders.handlers.shared import of_round, orders_path, pickup, tell, to_shop
from orders.models import HoldKind, ShortfallKind
from orders.queries import delivery_news as goods
from orders.queries import notices as news
from orders.queries import short_notices as shortages
from tuangou.core.models import Event
from tuangou.core.notices import Letter, notify, notify_each, tell_chat

WORDS = {
    ShortfallKind.LEFT.value: "orders.leftover_returned",
    ShortfallKind.LATER.value: "orders.order_later",
}


def not_held(event: Event) -> bool:
    """What arrived may be fetched at once; else it is told when it is let go."""
    return not event.data.get("held")


def was_short(event: Event) -> bool:
    return bool(event.data.get("short"))


def failed(event: Event) -> bool:
    """Stopped by an inspection that somebody did, not by waiting for one; or by a complaint."""
    inspected = event.data["hold_kind"] == HoldKind.INSPECTION and event.actor_id is not None
    return inspected or event.data["hold_kind"] == HoldKind.COMPLAINT


def lets_go(event: Event) -> bool:
    """The goods may be fetched now; not so where the next stop follows or they are withdrawn."""
    return bool(event.data["lets_go"])


def tell_announced(event: Event) -> None:
    """The initiator and everybody who ordered: when the goods come, and whether that is late."""
    found = goods.announced_news(event.subject_id)
    rnd, notice = found.round, found.notice
    kind = "orders.delivery_late" if event.data["late"] else "orders.delivery_announced"
    context = of_round(rnd) | {
        "arrives_from": notice.arrives_from.isoformat(),
        "arrives_until": notice.arrives_until.isoformat(),
    }
    letters = [
        Letter(buyer.user_id, kind, orders_path(rnd, buyer), context)
        for buyer in news.buyers_of(rnd)
        if buyer.user_id != event.actor_id
    ]
    if found.initiator_id not in (None, event.actor_id):
        path = reverse("orders:delivery", args=[rnd.group.slug, rnd.pk])
        letters.insert(0, Letter(found.initiator_id or 0, kind, path, context))
    tell(event, letters)


def tell_said_short(event: Event) -> None:
    """The officers: what the merchant says will be missing, or that it comes after all."""
    found = shortages.said_short_news(event.subject_id, event.data["number"])
    rnd = found.round
    notify(
        event,
        user_ids=[user_id for user_id in found.officer_ids if user_id != event.actor_id],
        kind="orders.said_short",
        path=reverse("orders:delivery", args=[rnd.group.slug, rnd.pk]),
        context=of_round(rnd) | {"goods": found.goods[:1], "kinds": len(found.goods)},
    )


def tell_short(event: Event) -> None:
    """What of her order did not come, and what is credited; what came after all; what she did not
    fetch and went back."""
    found = goods.short_news(event.subject_id, event.data["shortfall"])
    fen = event.data["credited_fen"]
    kind = "orders.order_short" if fen >= 0 else "orders.order_recounted"
    notify(
        event,
        user_ids=found.user_ids,
        kind=WORDS.get(event.data.get("cause", ""), kind),
        path=reverse("orders:order", args=[found.slug, found.order.pk]),
        context=of_round(found.order.round)
        | {
            "goods": found.goods[:1],
            "kinds": len(found.goods),
            "fen": abs(fen),
            "held": found.held,
        },
    )


def to_share(event: Event) -> bool:
    """A helper counted too little: somebody in office has to say who gets how much."""
    return bool(event.data.get("unshared"))


def tell_to_share(event: Event) -> None:
    """The officers: what waits for them, and where; the page stays when it is shared out."""
    rnd, who = goods.to_share_news(event.subject_id, event.data.get("helper"))
    notify(
        event,
        user_ids=officer_accounts(rnd.group_id),
        kind="orders.to_share",
        path=reverse("orders:delivery", args=[rnd.group.slug, rnd.pk]),
        context=of_round(rnd) | {"who": who},
    )


def tell_said_missing(event: Event) -> None:
    """The officers: in which bag a helper did not find what, and where to take it off."""
    data = event.data
    found = goods.missing_news(event.subject_id, data["helper"], data["lines"])
    rnd, code = found.order.round, found.order.round.pickup_code(found.order.number)
    notify(
        event,
        user_ids=officer_accounts(rnd.group_id),
        kind="orders.said_missing",
        path=f"{reverse('orders:desk', args=[rnd.group.slug, rnd.pk])}?{urlencode({'q': code})}",
        context=of_round(rnd)
        | {"code": code, "who": found.who, "goods": found.goods[:1], "kinds": len(found.goods)},
    )


def tell_shared_out(event: Event) -> None:
    """The group's chat: what is short after all. Who lacks something is told by her order."""
    tell_chat(event)


def tell_shop_short(event: Event) -> None:
    """The merchant: what was missing or damaged."""
    found = news.round_news(event.subject_id)
    short = goods.short_goods(event.subject_id)
    context = of_round(found.round) | {"goods": short[:1], "kinds": len(short)}
    notify_each(event, to_shop(found, "orders.shop_short", context))


def tell_held(event: Event) -> None:
    """Buyers of what did not pass, or may be unsafe, and the merchant."""
    found = goods.hold_news(event.subject_id)
    rnd = found.round
    context = of_round(rnd) | {"item": found.item, "reason": found.hold.reason}
    if found.hold.failed_note:
        context["failed"] = found.hold.failed_note
    if found.hold.kind == HoldKind.COMPLAINT:
        context["complained"] = True
    letters = [
        Letter(buyer.user_id, "orders.goods_held", orders_path(rnd, buyer), context)
        for buyer in goods.waiting_for(found.hold)
    ]
    tell(event, [*letters, *to_shop(found, "orders.shop_goods_held", context)])


def tell_released(event: Event) -> None:
    """The goods can be fetched now: the code, where and when."""
    found = goods.hold_news(event.subject_id)
    rnd = found.round
    context: dict[str, Any] = of_round(rnd) | pickup(rnd) | {"item": found.item}
    kind = "orders.goods_released" if found.item else "orders.round_arrived"
    tell(
        event,
        [
            Letter(
                buyer.user_id,
                kind,
                orders_path(rnd, buyer),
                context | {"codes": [rnd.pickup_code(n) for n in buyer.numbers]},
            )
            for buyer in goods.waiting_for(found.hold)
        ],
    )
