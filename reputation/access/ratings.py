"""Who rates, reads, answers and hides: members, buyers, the shop's people, officers (R1)."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404
from django.utils.translation import gettext as _

from groups.access import AnyUser, membership_for, officer_for
from groups.models import Group, Membership
from merchants.access import Caller, caller_for, item_of, role_in
from merchants.models import Item, MerchantStaff
from orders.access import own_order, round_for_member
from orders.models import Order, Round, RoundStatus
from reputation.models import Comment, Rating, RatingPhoto
from tuangou.core.errors import NotAllowed
from tuangou.core.models import User


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: her household and whether she acts for the shop."""

    household_id: int | None = None
    is_staff: bool = False


@dataclass(frozen=True, slots=True)
class OfRound:
    """Who stands at what was said of a round: a member, the shop's people, or both."""

    round: Round
    membership: Membership | None
    is_staff: bool

    @property
    def group(self) -> Group:
        return self.round.group

    @property
    def reader(self) -> Reader:
        return reader_of(self.membership, is_staff=self.is_staff)


def reader_of(membership: Membership | None, *, is_staff: bool) -> Reader:
    return Reader(membership.household_id if membership else None, is_staff)


def reader_by(user: User, membership: Membership | None, merchant_id: int) -> Reader:
    """As reader_of, for programs: a token that puts her shop aside reads no name that is kept from
    the shop. One query."""
    works_there = MerchantStaff.objects.filter(user=user, merchant_id=merchant_id)
    return reader_of(membership, is_staff=works_there.exists())


def order_to_rate(user: AnyUser, slug: str, order_id: int) -> tuple[Membership, Order]:
    """The buyer's own order; 404 for everyone else, officers too."""
    return own_order(user, slug, order_id)


def round_said(user: AnyUser, slug: str, round_id: int) -> OfRound:
    """What was said of a round: for members, and for the merchant's staff; else 404."""
    rnd = Round.objects.select_related("merchant", "group").filter(pk=round_id).first()
    is_staff = rnd is not None and bool(role_in(user, rnd.merchant_id))
    if rnd is None or rnd.group.slug != slug or not is_staff:
        member, found = round_for_member(user, slug, round_id)
        return OfRound(found, member, False)
    if rnd.status == RoundStatus.DRAFT:
        raise Http404
    return OfRound(rnd, _member_or_none(user, slug), True)


def item_said(user: AnyUser, slug: str, merchant_id: int, item_id: int) -> tuple[Caller, Item]:
    """What was said of goods: for who may see the shop; else 404."""
    caller = caller_for(user, slug, merchant_id)
    return caller, item_of(merchant_id, item_id)


def rating_for_member(user: AnyUser, slug: str, rating_id: int) -> tuple[Membership, Rating]:
    """A rating of the group."""
    member = membership_for(user, slug)
    return member, _rating(member.group_id, rating_id)


def rating_for_staff(
    user: AnyUser, slug: str, merchant_id: int, rating_id: int
) -> tuple[Caller, Rating]:
    """A rating of the shop's goods, for its people; 403 for others who may see it."""
    caller = caller_for(user, slug, merchant_id)
    if not caller.is_staff:
        raise NotAllowed(_("只有店里的人能答。"))
    return caller, _rating(caller.application.group_id, rating_id, merchant_id=merchant_id)


def photo_for(user: AnyUser, slug: str, photo_id: int) -> RatingPhoto:
    """A picture of a rating, for members and the shop's people; else 404."""
    photo = RatingPhoto.objects.select_related("rating__group").filter(pk=photo_id).first()
    if photo is None or photo.rating.group.slug != slug:
        membership_for(user, slug)
        raise Http404
    if not role_in(user, photo.rating.merchant_id):
        membership_for(user, slug)
    return photo


def comment_for_officer(user: AnyUser, slug: str, comment_id: int) -> tuple[Membership, Comment]:
    """A comment of the group, for the initiator and deputies; 403 for other members."""
    officer = officer_for(user, slug)
    found = Comment.objects.select_related("round", "member__household__building")
    row = found.filter(group_id=officer.group_id, pk=comment_id).first()
    if row is None:
        raise Http404
    return officer, row


def _rating(group_id: int, rating_id: int, **of: int) -> Rating:
    row = Rating.objects.of_group(group_id).filter(pk=rating_id, **of).first()
    if row is None:
        raise Http404
    return row


def _member_or_none(user: AnyUser, slug: str) -> Membership | None:
    try:
        return membership_for(user, slug)
    except Http404:
        return None
