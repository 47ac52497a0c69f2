"""Answers to news of applications: the officers hear what waits, the owner what was decided."""

from __future__ import annotations

from django.urls import reverse

from groups.queries.notices import officer_accounts
from merchants.models import DocumentKind
from merchants.queries.notices import ApplicationNews, application_news, shop_news
from tuangou.core.models import Event
from tuangou.core.notices import notify


def tell_officers(event: Event) -> None:
    """`application.submitted`: somebody waits to be vetted (M4)."""
    found = application_news(event.subject_id)
    notify(
        event,
        user_ids=officer_accounts(event.group_id or 0, but=event.actor_id),
        kind="merchants.application_submitted",
        path=_path(found),
        context={"brand": found.brand},
    )


def tell_owner(event: Event) -> None:
    """Approved, refused, changes asked, suspended, reinstated: the owner, with the reason."""
    found = application_news(event.subject_id)
    notify(
        event,
        user_ids=[user_id for user_id in found.owner_ids if user_id != event.actor_id],
        kind=f"merchants.{event.kind.replace('.', '_')}",
        path=_path(found),
        context={
            "brand": found.brand,
            "group": found.group,
            "reason": event.data.get("reason", ""),
        },
    )


def tell_expiring(event: Event) -> None:
    """`document.expiring`: officers and owner, 30, 7 and 0 days before a paper ends (M3)."""
    found = shop_news(event.group_id or 0, event.data["merchant"])
    notify(
        event,
        user_ids={*officer_accounts(event.group_id or 0), *found.owner_ids},
        kind="merchants.document_expiring",
        path=reverse("merchants:documents", args=[found.slug, found.merchant_id]),
        context={
            "brand": found.brand,
            "paper": DocumentKind(event.data["paper"]).msgid,
            "until": event.data["until"],
        },
    )


def _path(found: ApplicationNews) -> str:
    return reverse("merchants:application", args=[found.slug, found.merchant_id])
