"""Whose turn came on the waiting list, whose did not, and who takes over what nobody fetched."""

from __future__ import annotations

from django.urls import reverse

from orders.handlers.shared import of_round, round_path
from orders.models import LeftoverChoice
from orders.queries import notices as news
from orders.queries import waiting_news
from orders.services.waiting import leave_all
from tuangou.core.models import Event
from tuangou.core.notices import Letter, notify, notify_each


def passed_on(event: Event) -> bool:
    """What nobody fetched went to somebody else."""
    return bool(event.data["choice"] == LeftoverChoice.PASS)


def tell_served(event: Event) -> None:
    """The order that was placed for her, what it costs, and until when she may cancel it."""
    found = news.order_news(event.data["order"])
    if found.user_id is None:
        return
    rnd = found.order.round
    notify(
        event,
        user_ids=[found.user_id],
        kind="orders.waiting_served",
        path=reverse("orders:order", args=[found.slug, found.order.pk]),
        context=of_round(rnd)
        | {"goods": found.goods[:1], "fen": found.fen, "cut_off_at": rnd.cut_off_at.isoformat()},
    )


def taken_off(event: Event) -> bool:
    """An officer took her off the list; who goes herself needs no news."""
    return "reason" in event.data


def tell_taken_off(event: Event) -> None:
    """What she waits for no longer, and the officer's reason."""
    found = waiting_news.taken_off(event.subject_id)
    notify(
        event,
        user_ids=[found.user_id] if found.user_id else [],
        kind="orders.waiting_taken_off",
        path=round_path(found.round),
        context=of_round(found.round) | found.goods | {"reason": event.data["reason"]},
    )


def tell_lapsed(event: Event) -> None:
    """Who still waited at the cut-off, each for what."""
    found = waiting_news.still_waiting(event.subject_id)
    if not found:
        return
    rnd = found[0].round
    notify_each(
        event,
        [
            Letter(one.user_id, "orders.waiting_lapsed", round_path(rnd), of_round(rnd) | one.goods)
            for one in found
        ],
    )


def kept(event: Event) -> bool:
    """What nobody fetched stays a while longer."""
    return bool(event.data["choice"] == LeftoverChoice.KEEP)


def tell_kept(event: Event) -> None:
    """Until when it waits for her; nothing where it went back meanwhile."""
    found = waiting_news.leftover_news(event.data["leftover"])
    if found.owner_id is None or found.until is None or not found.goods:
        return
    rnd = found.round
    notify(
        event,
        user_ids=[found.owner_id],
        kind="orders.leftover_kept",
        path=reverse("orders:order", args=[rnd.group.slug, found.order_id]),
        context=of_round(rnd)
        | {
            "goods": found.goods[:1],
            "kinds": len(found.goods),
            "until": found.until.isoformat(),
            "note": found.note,
        },
    )


def tell_passed(event: Event) -> None:
    """Who did not come for it, with what was credited; and who has it now."""
    found = waiting_news.leftover_news(event.data["leftover"])
    rnd = found.round
    context = of_round(rnd) | {
        "goods": found.goods[:1],
        "kinds": len(found.goods),
        "fen": found.paid_fen,
    }
    letters = []
    if found.owner_id is not None:
        path = reverse("orders:order", args=[rnd.group.slug, found.order_id])
        letters.append(Letter(found.owner_id, "orders.leftover_passed", path, context))
    if found.taker_id is not None:
        letters.append(Letter(found.taker_id, "orders.leftover_yours", round_path(rnd), context))
    notify_each(event, letters)


def leave_lists(event: Event) -> None:
    """Who left the group waits for nothing here any more."""
    leave_all(member_id=event.subject_id)
