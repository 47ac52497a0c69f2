"""Answers to news of applications: the officers hear what waits, the owner what was decided."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from groups.queries.notices import member_accounts, officer_accounts
from merchants.models import DocumentKind, Side
from merchants.queries.member_news import (
    appeal_news,
    price_news,
    proposal_news,
    question_news,
    staff_news,
)
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


def not_by_sanction(event: Event) -> bool:
    """A sanction tells its own end and beginning."""
    return "sanction" not in event.data


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


def tell_to_sign(event: Event) -> None:
    """`agreement.proposed`, `agreement.declined`: the side that did not do it (M5)."""
    _tell_side(event, event.data["side"], f"merchants.{event.kind.replace('.', '_')}")


def tell_signed(event: Event) -> None:
    """`agreement.signed`: both sides, but who signed last, with the moment it begins."""
    found = shop_news(event.group_id or 0, event.data["merchant"])
    both = {*officer_accounts(event.group_id or 0), *found.owner_ids}
    notify(
        event,
        user_ids=both - {event.actor_id},
        kind="merchants.agreement_signed",
        path=reverse("merchants:agreement", args=[found.slug, found.merchant_id]),
        context={
            "brand": found.brand,
            "start": event.data["valid_from"],
            "first": event.data["first"],
            "zone": found.zone,
        },
    )


def tell_coming(event: Event) -> None:
    """`agreement.coming`: the whole group and the shop, seven days before terms change (M5)."""
    found = shop_news(event.group_id or 0, event.data["merchant"])
    notify(
        event,
        user_ids={
            *member_accounts(event.group_id or 0, by=event.happened_at),
            *found.owner_ids,
        },
        kind="merchants.agreement_coming",
        path=reverse("merchants:agreement", args=[found.slug, found.merchant_id]),
        context={"brand": found.brand, "start": event.data["valid_from"], "zone": found.zone},
    )


def tell_day_asked(event: Event) -> None:
    """`merchant_day.asked`, `merchant_day.withdrawn`: the officers."""
    found = shop_news(event.group_id or 0, event.data["merchant"])
    notify(
        event,
        user_ids=officer_accounts(event.group_id or 0, but=event.actor_id),
        kind=f"merchants.{event.kind.replace('merchant_day.', 'day_')}",
        path=reverse("orders:days", args=[found.slug]) + f"?month={event.data['day'][:7]}",
        context={"brand": found.brand, "day": event.data["day"]},
    )


def tell_day_answered(event: Event) -> None:
    """`merchant_day.confirmed`, `merchant_day.declined`: the shop's owner."""
    found = shop_news(event.group_id or 0, event.data["merchant"])
    notify(
        event,
        user_ids=[user_id for user_id in found.owner_ids if user_id != event.actor_id],
        kind=f"merchants.{event.kind.replace('merchant_day.', 'day_')}",
        path=reverse("orders:shop-days", args=[found.slug, found.merchant_id]),
        context={"group": found.group, "day": event.data["day"]},
    )


def _tell_side(event: Event, side: str, kind: str) -> None:
    """The other side than `side`; of the group its officers."""
    found = shop_news(event.group_id or 0, event.data["merchant"])
    if side == Side.GROUP:
        users = {user_id for user_id in found.owner_ids if user_id != event.actor_id}
    else:
        users = officer_accounts(event.group_id or 0, but=event.actor_id)
    notify(
        event,
        user_ids=users,
        kind=kind,
        path=reverse("merchants:agreement", args=[found.slug, found.merchant_id]),
        context={"brand": found.brand, "group": found.group},
    )


def _path(found: ApplicationNews) -> str:
    return reverse("merchants:application", args=[found.slug, found.merchant_id])


def tell_price_contested(event: Event) -> None:
    """`price.contested`: somebody saw another price; the officers, and the shop, who may correct
    it (M6)."""
    row = price_news(event.data["witness"])
    people = {*officer_accounts(row.group_id), *row.staff_ids} - {event.actor_id}
    notify(
        event,
        user_ids=people,
        kind="merchants.price_contested",
        path=_prices(row),
        context=_goods(row),
    )


def tell_price_ruled(event: Event) -> None:
    """`price.ruled`: who saw the price, and the shop, hear what was decided (M6)."""
    row = price_news(event.data["witness"])
    people = {row.witness.user_id, *row.staff_ids} - {event.actor_id, None}
    notify(
        event,
        user_ids=people,
        kind="merchants.price_ruled",
        path=_prices(row),
        context=_goods(row) | {"stands": event.data["stands"]},
    )


def tell_asked(event: Event) -> None:
    """`question.asked`: the shop's staff; where nobody acts for it, the officers."""
    row = question_news(event.subject_id)
    staff = set(row.staff_ids) or officer_accounts(row.group_id)
    notify(
        event,
        user_ids=staff - {event.actor_id},
        kind="merchants.question_asked",
        path=_questions(row),
        context={"brand": row.merchant.brand, "group": row.group.name},
    )


def tell_answered(event: Event) -> None:
    """`question.answered`: who asked."""
    row = question_news(event.subject_id)
    notify(
        event,
        user_ids=[row.asked_by.user_id] if row.asked_by.user_id else [],
        kind="merchants.question_answered",
        path=_questions(row),
        context={"brand": row.merchant.brand},
    )


def tell_hidden(event: Event) -> None:
    """`question.hidden`: who asked."""
    row = question_news(event.subject_id)
    notify(
        event,
        user_ids=[row.asked_by.user_id] if row.asked_by.user_id else [],
        kind="merchants.question_hidden",
        path=_questions(row),
        context={"brand": row.merchant.brand},
    )


def tell_proposed(event: Event) -> None:
    """`proposal.made`: the officers."""
    row = proposal_news(event.subject_id)
    notify(
        event,
        user_ids=officer_accounts(row.group_id, but=event.actor_id),
        kind="merchants.proposal_made",
        path=reverse("merchants:proposals", args=[row.group.slug]),
        context={"name": row.name},
    )


def tell_proposal_answered(event: Event) -> None:
    """`proposal.answered`: who proposed it, and who would like it too."""
    row = proposal_news(event.subject_id)
    people = {row.proposed_by.user_id, *row.backer_ids} - {event.actor_id, None}
    notify(
        event,
        user_ids=people,
        kind=f"merchants.proposal_{row.status}",
        path=reverse("merchants:proposals", args=[row.group.slug]),
        context={"name": row.name, "group": row.group.name},
    )


def tell_appealed(event: Event) -> None:
    """`appeal.made`: the officers, of whom another one than who rejected answers (M4)."""
    row = appeal_news(event.subject_id)
    notify(
        event,
        user_ids=officer_accounts(row.group_id, but=event.actor_id),
        kind="merchants.appeal_made",
        path=_appeal(row),
        context={"brand": row.application.merchant.brand},
    )


def tell_appeal_answered(event: Event) -> None:
    """`appeal.answered`: who appealed."""
    row = appeal_news(event.subject_id)
    notify(
        event,
        user_ids=[row.made_by_id],
        kind="merchants.appeal_answered",
        path=_appeal(row),
        context={
            "brand": row.application.merchant.brand,
            "group": row.application.group.name,
            "granted": event.data["granted"],
        },
    )


def went_herself(event: Event) -> bool:
    """Nobody sent her away: the owner does not know yet."""
    return bool(event.actor_id == event.data["user"])


def tell_staff_left(event: Event) -> None:
    """`merchant.staff_removed`: a helper went by herself; the owner (M1)."""
    shop = staff_news(event.subject_id, event.data["user"])
    notify(
        event,
        user_ids=[shop.owner_id] if shop.owner_id else [],
        kind="merchants.staff_left",
        path=reverse("staff", args=[shop.pk]),
        context={"brand": shop.brand, "who": shop.who},
    )


def _prices(row: Any) -> str:
    return reverse("merchants:prices", args=[row.group.slug, row.item.merchant_id, row.item_id])


def _goods(row: Any) -> dict[str, Any]:
    return {"brand": row.item.merchant.brand, "item": row.item.name}


def _questions(row: Any) -> str:
    path = reverse("merchants:merchant", args=[row.group.slug, row.merchant_id])
    return f"{path}#question-{row.pk}"


def _appeal(row: Any) -> str:
    merchant_id = row.application.merchant_id
    return reverse("merchants:application", args=[row.application.group.slug, merchant_id])
