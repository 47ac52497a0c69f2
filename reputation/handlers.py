"""News becomes pages of the ledger: each exactly once, by its proof (R4)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.urls import reverse

from groups.queries.notices import member_accounts, officer_accounts, slug_of
from merchants.queries.notices import ApplicationNews, shop_news
from reputation.models.consequences import Broken, Level
from reputation.queries import complaint_facts, complaint_news, facts, repairs
from reputation.queries import sanction_news as news
from reputation.services import (
    complaint_counts,
    counts,
    ledger,
    recognitions,
    responses,
    reviews,
    sanctions,
)
from tuangou.core.models import Event
from tuangou.core.notices import Letter, notify, notify_each


def enter_round(event: Event) -> None:
    """`round.completed`: how the goods came, how it was run, who fell short."""
    _enter(event)


def enter_call_off(event: Event) -> None:
    """`round.cancelled`: after it had come about, for the merchant's reason."""
    _enter(event)


def enter_return(event: Event) -> None:
    """`return.accepted`."""
    _enter(event)


def enter_late_answer(event: Event) -> None:
    """`return.answer_late`: after 24 hours; what comes at 48 finds the page written."""
    _enter(event)


def enter_late_decision(event: Event) -> None:
    """`return.decision_late`."""
    _enter(event)


def enter_inspection(event: Event) -> None:
    """`round.inspected`."""
    _enter(event)


def enter_lapse(event: Event) -> None:
    """`document.lapsed`: the last day of a paper is over, and no other took its place."""
    _enter(event)


def enter_month(event: Event) -> None:
    """`summary.published`, each version: its money is sealed."""
    _enter(event)


def count_ratings(event: Event) -> None:
    """`rating.given`: what pages of lower apps show of it. The ledger waits until it is settled."""
    counts.keep(group_id=event.group_id or 0, merchant_id=event.data["merchant"])


def enter_sanction(event: Event) -> None:
    """`sanction.decided`, `sanction.ended`, `sanction.lifted` (R7)."""
    _enter(event)


def end_stops(event: Event) -> None:
    """`application.reinstated` by hand, `application.approved`: what stopped the shop is lifted."""
    sanctions.follow_reinstated(group_id=event.group_id or 0, merchant_id=event.data["merchant"])


def recognise(event: Event) -> None:
    """`summary.published`, first version: the shop of that month, if any."""
    month = date.fromisoformat(f"{event.data['month']}-01")
    recognitions.recognise(group_id=event.group_id or 0, month=month)


def enter_recognition(event: Event) -> None:
    """`merchant.recognised`."""
    _enter(event)


def tell_proposed(event: Event) -> None:
    """`sanction.proposed`: the officers, that a rule of the table was broken so often."""
    proposal, shop = news.proposal_news(event.subject_id)
    notify(
        event,
        user_ids=officer_accounts(event.group_id or 0),
        kind="reputation.sanction_proposed",
        path=_sanctions(shop),
        context={
            "brand": shop.brand,
            "rule": Broken(proposal.broken).msgid,
            "n": len(proposal.pages),
        },
    )


def tell_sanctioned(event: Event) -> None:
    """`sanction.decided`: the shop, with how to appeal; then whom it concerns."""
    found = news.sanction_news(event.subject_id)
    sanction, path = found.sanction, _sanctions(found.shop)
    about = {
        "brand": found.shop.brand,
        "rule": Broken(sanction.broken).msgid,
        "level": Level(sanction.level).msgid,
        "until": found.last_day,
        "zone": found.shop.zone,
    }
    theirs = about | {"group": found.shop.group, "appeal": found.appeal_until}
    shop = set(found.shop.owner_ids)
    letters = [Letter(pk, "reputation.shop_sanctioned", path, theirs) for pk in sorted(shop)]
    others = news.concerned(sanction) - shop - {event.actor_id}
    letters += [Letter(pk, "reputation.sanction_decided", path, about) for pk in sorted(others)]
    notify_each(event, letters)


def tell_sanction_over(event: Event) -> None:
    """`sanction.ended`, `sanction.lifted`: the shop and whom it concerns."""
    found = news.sanction_news(event.subject_id)
    told = {*found.shop.owner_ids, *news.concerned(found.sanction)}
    notify(
        event,
        user_ids=told - {event.actor_id},
        kind=f"reputation.{event.kind.replace('.', '_')}",
        path=_sanctions(found.shop),
        context={"brand": found.shop.brand, "level": Level(found.sanction.level).msgid},
    )


def tell_appealed(event: Event) -> None:
    """`sanction.appealed`: the officers; the three who decide hear it by being drawn."""
    found = news.appeal_news(event.subject_id)
    notify(
        event,
        user_ids=officer_accounts(event.group_id or 0, but=event.actor_id),
        kind="reputation.sanction_appealed",
        path=_sanctions(found.shop),
        context={"brand": found.shop.brand, "level": Level(found.sanction.level).msgid},
    )


def of_sanction(event: Event) -> bool:
    """Whether a panel was drawn for an appeal against a sanction."""
    return bool(event.data.get("case") == "sanction")


def tell_seats(event: Event) -> None:
    """`panel.drawn` for an appeal: who was drawn and has not voted."""
    found = news.appeal_news(event.data["case_id"])
    notify(
        event,
        user_ids=news.seated(event.subject_id),
        kind="reputation.appeal_drawn",
        path=_sanctions(found.shop),
        context={"brand": found.shop.brand},
    )


def tell_appeal_decided(event: Event) -> None:
    """`sanction.appeal_decided`: the shop and the officers."""
    found = news.appeal_news(event.subject_id)
    notify(
        event,
        user_ids={*found.shop.owner_ids, *officer_accounts(event.group_id or 0)},
        kind="reputation.sanction_appeal_decided",
        path=_sanctions(found.shop),
        context={"brand": found.shop.brand, "granted": event.data["granted"]},
    )


def tell_recognised(event: Event) -> None:
    """`merchant.recognised`: the shop itself; neighbours see it on its page and in the list."""
    found = shop_news(event.group_id or 0, event.data["merchant"])
    notify(
        event,
        user_ids=found.owner_ids,
        kind="reputation.merchant_recognised",
        path=_sanctions(found),
        context={"brand": found.brand, "group": found.group},
    )


def tell_table(event: Event) -> None:
    """`consequences.published`: every member, from when on it holds."""
    group_id = event.group_id or 0
    notify(
        event,
        user_ids=member_accounts(group_id, but=event.actor_id),
        kind="reputation.consequences_published",
        path=reverse("reputation:consequences", args=[slug_of(group_id)]),
        context={"version": event.data["version"]},
    )


def _sanctions(shop: ApplicationNews) -> str:
    return reverse("reputation:sanctions", args=[shop.slug, shop.merchant_id])


def _enter(event: Event) -> None:
    ledger.enter(group_id=event.group_id or 0, facts=facts.of_event(event))


def enter_complaint(event: Event) -> None:
    """`complaint.answered`, `.answer_late`, `.ruling_late`, `.ruled` (R2); with a ruling's page
    what an answer made good of it before, however late the page is written."""
    found = complaint_facts.of_event(event)
    ledger.enter(group_id=event.group_id or 0, facts=found)
    if event.kind == "complaint.ruled":
        enter_repair(event)


def count_complaints(event: Event) -> None:
    """Whatever changes what waits for an answer or a ruling: console and portal show it."""
    complaint_counts.keep(complaint_id=event.subject_id)


def enter_review(event: Event) -> None:
    """`complaint.reviewed`: the first ruling's pages no longer count, where it says otherwise; what
    it says instead is repaired anew."""
    reviews.enter_review(ruling_id=event.data["ruling"], at=event.happened_at)
    enter_repair(event)


def enter_repair(event: Event) -> None:
    """`remedy.delivered`, `complaint.rated`: what an answer made good of a ruling."""
    ledger.enter(group_id=event.group_id or 0, facts=repairs.of_event(event))


def deliver_remedies(event: Event) -> None:
    """`return.refunded`: a promised remedy may have come by it (R3)."""
    responses.refund_shows(return_id=event.subject_id)


def tell_complaint(event: Event) -> None:
    """`complaint.made`: who answers, and who will rule."""
    found = complaint_news.complaint_news(event.subject_id)
    _tell_of(event, found, "complaint_opened", [*found.respondent_ids, found.judge_id])


def tell_complaint_step(event: Event) -> None:
    """`complaint.answered`, `.suggested`, `.answer_late`, `.appealed`: whose turn it is."""
    found = complaint_news.complaint_news(event.subject_id)
    sides = [found.complainant_id, *found.respondent_ids, found.judge_id]
    kind, people = {
        "complaint.answered": ("complaint_answered", [found.complainant_id, found.judge_id]),
        "complaint.suggested": ("complaint_suggested", sides),
        "complaint.answer_late": ("complaint_late", [*found.respondent_ids, found.judge_id]),
        "complaint.appealed": ("complaint_appealed", sides),
    }[event.kind]
    _tell_of(event, found, kind, people, hours=event.data.get("hours", 0))


def tell_complaint_over(event: Event) -> None:
    """`complaint.ruled`, `.reviewed`, `.settled`, `.withdrawn`: both sides."""
    found = complaint_news.complaint_news(event.subject_id)
    verdict = event.data.get("verdict") or event.kind.removeprefix("complaint.")
    people = [found.complainant_id, *found.respondent_ids]
    _tell_of(event, found, "complaint_ruled", people, verdict=verdict)


def tell_drawn(event: Event) -> None:
    """`panel.drawn` for a complaint: who was drawn and has not voted."""
    found = complaint_news.complaint_news(event.data["case_id"])
    _tell_of(event, found, "panel_drawn", complaint_news.seated(event.subject_id))


def of_complaint(event: Event) -> bool:
    """Whether a panel was drawn for a complaint."""
    return bool(event.data.get("case") == "complaint")


def _tell_of(
    event: Event,
    found: complaint_news.ComplaintNews,
    kind: str,
    people: Iterable[int | None],
    **context: object,
) -> None:
    """To everybody named who has an account and did not do it herself; once each."""
    path = reverse("reputation:complaint", args=[found.slug, found.complaint.pk])
    said = {"code": found.complaint.code, "item": found.item} | context
    notify(
        event,
        user_ids=sorted({pk for pk in people if pk and pk != event.actor_id}),
        kind=f"reputation.{kind}",
        path=path,
        context=said,
    )
