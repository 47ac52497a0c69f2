"""Who may see and do what with a settlement (O12); answers as those of orders.access."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404
from django.utils.translation import gettext as _

from groups.access import AnyUser, membership_for
from groups.models import GroupStatus, Membership
from merchants.access import role_in
from merchants.models import StaffRole
from orders.models import Party, Round, RoundStatus, Settlement, SettlementPayment
from tuangou.core.errors import NotAllowed


@dataclass(frozen=True, slots=True)
class SettlementCaller:
    """Who stands at a round's settlement; `party` is empty for who only reads the totals."""

    round: Round
    membership: Membership | None
    party: str


def settlement_for(user: AnyUser, slug: str, round_id: int) -> SettlementCaller:
    """The initiator and the merchant's owner always; every member once the round is settled.

    403 for members before that, for deputies (money is not theirs) and for the merchant's helpers.
    """
    rounds = Round.objects.select_related("group", "merchant", "pickup_point", "initiator")
    rnd = rounds.filter(pk=round_id, group__slug=slug, group__status=GroupStatus.ACTIVE).first()
    role = role_in(user, rnd.merchant_id) if rnd else ""
    member = _membership_or_none(user, slug) if role else membership_for(user, slug)
    if rnd is None or rnd.status == RoundStatus.DRAFT:
        raise Http404
    if member is not None:
        rnd.group = member.group
        if member.holds_mandate:
            return SettlementCaller(rnd, member, Party.INITIATOR)
    if role == StaffRole.OWNER:
        return SettlementCaller(rnd, member, Party.MERCHANT)
    if member is None:
        raise NotAllowed(_("钱由店主来管，店员看不到。"))
    if rnd.status != RoundStatus.SETTLED:
        raise NotAllowed(_("团长和商家都确认以后，邻居才能看结算单。"))
    return SettlementCaller(rnd, member, "")


def party_for(user: AnyUser, slug: str, round_id: int) -> SettlementCaller:
    """One of the two sides; 403 for everybody else of the group."""
    caller = settlement_for(user, slug, round_id)
    if not caller.party:
        raise NotAllowed(_("这一页只有团长和店主能用。"))
    return caller


def drawn_for(user: AnyUser, slug: str, round_id: int) -> tuple[SettlementCaller, Settlement]:
    """One of the two sides, at a statement that is drawn up; 404 before."""
    caller = party_for(user, slug, round_id)
    return caller, drawn_of(caller.round)


def drawn_of(rnd: Round) -> Settlement:
    """The settlement of a round, or 404. For callers let through to the round."""
    settlement = Settlement.objects.filter(round_id=rnd.pk).first()
    if settlement is None:
        raise Http404
    return settlement


def payment_of(settlement: Settlement, payment_id: int) -> SettlementPayment:
    """A payment of this settlement, or 404. For callers let in as one of its sides."""
    payments = SettlementPayment.objects.filter(settlement_id=settlement.pk, pk=payment_id)
    payment = payments.first()
    if payment is None:
        raise Http404
    return payment


def _membership_or_none(user: AnyUser, slug: str) -> Membership | None:
    try:
        return membership_for(user, slug)
    except Http404:
        return None
