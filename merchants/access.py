"""Who may see and touch a merchant in a group, and its goods."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404
from django.utils.translation import gettext as _

from groups.access import AnyUser, initiator_for, membership_for, officer_for
from groups.models import GroupStatus, Membership
from merchants.models import Application, ApplicationStatus, Item, MerchantStaff
from tuangou.core.errors import NotAllowed
from tuangou.core.models import User

# what every member may see: whoever sells here, or once did
PUBLIC = (ApplicationStatus.APPROVED, ApplicationStatus.SUSPENDED, ApplicationStatus.EXITED)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who stands at a merchant's page: a member, the merchant's staff, or both."""

    application: Application
    membership: Membership | None
    user_id: int
    is_staff: bool
    at_home: bool

    @property
    def is_officer(self) -> bool:
        return self.membership is not None and self.membership.is_officer

    @property
    def is_initiator(self) -> bool:
        return self.membership is not None and self.membership.holds_mandate

    @property
    def keeps_goods(self) -> bool:
        """Goods and names are the merchant's, across groups: its staff keeps them, or the officers
        of the group that first took it on; no other group's officers."""
        return self.is_staff or (self.is_officer and self.at_home)


def staff_of(user: AnyUser) -> list[int]:
    """Ids of the merchants this person may act for. One query."""
    if not isinstance(user, User) or user.puts_offices_aside:
        return []
    rows = MerchantStaff.objects.filter(user=user).order_by("pk")
    return list(rows.values_list("merchant_id", flat=True))


def is_staff_anywhere(user_id: int) -> bool:
    """Whether this person acts for any merchant."""
    return MerchantStaff.objects.filter(user_id=user_id).exists()


def caller_for(user: AnyUser, slug: str, merchant_id: int) -> Caller:
    """A member (officers also see merchants that are not approved) or the merchant's staff.

    Everyone else: 404. Four queries.
    """
    if not isinstance(user, User):
        raise Http404
    staff = MerchantStaff.objects.filter(user=user, merchant_id=merchant_id)
    is_staff = not user.puts_offices_aside and staff.exists()
    membership = _member_or_none(user, slug, is_staff=is_staff)
    application = _application(slug, merchant_id)
    caller = Caller(application, membership, user.pk, is_staff, _at_home(application))
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


def keeper_for(user: AnyUser, slug: str, merchant_id: int) -> Caller:
    """Who may change a merchant and its goods; 403 for others who may see it."""
    caller = caller_for(user, slug, merchant_id)
    if not caller.keeps_goods:
        raise NotAllowed(_("货品由店里的人管，没有店员的由最先接它的群的团长管。"))
    return caller


def item_of(merchant_id: int, item_id: int) -> Item:
    """Goods of this merchant, or 404. For callers that access has let through to the merchant."""
    item = Item.objects.filter(merchant_id=merchant_id, pk=item_id).first()
    if item is None:
        raise Http404
    return item


def _member_or_none(user: User, slug: str, *, is_staff: bool) -> Membership | None:
    try:
        return membership_for(user, slug)
    except Http404:
        if not is_staff:
            raise
        return None


def _application(slug: str, merchant_id: int) -> Application:
    application = (
        Application.objects.filter(
            group__slug=slug, group__status=GroupStatus.ACTIVE, merchant_id=merchant_id
        )
        .select_related("merchant", "group")
        .first()
    )
    if application is None:
        raise Http404
    return application


def _at_home(application: Application) -> bool:
    earlier = Application.objects.filter(merchant_id=application.merchant_id, pk__lt=application.pk)
    return not earlier.exists()
