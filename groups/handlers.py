"""Answers to news of a group: who hears of it. At most three statements each."""

from __future__ import annotations

from django.urls import reverse

from groups.queries.announcements import announcement_of
from groups.queries.notices import joining_news, member_accounts, officer_accounts
from groups.queries.personal import door_news
from tuangou.core.models import Event
from tuangou.core.notices import Letter, notify, notify_each


def tell_announced(event: Event) -> None:
    """`announcement.published`: everyone with an account; nobody once it is withdrawn."""
    group_id = event.group_id or 0
    announcement = announcement_of(group_id, event.subject_id)
    if announcement.withdrawn_at is not None:
        return
    notify(
        event,
        user_ids=member_accounts(group_id, but=event.actor_id),
        kind="groups.announcement_published",
        path=reverse("groups:announcement", args=[announcement.group.slug, announcement.pk]),
        context={"title": announcement.title},
    )


def tell_door_asked(event: Event) -> None:
    """`membership.door_asked`: the initiator, who checks it and writes it down."""
    news = door_news(event.group_id or 0, event.subject_id, event.data["household"])
    if news is None:
        return
    notify(
        event,
        user_ids=_other(event, news.initiator_user_id),
        kind="groups.door_asked",
        path=reverse("groups:door", args=[news.slug, event.subject_id]),
        context={"who": news.nickname, "door": news.door},
    )


def tell_door_moved(event: Event) -> None:
    """`membership.door_moved`: whose door it is."""
    news = door_news(event.group_id or 0, event.subject_id, event.data["household"])
    if news is None:
        return
    notify(
        event,
        user_ids=_other(event, news.user_id),
        kind="groups.door_moved",
        path=reverse("groups:me", args=[news.slug]),
        context={"door": news.door},
    )


def needs_a_yes(event: Event) -> bool:
    """Whoever only waits for a seat is nobody's to decide about."""
    return bool(event.data.get("waits_for") != "seat")


def waited(event: Event) -> bool:
    return bool(event.data.get("waited"))


def tell_asked(event: Event) -> None:
    """`membership.asked`: the officers, and the household whose flat it is. No name is in it."""
    group_id = event.group_id or 0
    news = joining_news(event.subject_id)
    if news is None:
        return
    path = reverse("groups:joining", args=[news.slug])
    housemates = news.housemates if event.data.get("waits_for") == "household" else set()
    officers = officer_accounts(group_id, but=event.actor_id) - housemates
    notify_each(
        event,
        [
            *(Letter(user_id, "groups.household_asked", path, {}) for user_id in housemates),
            *(Letter(user_id, "groups.membership_asked", path, {}) for user_id in officers),
        ],
    )


def tell_answered(event: Event) -> None:
    """Let in, in the queue, or refused: she hears of it, with the reason."""
    news = joining_news(event.subject_id)
    if news is None or news.user_id is None:
        return
    kind = event.kind.replace("claimed", "activated").replace(".", "_")
    inside = kind == "membership_activated"
    notify(
        event,
        user_ids={news.user_id} - {event.actor_id},
        kind=f"groups.{kind}",
        path=reverse("orders:home" if inside else "groups:waiting", args=[news.slug]),
        context={"group": news.group, "reason": news.reason},
    )


def _other(event: Event, user_id: int | None) -> list[int]:
    """Who is told, unless she did it herself or has no account."""
    return [user_id] if user_id is not None and user_id != event.actor_id else []


def tell_login_link(event: Event) -> None:
    """`login_link.made`: the neighbour, if she has an account already, hears that it exists."""
    news = joining_news(event.subject_id)
    if news is not None and news.user_id is not None:
        notify(
            event,
            user_ids=[news.user_id],
            kind="groups.login_link_made",
            path="/accounts/devices/",
            context={"group": news.group},
        )
