"""Time passed: the last call, money still owed, bags not fetched, how it was the day after.

The scan (orders.services.reminders) finds that it is time; whom it concerns is read here.
"""

from __future__ import annotations

from django.urls import reverse

from orders.handlers.shared import of_round, orders_path, pickup, round_path, tell
from orders.models import RoundStatus
from orders.queries import notices as news
from orders.queries import reminders
from tuangou.core.models import Event
from tuangou.core.notices import Letter, notify


def tell_last_call(event: Event) -> None:
    """Who ordered from this merchant before and not this time."""
    found = news.round_news(event.subject_id)
    rnd = found.round
    if rnd.status != RoundStatus.OPEN:
        return
    notify(
        event,
        user_ids=reminders.regulars_without_order(rnd),
        kind="orders.last_call",
        path=round_path(rnd),
        context=of_round(rnd) | {"brand": rnd.merchant.brand, "until": rnd.cut_off_at.isoformat()},
    )


def tell_payment_due(event: Event) -> None:
    """Who still owes twelve hours after the cut-off and did not say that she paid."""
    rnd = news.round_news(event.subject_id).round
    buyers, _orders = news.buyers_owing(rnd)
    letters = [
        Letter(
            buyer.user_id,
            "orders.payment_due",
            orders_path(rnd, buyer),
            of_round(rnd)
            | {"fen": buyer.fen, "codes": [rnd.remark_code(n) for n in buyer.numbers]},
        )
        for buyer in buyers
        if buyer.fen
    ]
    tell(event, letters)


def tell_not_collected(event: Event) -> None:
    """Whose bag still stands there."""
    rnd = news.round_news(event.subject_id).round
    if rnd.status != RoundStatus.ARRIVED:
        return
    letters = [
        Letter(
            buyer.user_id,
            "orders.not_collected",
            orders_path(rnd, buyer),
            of_round(rnd) | pickup(rnd) | {"codes": [rnd.pickup_code(n) for n in buyer.numbers]},
        )
        for buyer in reminders.collectors_waited_for(rnd)
    ]
    tell(event, letters)


def tell_asked_after(event: Event) -> None:
    """Who fetched yesterday: how was it? On the page that rates she also asks for a return."""
    rnd = news.round_news(event.subject_id).round
    letters = [
        Letter(
            buyer.user_id,
            "orders.asked_after",
            reverse("reputation:rate", args=[rnd.group.slug, buyer.order_ids[0]]),
            of_round(rnd) | {"brand": rnd.merchant.brand},
        )
        for buyer in reminders.fetched_by(rnd)
    ]
    tell(event, letters)
