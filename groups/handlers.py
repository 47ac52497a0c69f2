"""Answers to news of a group: who hears of it. At most three statements each."""

from __future__ import annotations

from django.urls import reverse

from groups.queries.announcements import announcement_of
from groups.queries.notices import member_accounts
from tuangou.core.models import Event
from tuangou.core.notices import notify


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
