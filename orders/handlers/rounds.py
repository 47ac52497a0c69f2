"""A round opened, was extended, closed, confirmed, ended, arrived; its merchant is suspended."""

from __future__ import annotations

from django.urls import reverse

from groups.queries.notices import member_accounts, officer_accounts
from orders.handlers.shared import (
    of_round,
    orders_path,
    pickup,
    round_path,
    tell,
    tell_buyers,
    to_shop,
)
from orders.models import RoundStatus
from orders.models.rounds import EXTENSION_WINDOW
from orders.queries import notices as news
from orders.services import rounds
from tuangou.core.models import Event
from tuangou.core.notices import Letter, notify


def tell_opened(event: Event) -> None:
    """Whoever was in the group then, those who follow the shop in other words; who comes later
    finds the round on the front page."""
    found = news.round_news(event.subject_id)
    rnd, followers = found.round, set(found.follower_ids)
    context = of_round(rnd) | {
        "brand": rnd.merchant.brand,
        "goods": found.goods[:1],
        "kinds": len(found.goods),
        "cut_off_at": rnd.cut_off_at.isoformat(),
    }
    people = member_accounts(rnd.group_id, but=event.actor_id, by=event.happened_at)
    letters = [
        Letter(
            user_id,
            "orders.followed_opened" if user_id in followers else "orders.round_opened",
            round_path(rnd),
            context,
        )
        for user_id in sorted(people)
    ]
    tell(event, letters)


def tell_extended(event: Event) -> None:
    rnd = news.round_news(event.subject_id).round
    context = of_round(rnd) | {"cut_off_at": rnd.cut_off_at.isoformat()}
    tell_buyers(event, rnd, news.buyers_of(rnd), "orders.round_extended", context)


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
        context=of_round(rnd) | {"until": (rnd.closed_at + EXTENSION_WINDOW).isoformat()},
    )


def tell_confirmed(event: Event) -> None:
    """Who owes is told to pay and what to write beside it; who paid, that it works out; the
    merchant, what to bring where."""
    found = news.round_news(event.subject_id)
    rnd = found.round
    buyers, orders = news.buyers_owing(rnd)
    context = of_round(rnd)
    letters = [
        Letter(
            buyer.user_id,
            "orders.pay_now" if buyer.fen else "orders.round_confirmed",
            orders_path(rnd, buyer),
            context
            | {"fen": buyer.fen, "codes": [rnd.remark_code(n) for n in buyer.numbers]}
            | pickup(rnd),
        )
        for buyer in buyers
    ]
    for_shop = context | {"orders": orders} | pickup(rnd)
    letters += to_shop(found, "orders.shop_confirmed", for_shop)
    tell(event, letters)


def tell_ended(event: Event) -> None:
    """A round that failed or was cancelled: everyone whose order ended with it."""
    rnd = news.round_news(event.subject_id).round
    kind = f"orders.round_{rnd.status}"
    households = None if rnd.minimum_fen else rnd.minimum_households
    context = of_round(rnd) | {"reason": rnd.cancel_reason, "households": households}
    tell_buyers(event, rnd, news.buyers_ended(rnd, event.happened_at), kind, context)


def tell_arrived(event: Event) -> None:
    rnd = news.round_news(event.subject_id).round
    context = of_round(rnd) | pickup(rnd)
    letters = [
        Letter(
            buyer.user_id,
            "orders.round_arrived",
            orders_path(rnd, buyer),
            context | {"codes": [rnd.pickup_code(n) for n in buyer.numbers]},
        )
        for buyer in news.collectors_of(rnd)
    ]
    tell(event, letters)


def pause(event: Event) -> None:
    """`application.suspended`: no more orders in the merchant's open rounds (R7)."""
    rounds.pause_rounds(group_id=event.group_id or 0, merchant_id=event.data["merchant"])


def resume(event: Event) -> None:
    """`application.reinstated`: the paused rounds take orders again."""
    rounds.resume_rounds(group_id=event.group_id or 0, merchant_id=event.data["merchant"])
