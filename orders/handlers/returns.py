"""A return was asked for, answered, late, decided, refunded."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from orders.queries import notices as news
from tuangou.core.models import Event
from tuangou.core.notices import Letter, notify, notify_each


def tell_return_requested(event: Event) -> None:
    """The initiator, who decides, and the merchant, who answers."""
    found = news.return_news(event.subject_id)
    context = _of_return(found) | {"reason": found.ret.reason}
    letters = _to_initiator(event, found, "orders.return_requested", context)
    letters += _to_shop(event, found, "orders.shop_return_requested", context)
    notify_each(event, letters)


def tell_return_withdrawn(event: Event) -> None:
    """Nobody needs to answer or decide any more."""
    found = news.return_news(event.subject_id)
    context = _of_return(found)
    letters = _to_initiator(event, found, "orders.return_withdrawn", context)
    letters += _to_shop(event, found, "orders.shop_return_withdrawn", context)
    notify_each(event, letters)


def tell_return_decided(event: Event) -> None:
    found = news.return_news(event.subject_id)
    if found.asker_id is None or found.asker_id == event.actor_id:
        return
    notify(
        event,
        user_ids=[found.asker_id],
        kind=f"orders.{event.kind.replace('.', '_')}",
        path=_path(found),
        context=_of_return(found)
        | {
            "fen": event.data.get("paid_fen", event.data.get("credited_fen", 0)),
            "decision": found.ret.decision,
        },
    )


def tell_shop_decided(event: Event) -> None:
    """The merchant: what of its goods was taken back, and why."""
    found = news.return_news(event.subject_id)
    context = _of_return(found) | {
        "fen": event.data.get("accepted_fen", 0),
        "decision": found.ret.decision,
    }
    notify_each(event, _to_shop(event, found, "orders.shop_return_decided", context))


def tell_return_answered(event: Event) -> None:
    """The member and the initiator: the merchant has answered."""
    found = news.return_news(event.subject_id)
    context = _of_return(found) | {"answer": event.data["answer"]}
    letters = _to_asker(event, found, "orders.return_answered", context)
    letters += _to_initiator(event, found, "orders.return_answered", context)
    notify_each(event, letters)


def tell_answer_late(event: Event) -> None:
    """The merchant and the initiator; and the member, where she was credited for it."""
    found = news.return_news(event.subject_id)
    context = _of_return(found) | {"hours": event.data["hours"]}
    letters = []
    if fen := event.data["credited_fen"]:
        letters += _to_asker(event, found, "orders.return_credited", context | {"fen": fen})
    letters += _to_initiator(event, found, "orders.return_answer_late", context)
    letters += _to_shop(event, found, "orders.shop_answer_late", context)
    notify_each(event, letters)


def tell_decision_late(event: Event) -> None:
    """The initiator, whose turn it is, and the member, who waits."""
    found = news.return_news(event.subject_id)
    context = _of_return(found)
    letters = _to_initiator(event, found, "orders.return_decision_late", context)
    letters += _to_asker(event, found, "orders.return_decision_late", context)
    notify_each(event, letters)


def _to_initiator(
    event: Event, found: news.ReturnNews, kind: str, context: dict[str, Any]
) -> list[Letter]:
    return _to([found.initiator_id], event, kind, _path(found), context)


def _to_asker(
    event: Event, found: news.ReturnNews, kind: str, context: dict[str, Any]
) -> list[Letter]:
    return _to([found.asker_id], event, kind, _path(found), context)


def _to_shop(
    event: Event, found: news.ReturnNews, kind: str, context: dict[str, Any]
) -> list[Letter]:
    path = reverse("orders:shop-return", args=[found.slug, found.ret.pk])
    return _to(found.staff_ids, event, kind, path, context)


def _to(
    user_ids: list[int] | list[int | None],
    event: Event,
    kind: str,
    path: str,
    context: dict[str, Any],
) -> list[Letter]:
    """Who has an account and did not do it herself."""
    return [
        Letter(user_id, kind, path, context)
        for user_id in user_ids
        if user_id is not None and user_id != event.actor_id
    ]


def _path(found: news.ReturnNews) -> str:
    return reverse("orders:return", args=[found.slug, found.ret.pk])


def _of_return(found: news.ReturnNews) -> dict[str, Any]:
    return {
        "title": found.round.title,
        "item": found.item,
        "quantity": f"{found.ret.quantity.normalize():f}",
        "unit": found.unit,
    }
