"""What the news of sanctions needs, and whom it concerns (R7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from groups.models import Membership
from merchants.models import Follow
from merchants.queries.notices import ApplicationNews, shop_news
from orders.models import Order, Round, RoundStatus
from reputation.models import Sanction, SanctionAppeal, SanctionProposal, Seat
from reputation.models.consequences import Level

RUNNING = (RoundStatus.OPEN, RoundStatus.CLOSED, RoundStatus.CONFIRMED, RoundStatus.ARRIVED)


@dataclass(frozen=True, slots=True)
class SanctionNews:
    sanction: Sanction
    shop: ApplicationNews

    @property
    def last_day(self) -> str:
        """ISO, or "" for a removal."""
        return _iso(self.sanction.last_day)

    @property
    def appeal_until(self) -> str:
        return _iso(self.sanction.appeal_until)


def sanction_news(sanction_id: int) -> SanctionNews:
    """Two queries."""
    sanction = Sanction.objects.get(pk=sanction_id)
    return SanctionNews(sanction, shop_news(sanction.group_id, sanction.merchant_id))


def appeal_news(appeal_id: int) -> SanctionNews:
    """Two queries."""
    found = SanctionAppeal.objects.select_related("sanction").get(pk=appeal_id)
    sanction = found.sanction
    return SanctionNews(sanction, shop_news(sanction.group_id, sanction.merchant_id))


def proposal_news(proposal_id: int) -> tuple[SanctionProposal, ApplicationNews]:
    """Two queries."""
    proposal = SanctionProposal.objects.get(pk=proposal_id)
    return proposal, shop_news(proposal.group_id, proposal.merchant_id)


def concerned(sanction: Sanction) -> set[int]:
    """Accounts of members whom it concerns: everybody where it is made public; else who follows the
    shop or has goods of it on the way. A warning is the shop's alone. One query, or none."""
    if sanction.level == Level.WARNING:
        return set()
    members = Membership.objects.of_group(sanction.group_id).active().filter(user__isnull=False)
    if sanction.level == Level.SUSPENSION:
        rounds = Round.objects.filter(
            group_id=sanction.group_id, merchant_id=sanction.merchant_id, status__in=RUNNING
        )
        ordered = Order.objects.live().filter(member_id=OuterRef("pk"), round__in=rounds)
        follows = Follow.objects.filter(member_id=OuterRef("pk"), merchant_id=sanction.merchant_id)
        members = members.filter(Q(Exists(ordered)) | Q(Exists(follows)))
    return {pk for pk in members.values_list("user_id", flat=True) if pk is not None}


def seated(panel_id: int) -> list[int]:
    """Accounts of those who sit in a panel and have not voted. One query."""
    seats = Seat.objects.filter(panel_id=panel_id, left_at__isnull=True, votes__isnull=True)
    return [pk for pk in seats.values_list("member__user_id", flat=True) if pk is not None]


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
