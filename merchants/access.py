"""Who may see and touch a merchant in a group, and its goods."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef
from django.http import Http404
from django.utils.translation import gettext as _

from groups.access import AnyUser, initiator_for, membership_for, officer_for
from groups.models import GroupStatus, Membership
from merchants.models import (
    AgreementSignature,
    Appeal,
    AppealStatus,
    Application,
    ApplicationStatus,
    ChecklistLine,
    Document,
    Item,
    Merchant,
    MerchantDay,
    MerchantStaff,
    PriceWitness,
    Proposal,
    Question,
    ShopLink,
    Side,
    StaffRole,
)
from tuangou.core.errors import NotAllowed
from tuangou.core.models import User

# what every member may see: whoever sells here, or once did
PUBLIC = (ApplicationStatus.APPROVED, ApplicationStatus.SUSPENDED, ApplicationStatus.EXITED)
# whoever is out of a group shows its papers there no more
OUT = (ApplicationStatus.EXITED, ApplicationStatus.REJECTED)


@dataclass(frozen=True, slots=True)
class Signer:
    """Who acts, and for which sides she may: the initiator for the group, the owner for the shop.

    `member_id` is her membership where she acts for the group.
    """

    sides: Collection[str]
    user_id: int
    member_id: int | None = None

    @property
    def side(self) -> Side:
        """For whom she proposes: the initiator's own shop is her second hat."""
        return Side.GROUP if Side.GROUP in self.sides else Side.SHOP


@dataclass(frozen=True, slots=True)
class Caller:
    """Who stands at a merchant's page: a member, the merchant's staff, or both."""

    application: Application
    membership: Membership | None
    user_id: int
    is_staff: bool
    at_home: bool
    is_owner: bool = False

    @property
    def is_officer(self) -> bool:
        return self.membership is not None and self.membership.is_officer

    @property
    def is_initiator(self) -> bool:
        return self.membership is not None and self.membership.holds_mandate

    @property
    def keeps_goods(self) -> bool:
        """Goods and names are the merchant's, across groups: its owner keeps them, or the officers
        of the group that first took it on; no helper, no other group's officers (M1)."""
        return self.is_owner or (self.is_officer and self.at_home)

    @property
    def signer(self) -> Signer:
        """The initiator signs for the group, the owner for the shop (M5)."""
        sides = [*[Side.GROUP] * self.is_initiator, *[Side.SHOP] * self.is_owner]
        by_group = self.membership if self.is_initiator else None
        return Signer(sides, self.user_id, by_group.pk if by_group else None)


def staff_of(user: AnyUser) -> list[int]:
    """Ids of the merchants this person may act for. One query."""
    if not isinstance(user, User) or user.puts_offices_aside:
        return []
    rows = MerchantStaff.objects.filter(user=user).order_by("pk")
    return list(rows.values_list("merchant_id", flat=True))


def is_staff_anywhere(user_id: int) -> bool:
    """Whether this person acts for any merchant."""
    return MerchantStaff.objects.filter(user_id=user_id).exists()


def role_in(user: AnyUser, merchant_id: int) -> str:
    """owner, helper, or "" for whoever does not act for this merchant now. One query."""
    if not isinstance(user, User) or not user.is_active or user.puts_offices_aside:
        return ""
    rows = MerchantStaff.objects.filter(user=user, merchant_id=merchant_id)
    return rows.values_list("role", flat=True).first() or ""


def owner_of_shop(user: AnyUser, merchant_id: int) -> Merchant:
    """The merchant, for its owner: who acts for it, and to whom it goes on. 403 for its helpers,
    404 for everyone else."""
    role = role_in(user, merchant_id)
    if not role:
        raise Http404
    if role != StaffRole.OWNER:
        raise NotAllowed(_("这件事由店主来办。"))
    return Merchant.objects.get(pk=merchant_id)


def owner_for(user: AnyUser, slug: str, merchant_id: int) -> Caller:
    """The merchant's owner in one group: what is signed and settled. 403 for its helpers and for
    others who may see it."""
    caller = caller_for(user, slug, merchant_id)
    if not caller.is_owner:
        raise NotAllowed(_("这件事由店主来办。"))
    return caller


def caller_for(user: AnyUser, slug: str, merchant_id: int) -> Caller:
    """A member (officers also see merchants that are not approved) or the merchant's staff.

    Everyone else: 404. Three queries.
    """
    if not isinstance(user, User):
        raise Http404
    role = role_in(user, merchant_id)
    is_staff, is_owner = bool(role), role == StaffRole.OWNER
    membership = _member_or_none(user, slug, is_staff=is_staff)
    application = _application(slug, merchant_id)
    caller = Caller(application, membership, user.pk, is_staff, application.at_home, is_owner)
    if application.status not in PUBLIC and not (is_staff or caller.is_officer):
        raise Http404
    return caller


def application_for_member(
    user: AnyUser, slug: str, merchant_id: int
) -> tuple[Membership, Application]:
    """A member, and a merchant that sells or sold here (officers: every application); else 404."""
    member = membership_for(user, slug)
    application = _application(slug, merchant_id)
    if application.status not in PUBLIC and not member.is_officer:
        raise Http404
    return member, application


def vetting_for(user: AnyUser, slug: str, merchant_id: int) -> Caller:
    """The officers and the merchant's own staff; 403 for other members."""
    caller = caller_for(user, slug, merchant_id)
    if not (caller.is_officer or caller.is_staff):
        raise NotAllowed(_("这一页只有团长、副团长和店里的人能看。"))
    return caller


def papers_for(user: AnyUser, slug: str, merchant_id: int) -> Caller:
    """The papers themselves: the shop's owner, the officers of the group that first took it on, and
    those of a group that the shop itself has applied to. 403 for others who may see the shop, 404
    for officers once it has left or was refused.
    """
    caller = vetting_for(user, slug, merchant_id)
    status = caller.application.status
    if caller.is_owner:
        return caller
    if not caller.is_officer:
        raise NotAllowed(_("证件由店主管。"))
    if status in OUT:
        raise Http404
    shown = status != ApplicationStatus.DRAFT and has_staff(merchant_id)
    if not (caller.at_home or shown):
        raise NotAllowed(_("证件要等店里的人自己交给本群才看得到。让店主登录，把申请交上来。"))
    return caller


def has_staff(merchant_id: int) -> bool:
    """Whether anybody acts for this merchant."""
    return MerchantStaff.objects.filter(merchant_id=merchant_id).exists()


def application_for_officer(
    user: AnyUser, slug: str, merchant_id: int
) -> tuple[Membership, Application]:
    """Vetting: the initiator and her deputies; 403 for other members."""
    return officer_for(user, slug), _application(slug, merchant_id)


def application_for_initiator(
    user: AnyUser, slug: str, merchant_id: int
) -> tuple[Membership, Application]:
    """Sanctions and commission: the initiator alone; 403 for other members."""
    return initiator_for(user, slug), _application(slug, merchant_id)


def signer_for(user: AnyUser, slug: str, merchant_id: int) -> tuple[Caller, Signer]:
    """Who may propose and sign an agreement; 403 for others who may see the shop."""
    caller = caller_for(user, slug, merchant_id)
    signer = caller.signer
    if not signer.sides:
        raise NotAllowed(_("约定由团长和店主签。有事找他们谈。"))
    return caller, signer


def paper_of(application: Application, signature_id: int) -> AgreementSignature:
    """A signature on paper of this application, or 404. For callers let through to it."""
    rows = AgreementSignature.objects.filter(
        group_id=application.group_id, draft__application=application, pk=signature_id
    )
    row = rows.exclude(photo="").first()
    if row is None:
        raise Http404
    return row


def day_of(group_id: int, merchant_day_id: int, merchant_id: int | None = None) -> MerchantDay:
    """A day that a shop asked this group for, or 404. For callers let in."""
    rows = MerchantDay.objects.of_group(group_id).filter(pk=merchant_day_id)
    if merchant_id is not None:
        rows = rows.filter(application__merchant_id=merchant_id)
    row = rows.select_related("application__merchant", "group").first()
    if row is None:
        raise Http404
    return row


def keeper_for(user: AnyUser, slug: str, merchant_id: int) -> Caller:
    """Who may change a merchant and its goods; 403 for others who may see it."""
    caller = caller_for(user, slug, merchant_id)
    if not caller.keeps_goods:
        raise NotAllowed(_("货品由店主管，没有店主的由最先接它的群的团长管。"))
    return caller


def officer_at_home(user: AnyUser, slug: str, merchant_id: int) -> tuple[Membership, Application]:
    """An officer of the group that first took this merchant on; 403 for the others."""
    officer, row = application_for_officer(user, slug, merchant_id)
    if not row.at_home:  # type: ignore[attr-defined]
        raise NotAllowed(_("货品由店主管，没有店主的由最先接它的群的团长管。"))
    return officer, row


def link_of(group_id: int, link_id: int) -> ShopLink:
    """A link for shops of this group, or 404. For callers that access has let in as officers."""
    link = ShopLink.objects.of_group(group_id).filter(pk=link_id).first()
    if link is None:
        raise Http404
    return link


def line_of(group_id: int, line_id: int) -> ChecklistLine:
    """A line of this group's checklist that stands, or 404. For callers let in as officers."""
    line = ChecklistLine.objects.of_group(group_id).standing().filter(pk=line_id).first()
    if line is None:
        raise Http404
    return line


def document_of(merchant_id: int, document_id: int) -> Document:
    """A paper of this merchant whose file is still kept, or 404. For callers let through to it."""
    rows = Document.objects.filter(merchant_id=merchant_id, pk=document_id).exclude(file="")
    row = rows.defer("copy_hashes").first()
    if row is None:
        raise Http404
    return row


def item_of(merchant_id: int, item_id: int) -> Item:
    """Goods of this merchant, or 404. For callers that access has let through to the merchant."""
    item = Item.objects.filter(merchant_id=merchant_id, pk=item_id).first()
    if item is None:
        raise Http404
    return item


def contested_for_officer(
    user: AnyUser, slug: str, merchant_id: int, witness_id: int
) -> tuple[Membership, PriceWitness]:
    """Another price than the shop says, for officers; 403 for other members, else 404."""
    officer, _row = application_for_officer(user, slug, merchant_id)
    row = _witness(officer.group_id, merchant_id, witness_id)
    if not row.contests:
        raise Http404
    return officer, row


def picture_of_witness(group_id: int, merchant_id: int, witness_id: int) -> PriceWitness:
    """A price seen in this group, with its picture, or 404. For callers let through."""
    row = _witness(group_id, merchant_id, witness_id)
    if not row.picture:
        raise Http404
    return row


def _witness(group_id: int, merchant_id: int, witness_id: int) -> PriceWitness:
    rows = PriceWitness.objects.filter(group_id=group_id, item__merchant_id=merchant_id)
    related = ("item", "witness__household__building")
    row = rows.select_related(*related).filter(pk=witness_id).first()
    if row is None:
        raise Http404
    return row


def question_for_staff(
    user: AnyUser, slug: str, merchant_id: int, question_id: int
) -> tuple[Caller, Question]:
    """A question of this group to a shop, for the shop's staff; 403 for others who may see it."""
    caller = caller_for(user, slug, merchant_id)
    if not caller.is_staff:
        raise NotAllowed(_("只有店里的人能答。"))
    return caller, _question(caller, merchant_id, question_id)


def question_for_initiator(
    user: AnyUser, slug: str, merchant_id: int, question_id: int
) -> tuple[Caller, Question]:
    """A question of this group, for the initiator; 403 for others who may see it."""
    caller = caller_for(user, slug, merchant_id)
    if not caller.is_initiator:
        raise NotAllowed(_("只有团长能收起问题。"))
    return caller, _question(caller, merchant_id, question_id)


def _question(caller: Caller, merchant_id: int, question_id: int) -> Question:
    rows = Question.objects.filter(group_id=caller.application.group_id, merchant_id=merchant_id)
    related = ("merchant", "group", "asked_by__household__building")
    row = rows.select_related(*related).filter(pk=question_id).first()
    if row is None:
        raise Http404
    return row


def proposal_of(group_id: int, proposal_id: int) -> Proposal:
    """A shop that was proposed in this group, or 404. For callers let into the group."""
    row = Proposal.objects.filter(group_id=group_id, pk=proposal_id).first()
    if row is None:
        raise Http404
    return row


def shop_for(user: AnyUser, slug: str, merchant_id: int) -> Caller:
    """The shop's own people; 403 for others who may see it."""
    caller = caller_for(user, slug, merchant_id)
    if not caller.is_staff:
        raise NotAllowed(_("申诉由店里的人自己提。"))
    return caller


def appeal_for_officer(
    user: AnyUser, slug: str, merchant_id: int
) -> tuple[Caller, Membership, Appeal]:
    """The appeal that waits for an answer; 403 for other members, 404 where none waits."""
    officer, _row = application_for_officer(user, slug, merchant_id)
    caller = caller_for(user, slug, merchant_id)
    waiting = Appeal.objects.filter(
        group_id=officer.group_id, application=caller.application, status=AppealStatus.WAITING
    )
    row = waiting.order_by("-pk").first()
    if row is None:
        raise Http404
    return caller, officer, row


def _member_or_none(user: User, slug: str, *, is_staff: bool) -> Membership | None:
    try:
        return membership_for(user, slug)
    except Http404:
        if not is_staff:
            raise
        return None


def _application(slug: str, merchant_id: int) -> Any:
    """With `at_home`: whether this group was the first that the merchant came to."""
    earlier = Application.objects.filter(merchant_id=merchant_id, pk__lt=OuterRef("pk"))
    application = (
        Application.objects.annotate(at_home=~Exists(earlier))
        .filter(group__slug=slug, group__status=GroupStatus.ACTIVE, merchant_id=merchant_id)
        .select_related("merchant", "group")
        .first()
    )
    if application is None:
        raise Http404
    return application
