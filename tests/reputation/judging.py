"""What tests of sanctions share: pages that prove, a decision, an appeal that three decide."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from groups.models import Membership
from merchants.models import Application, MerchantStaff
from reputation.models import (
    Evidence,
    Kind,
    Panel,
    Sanction,
    SanctionAppeal,
    SanctionProposal,
    Seat,
)
from reputation.models.consequences import DEFAULT_LINES, Line
from reputation.services import ledger, sanction_appeals, sanctions
from reputation.services.consequences import publish_table
from reputation.services.sanctions import Decision
from tests.factories import make_document, make_member, make_merchant, make_round, make_user
from tests.orders.stages import Stage, at
from tests.reputation.scenes import about
from tuangou.core import events

DAY = timedelta(days=1)


def prove(stage: Stage, *kinds: str, days: int = 0, weight_milli: int | None = None) -> list[int]:
    """A page of each kind, so many days after the start, each with a proof of its own."""
    facts = [
        replace(
            about(stage, kind, Evidence.PAPER, make_document(stage.round.merchant).pk, 24 * days),
            weight_milli=weight_milli,
        )
        for kind in kinds
    ]
    with at(max(stage.start + timedelta(days=days), stage.ordering)):
        pages = ledger.enter(group_id=stage.group.pk, facts=facts)
    return [page.number for page in pages]


def three_short(stage: Stage) -> list[int]:
    """Three short deliveries, a day apart: what the first table proposes a suspension for."""
    return [number for day in range(3) for number in prove(stage, Kind.SHORT, days=day)]


def decide(
    stage: Stage, *, when: datetime | None = None, proposal_id: int | None = None, **said: Any
) -> Sanction:
    """A suspension of 14 days for short deliveries, unless said otherwise."""
    known: dict[str, Any] = {
        "level": "suspension",
        "days": 14,
        "broken": "short",
        "reason": "缺斤少两",
    }
    if "pages" not in said and "return_id" not in said:
        said["pages"] = prove(stage, Kind.SHORT)
    with at(when or stage.ordering):
        return sanctions.decide(
            group_id=stage.group.pk,
            merchant_id=stage.round.merchant_id,
            actor_id=stage.initiator.pk,
            decision=Decision(**(known | said)),
            proposal_id=proposal_id,
        )


def shop_of(stage: Stage) -> Application:
    return Application.objects.get(group=stage.group, merchant_id=stage.round.merchant_id)


def judged(stage: Stage, member: Membership) -> dict[str, int]:
    """A warning that its shop appealed against, with a seat for this member, and a proposal."""
    row = decide(stage, when=timezone.now(), level="warning", days=30, reason="连着两次晚到")
    three_short(stage)
    proposal = SanctionProposal.objects.get(group=stage.group, status="waiting")
    made = SanctionAppeal.objects.create(
        group=stage.group,
        sanction=row,
        text="那天车坏在路上",
        made_by_id=owner_of(stage),
        made_at=row.decided_at,
    )
    panel = Panel.objects.create(
        group=stage.group,
        case="sanction",
        case_id=made.pk,
        page=1,
        seal_hash="0" * 64,
        eligible=3,
        drawn_at=row.decided_at,
        due_at=row.decided_at + 3 * DAY,
    )
    Seat.objects.create(
        group=stage.group, panel=panel, member=member, position=1, drawn_at=row.decided_at
    )
    return {"sanction_id": row.pk, "sanction_proposal_id": proposal.pk}


def table_with(broken: str, **changed: Any) -> list[Line]:
    """The first table with one line changed."""
    return [replace(line, **changed) if line.broken == broken else line for line in DEFAULT_LINES]


def everything_of_sanctions(stage: Stage) -> None:
    """Part of the life in tests/orders/news.py: proposed, decided, appealed, overturned; over; the
    table changed; and good months of the first shop, so that it is recognised."""
    shop = make_merchant(stage.group, "江边水产", staff=make_user("店主"))
    with at(stage.start):
        other = replace(stage, round=make_round(stage.group, merchant=shop, title="周五鱼团"))
    three_short(other)
    events.drain(stage.group.pk)
    proposal = SanctionProposal.objects.get(group=stage.group, merchant=shop)
    row = decide(other, pages=proposal.pages, proposal_id=proposal.pk)
    events.drain(stage.group.pk)
    appealed = appeal(other, row)
    events.drain(stage.group.pk)
    judge(appealed, "granted", "granted")
    notice = decide(other, level="notice", days=1)
    assert notice.ends_at is not None
    with at(notice.ends_at):
        sanctions.end_if_due(sanction_id=notice.pk)
    with at(stage.ordering):
        publish_table(
            group_id=stage.group.pk,
            actor_id=stage.initiator.pk,
            lines=DEFAULT_LINES,
            month_rounds=1,
        )
    prove(stage, *[Kind.ON_TIME.value] * 20)
    events.drain(stage.group.pk)


def owner_of(stage: Stage) -> int:
    found = MerchantStaff.objects.filter(merchant_id=stage.round.merchant_id).first()
    found = found or MerchantStaff.objects.create(
        merchant_id=stage.round.merchant_id, user=make_user("老马"), role="owner"
    )
    return found.user_id


def appeal(stage: Stage, sanction: Sanction, *, when: datetime | None = None) -> SanctionAppeal:
    for n in range(3):
        make_member(stage.group, f"邻居{n}")
    with at(when or sanction.decided_at + DAY):
        return sanction_appeals.appeal(
            sanction_id=sanction.pk, user_id=owner_of(stage), text="那天车坏在路上"
        )


def judge(row: SanctionAppeal, *choices: str, when: datetime | None = None) -> None:
    """The drawn members vote in the order of their seats."""
    panel = sanction_appeals.panel_of(row)
    seats = Seat.objects.filter(panel=panel, left_at__isnull=True, votes__isnull=True)
    for seat, choice in zip(seats.order_by("position"), choices, strict=False):
        with at(when or row.made_at + timedelta(hours=1)):
            sanction_appeals.vote(
                appeal_id=row.pk, member_id=seat.member_id, choice=choice, reason="看了两边说的"
            )
