"""Shops come to a group by a link of its officers (M2). Lock order: group, then what follows."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from groups.models import Group, Membership
from merchants.models import Application, MerchantStaff, ShopLink, StaffRole
from merchants.models.links import LASTS, token_sha256
from merchants.services.applications import bring_merchant, start_application
from merchants.services.merchants import Shop, add_staff
from tuangou.core import clock, events
from tuangou.core.errors import DomainError, InvalidInput
from tuangou.core.models import User

MOST_STANDING = 50


class LinkOver(DomainError):
    """The link is closed, used up or past its day."""

    code = "shop_link_over"
    rule = "M2"


class EnoughLinks(DomainError):
    """A group has only so many open links for shops."""

    code = "enough_shop_links"
    rule = "M2"


@transaction.atomic
def make_link(
    *, group_id: int, actor_id: int, for_all: bool = False, merchant_id: int | None = None
) -> ShopLink:
    """A link for one shop, for 14 days; or `for_all`, until it is closed, in place of the last one.

    With `merchant_id`, for a shop without an owner: who comes by it becomes its owner. Raises
    EnoughLinks, InvalidInput.
    """
    Group.objects.lock(group_id)
    at = clock.now()
    actor = Membership.objects.of_group(group_id).get(pk=actor_id)
    links = ShopLink.objects.of_group(group_id)
    if links.usable().count() >= MOST_STANDING:
        raise EnoughLinks(_("开着的商家链接太多了，先收回几个"))
    if merchant_id is not None and _has_owner(merchant_id):
        raise InvalidInput(_("这家店已经有店主，让店主自己登录"))
    if for_all:
        links.filter(expires_at=None, closed_at=None).update(closed_at=at)
    number = links.count() + 1
    link = ShopLink.objects.create(
        group_id=group_id,
        number=number,
        token_sha256=token_sha256(ShopLink.token_of(group_id, number)),
        merchant_id=merchant_id,
        made_by=actor,
        made_at=at,
        expires_at=None if for_all else at + LASTS,
    )
    _tell("shop_link.made", link, actor.user_id, at)
    return link


@transaction.atomic
def close_link(*, group_id: int, actor_id: int, link_id: int) -> ShopLink:
    """Nobody comes by this link any more. Twice is once."""
    Group.objects.lock(group_id)
    at = clock.now()
    actor = Membership.objects.of_group(group_id).get(pk=actor_id)
    link = ShopLink.objects.of_group(group_id).get(pk=link_id)
    if link.closed_at is None:
        link.closed_at = at
        link.save(update_fields=["closed_at"])
        _tell("shop_link.closed", link, actor.user_id, at)
    return link


@transaction.atomic
def come_by_link(
    *, link_id: int, user_id: int | None, shop: Shop, language: str = "zh-hans"
) -> tuple[Application, User]:
    """A person registers her shop and has its draft in this group; it becomes hers. Without
    `user_id` an account is made for her, which she is signed in to; it proves nothing.

    Raises LinkOver, CreditCodeTaken, AlreadyApplied, InvalidInput.
    """
    link = _take(link_id)
    if link.merchant_id is not None:
        raise InvalidInput(_("这条链接是接手一家店用的，点「接手这家店」"))
    user = _account(user_id, shop.brand, language)
    application = bring_merchant(
        group_id=link.group_id, user_id=user.pk, shop=shop, by_officer=False, send=False
    )
    _use(link, user)
    return application, user


@transaction.atomic
def come_with_shop(*, link_id: int, user_id: int, merchant_id: int) -> Application:
    """A shop of hers that is known already comes to this group with a draft.

    Raises LinkOver, AlreadyApplied, InvalidInput for a shop that is not hers.
    """
    link = _take(link_id)
    if not MerchantStaff.objects.filter(user_id=user_id, merchant_id=merchant_id).exists():
        raise InvalidInput(_("只能带自己的店来"))
    application = start_application(
        group_id=link.group_id, merchant_id=merchant_id, user_id=user_id
    )
    _use(link, User.objects.get(pk=user_id))
    return application


@transaction.atomic
def take_over(
    *, link_id: int, user_id: int | None, language: str = "zh-hans"
) -> tuple[Application, User]:
    """She becomes the owner of the shop that an officer wrote down for her; an account as above.

    Raises LinkOver, OwnerKnown, InvalidInput for a link to no shop.
    """
    link = _take(link_id)
    if link.merchant is None:
        raise InvalidInput(_("这条链接不是给哪一家店的。填好店的资料再提交"))
    user = _account(user_id, link.merchant.brand, language)
    add_staff(
        merchant_id=link.merchant.pk, user_id=user.pk, role=StaffRole.OWNER, actor_user_id=user.pk
    )
    _use(link, user)
    row = Application.objects.get(group_id=link.group_id, merchant_id=link.merchant.pk)
    return row, user


def _take(link_id: int) -> ShopLink:
    """The link while it can be used, under the group's lock."""
    group_id = ShopLink.objects.values_list("group_id", flat=True).get(pk=link_id)
    Group.objects.lock(group_id)
    link = ShopLink.objects.usable().select_related("merchant").filter(pk=link_id).first()
    if link is None:
        raise LinkOver(_("这条链接用过了，或已经收回。请团长再发一条"))
    return link


def _use(link: ShopLink, user: User) -> None:
    """A link for one shop is used up."""
    if not link.for_all:
        link.used_at, link.used_by = clock.now(), user
        link.save(update_fields=["used_at", "used_by"])


def _account(user_id: int | None, brand: str, language: str) -> User:
    if user_id is not None:
        return User.objects.get(pk=user_id)
    return User.objects.create_user(nickname=brand[:20], language=language)


def _has_owner(merchant_id: int) -> bool:
    return MerchantStaff.objects.filter(merchant_id=merchant_id, role=StaffRole.OWNER).exists()


def _tell(kind: str, link: ShopLink, user_id: int | None, at: datetime) -> None:
    events.publish(kind, group_id=link.group_id, subject_id=link.pk, actor_id=user_id, at=at)
