"""Who decides, lifts, appeals and sits in judgement of sanctions; every member reads them (R7)."""

from __future__ import annotations

from django.http import Http404

from groups.access import AnyUser, membership_for
from groups.models import Membership
from merchants.access import Caller, application_for_initiator, caller_for, shop_for
from merchants.models import Application
from reputation.models import Sanction, SanctionAppeal, SanctionProposal, Seat
from reputation.models.panels import Case
from reputation.models.proposals import ProposalStatus
from reputation.models.sanction_appeals import SanctionAppealStatus
from reputation.models.sanctions import SanctionStatus


def sanction_for_initiator(
    user: AnyUser, slug: str, merchant_id: int, sanction_id: int
) -> tuple[Membership, Application, Sanction]:
    """A sanction in force of this shop; 403 for other members, else 404."""
    initiator, application = application_for_initiator(user, slug, merchant_id)
    row = _sanction(application, sanction_id)
    if row.status != SanctionStatus.IN_FORCE:
        raise Http404
    return initiator, application, row


def sanction_for_shop(
    user: AnyUser, slug: str, merchant_id: int, sanction_id: int
) -> tuple[Caller, Sanction]:
    """A sanction of this shop, for the shop's own people; 403 for others who may see it."""
    caller = shop_for(user, slug, merchant_id)
    return caller, _sanction(caller.application, sanction_id)


def proposal_for_initiator(
    user: AnyUser, slug: str, merchant_id: int, proposal_id: int
) -> tuple[Membership, Application, SanctionProposal]:
    """A proposal that waits; 403 for other members, else 404."""
    initiator, application = application_for_initiator(user, slug, merchant_id)
    row = waiting_proposal(application, proposal_id)
    if row is None:
        raise Http404
    return initiator, application, row


def waiting_proposal(application: Application, proposal_id: int) -> SanctionProposal | None:
    """What the ledger proposes for this shop, while nobody has decided. For callers let in."""
    rows = SanctionProposal.objects.filter(
        group_id=application.group_id,
        merchant_id=application.merchant_id,
        status=ProposalStatus.WAITING,
    )
    return rows.filter(pk=proposal_id).first()


def appeal_for_panel(
    user: AnyUser, slug: str, merchant_id: int, sanction_id: int
) -> tuple[Membership, Application, SanctionAppeal]:
    """An appeal that waits for this member's vote; 404 for everyone without a seat."""
    member = membership_for(user, slug)
    caller = caller_for(user, slug, merchant_id)
    appeal = (
        SanctionAppeal.objects.select_related("sanction")
        .filter(
            group_id=member.group_id,
            sanction_id=sanction_id,
            sanction__merchant_id=merchant_id,
            status=SanctionAppealStatus.WAITING,
        )
        .first()
    )
    if appeal is None:
        raise Http404
    seats = Seat.objects.filter(
        panel__group_id=member.group_id,
        panel__case=Case.SANCTION,
        panel__case_id=appeal.pk,
        panel__decided_at__isnull=True,
        member=member,
        left_at__isnull=True,
        votes__isnull=True,
    )
    if not seats.exists():
        raise Http404
    return member, caller.application, appeal


def _sanction(application: Application, sanction_id: int) -> Sanction:
    row = Sanction.objects.filter(
        group_id=application.group_id, merchant_id=application.merchant_id, pk=sanction_id
    ).first()
    if row is None:
        raise Http404
    return row
