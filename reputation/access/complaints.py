"""Who sees how much of a complaint, and who may do what in it (R2).

Every member reads the case without names; the sides, whoever rules and the officers read all of
it. Where the initiator is a party she is only that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _

from groups.access import AnyUser, membership_for
from groups.models import Group, GroupStatus, Membership
from merchants.access import role_in
from reputation.models import (
    Complaint,
    ComplaintFile,
    ComplaintMark,
    Evidence,
    Panel,
    Response,
    Ruling,
    Seat,
)
from reputation.models.complaints import Against, Side
from reputation.models.panels import Case
from tuangou.core.errors import NotAllowed

EVIDENCE: dict[str, Any] = {
    Evidence.COMPLAINT.value: Complaint,
    Evidence.COMPLAINT_MARK.value: ComplaintMark,
    Evidence.RESPONSE.value: Response,
    Evidence.RULING.value: Ruling,
}


@dataclass(frozen=True, slots=True)
class Visit:
    """Who stands at a complaint. `membership` is None for staff who do not live here; `panel` is
    the one that waits for her vote, `sat` whether she has a seat in any."""

    complaint: Complaint
    user_id: int
    membership: Membership | None
    is_staff: bool
    panel: Panel | None
    sat: bool

    @property
    def group(self) -> Group:
        return self.complaint.group

    @property
    def member_id(self) -> int:
        return self.membership.pk if self.membership else 0

    @property
    def is_complainant(self) -> bool:
        return self.membership is not None and self.membership.pk == self.complaint.made_by_id

    @property
    def is_respondent(self) -> bool:
        """Staff of the shop; where it is against the initiator, whoever held that office then."""
        if self.complaint.against == Against.MERCHANT:
            return self.is_staff
        mandate = self.complaint.mandate
        return (
            mandate is not None
            and self.membership is not None
            and mandate.membership_id == self.membership.pk
        )

    @property
    def is_judge(self) -> bool:
        """The initiator, where she is no party, and has not become one since: by working for the
        shop, or by being chosen after she complained."""
        return (
            self.membership is not None
            and self.membership.holds_mandate
            and not self.complaint.by_panel
            and not (self.is_complainant or self.is_respondent)
        )

    @property
    def side(self) -> str:
        """member, respondent, initiator (between them), or "" for a reader."""
        if self.is_complainant:
            return Side.MEMBER.value
        if self.is_respondent:
            return Side.RESPONDENT.value
        return Side.INITIATOR.value if self.is_judge else ""

    @property
    def sees_all(self) -> bool:
        """Names, pictures, and what the sides suggest to each other."""
        officer = self.membership is not None and self.membership.is_officer
        return bool(self.side) or self.sat or (officer and not self.complaint.by_panel)


def complaint_for(user: AnyUser, slug: str, complaint_id: int) -> Visit:
    """Any complaint of her group, or of the shop she works for; else 404."""
    related = ("group", "merchant", "mandate__membership", "round", "batch")
    found = (
        Complaint.objects.select_related(*related, "made_by__household__building", "line__offer")
        .filter(pk=complaint_id, group__slug=slug, group__status=GroupStatus.ACTIVE)
        .first()
    )
    is_staff = bool(found and found.merchant_id and role_in(user, found.merchant_id))
    member = _member_or_none(user, slug, is_staff=is_staff)
    if found is None:
        raise Http404
    mine: list[Seat] = []
    if member is not None:
        found.group = member.group
        mine = _seats_of(member, found.pk)
    waits = [seat.panel for seat in mine if _is_waited_for(seat)]
    return Visit(
        complaint=found,
        user_id=user.pk or 0,
        membership=member,
        is_staff=is_staff,
        panel=waits[0] if waits else None,
        sat=bool(mine),
    )


def _seats_of(member: Membership, complaint_id: int) -> list[Seat]:
    """Her places in panels about this complaint, with her votes. Two queries where she has any."""
    seats = Seat.objects.filter(
        member=member, panel__case=Case.COMPLAINT, panel__case_id=complaint_id
    )
    return list(seats.select_related("panel").prefetch_related("votes"))


def _is_waited_for(seat: Seat) -> bool:
    return seat.left_at is None and seat.panel.decided_at is None and not seat.votes.all()


def complainant_for(user: AnyUser, slug: str, complaint_id: int) -> Visit:
    """Her own complaint; 403 for others who may read it."""
    visit = complaint_for(user, slug, complaint_id)
    if not visit.is_complainant:
        raise NotAllowed(_("这是投诉的邻居自己的事。"))
    return visit


def respondent_for(user: AnyUser, slug: str, complaint_id: int) -> Visit:
    """A complaint that she answers for; 403 for others who may read it."""
    visit = complaint_for(user, slug, complaint_id)
    if not visit.is_respondent:
        raise NotAllowed(_("由被投诉的一方来答复。"))
    return visit


def party_for(user: AnyUser, slug: str, complaint_id: int) -> Visit:
    """One of the two sides; 403 for others who may read it."""
    visit = complaint_for(user, slug, complaint_id)
    if visit.side not in (Side.MEMBER, Side.RESPONDENT):
        raise NotAllowed(_("只有投诉的和被投诉的两方能这样做。"))
    return visit


def mediator_for(user: AnyUser, slug: str, complaint_id: int) -> Visit:
    """One of the two sides, or the initiator between them; 403 for others who may read it."""
    visit = complaint_for(user, slug, complaint_id)
    if not visit.side:
        raise NotAllowed(_("只有双方和团长能提办法。"))
    return visit


def judge_for(user: AnyUser, slug: str, complaint_id: int, *, sent: bool = False) -> Visit:
    """The initiator, or one of the three whose vote is waited for; 403 for others. `sent`: or who
    was drawn; a copy of her vote is answered as the first was."""
    visit = complaint_for(user, slug, complaint_id)
    if not (visit.is_judge or visit.panel is not None or (sent and visit.sat)):
        raise NotAllowed(_("由团长裁定；团长是一方的，由抽出来的三位邻居裁定。"))
    return visit


def drawn_for(user: AnyUser, slug: str, complaint_id: int) -> Visit:
    """Who was drawn for it, whether her vote is still waited for or not; 403 for others who may
    read it."""
    visit = complaint_for(user, slug, complaint_id)
    if not visit.sat:
        raise NotAllowed(_("这件事现在不用你评议了。刷新页面看看。"))
    return visit


def initiator_judging(user: AnyUser, slug: str, complaint_id: int) -> Visit:
    """The initiator, where she is no party; 403 for others who may read it."""
    visit = complaint_for(user, slug, complaint_id)
    if not visit.is_judge:
        raise NotAllowed(_("由团长裁定；团长是一方的，由抽出来的三位邻居裁定。"))
    return visit


def file_for(user: AnyUser, slug: str, complaint_file_id: int) -> ComplaintFile:
    """What a side showed, for whoever sees all of the complaint; else 404."""
    shown = ComplaintFile.objects.filter(pk=complaint_file_id, group__slug=slug).first()
    if shown is None:
        membership_for(user, slug)
        raise Http404
    if not complaint_for(user, slug, shown.complaint_id).sees_all:
        raise Http404
    return shown


def case_of(group_id: int, evidence: str, evidence_id: int) -> int:
    """The complaint that a row of evidence belongs to, or 404. For callers let into the group."""
    model = EVIDENCE.get(evidence)
    rows = model.objects.filter(group_id=group_id, pk=evidence_id) if model else None
    column = "pk" if model is Complaint else "complaint_id"
    found = rows.values_list(column, flat=True).first() if rows is not None else None
    if found is None:
        raise Http404
    return int(found)


def _member_or_none(user: AnyUser, slug: str, *, is_staff: bool) -> Membership | None:
    try:
        return membership_for(user, slug)
    except Http404:
        if not is_staff:
            raise
        return None
