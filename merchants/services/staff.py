"""Who acts for a merchant: its owner lets helpers in, sends them away, hands the shop on (M1).

Everything is read anew with every request, so a right ends with its row. Lock: the merchant.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from groups.services import words
from merchants.models import Merchant, MerchantStaff, StaffLink, StaffRole
from merchants.models.links import token_sha256
from merchants.models.staff_links import STAFF_LINK_LASTS
from merchants.services.merchants import add_staff
from tuangou.core import clock, events
from tuangou.core.errors import DomainError, InvalidInput, NotAllowed
from tuangou.core.models import User

MOST_HELPERS = 20
MOST_STANDING = 10
LONGEST_NAME = 20


class StaffLinkOver(DomainError):
    """The link is closed, used up or past its day."""

    code = "staff_link_over"
    rule = "M1"


class EnoughHelpers(DomainError):
    """A shop has only so many helpers, and open links for them."""

    code = "enough_helpers"
    rule = "M1"


class NotStaff(DomainError):
    """She does not act for this shop any more."""

    code = "not_staff"
    rule = "M1"


@transaction.atomic
def make_staff_link(*, merchant_id: int, actor_user_id: int) -> StaffLink:
    """A link for one helper, for three days. Raises EnoughHelpers, NotAllowed."""
    _lock_as_owner(merchant_id, actor_user_id)
    at = clock.now()
    links = StaffLink.objects.filter(merchant_id=merchant_id)
    if links.usable().count() >= MOST_STANDING:
        raise EnoughHelpers(_("开着的店员链接太多了，先收回几个"))
    number = links.count() + 1
    link = StaffLink.objects.create(
        merchant_id=merchant_id,
        number=number,
        token_sha256=token_sha256(StaffLink.token_of(merchant_id, number)),
        made_by_id=actor_user_id,
        made_at=at,
        expires_at=at + STAFF_LINK_LASTS,
    )
    _tell("staff_link.made", link.pk, actor_user_id, at)
    return link


@transaction.atomic
def close_staff_link(*, merchant_id: int, link_id: int, actor_user_id: int) -> StaffLink:
    """Nobody comes by this link any more. Twice is once. Raises NotAllowed."""
    _lock_as_owner(merchant_id, actor_user_id)
    at = clock.now()
    link = StaffLink.objects.get(merchant_id=merchant_id, pk=link_id)
    if link.closed_at is None:
        link.closed_at = at
        link.save(update_fields=["closed_at"])
        _tell("staff_link.closed", link.pk, actor_user_id, at)
    return link


@transaction.atomic
def join_staff(
    *, link_id: int, user_id: int | None, nickname: str = "", language: str = "zh-hans"
) -> User:
    """She becomes the shop's helper; the link is used up. Without `user_id` an account of this
    nickname is made for her. Whoever is in already stays what she is.

    Raises StaffLinkOver, EnoughHelpers, InvalidInput.
    """
    merchant_id = StaffLink.objects.values_list("merchant_id", flat=True).get(pk=link_id)
    Merchant.objects.select_for_update(no_key=True).get(pk=merchant_id)
    link = StaffLink.objects.usable().filter(pk=link_id).first()
    if link is None:
        raise StaffLinkOver(_("这条链接用过了，或已经收回。请店主再发一条"))
    staff = MerchantStaff.objects.filter(merchant_id=merchant_id)
    if staff.filter(role=StaffRole.HELPER).count() >= MOST_HELPERS:
        raise EnoughHelpers(
            _("一家店最多 %(most)d 个店员。请店主先减一个") % {"most": MOST_HELPERS}
        )
    user = _account(user_id, nickname, language)
    add_staff(
        merchant_id=merchant_id, user_id=user.pk, role=StaffRole.HELPER, actor_user_id=user.pk
    )
    link.used_at, link.used_by = clock.now(), user
    link.save(update_fields=["used_at", "used_by"])
    return user


@transaction.atomic
def remove_helper(*, merchant_id: int, staff_id: int, actor_user_id: int) -> None:
    """A helper acts for the shop no more, from this moment on: sent away by the owner, or gone by
    herself. The owner stays until the shop is handed on. Raises NotStaff, NotAllowed."""
    Merchant.objects.select_for_update(no_key=True).get(pk=merchant_id)
    at = clock.now()
    row = _helper(merchant_id, staff_id)
    if row.user_id != actor_user_id:
        _require_owner(merchant_id, actor_user_id)
    user_id = row.user_id
    row.delete()
    _tell("merchant.staff_removed", merchant_id, actor_user_id, at, user=user_id)


@transaction.atomic
def hand_shop_on(*, merchant_id: int, staff_id: int, actor_user_id: int) -> None:
    """A helper becomes the owner, the owner a helper. Raises NotStaff, NotAllowed."""
    owner = _lock_as_owner(merchant_id, actor_user_id)
    at = clock.now()
    helper = _helper(merchant_id, staff_id)
    for row, role in ((owner, StaffRole.HELPER), (helper, StaffRole.OWNER)):
        row.role = role
        row.save(update_fields=["role"])
    _tell("merchant.owner_changed", merchant_id, actor_user_id, at, user=helper.user_id)


def _lock_as_owner(merchant_id: int, user_id: int) -> MerchantStaff:
    Merchant.objects.select_for_update(no_key=True).get(pk=merchant_id)
    return _require_owner(merchant_id, user_id)


def _require_owner(merchant_id: int, user_id: int) -> MerchantStaff:
    owners = MerchantStaff.objects.filter(merchant_id=merchant_id, role=StaffRole.OWNER)
    owner = owners.filter(user_id=user_id).first()
    if owner is None:
        raise NotAllowed(_("这件事由店主来办。"))
    return owner


def _helper(merchant_id: int, staff_id: int) -> MerchantStaff:
    helpers = MerchantStaff.objects.filter(merchant_id=merchant_id, role=StaffRole.HELPER)
    row = helpers.filter(pk=staff_id).first()
    if row is None:
        raise NotStaff(_("这位已经不是店员了。刷新页面看看"))
    return row


def _account(user_id: int | None, nickname: str, language: str) -> User:
    if user_id is not None:
        return User.objects.get(pk=user_id)
    name = words.plain(nickname, field="nickname", most=LONGEST_NAME, empty=_("写上大家怎么叫你"))
    if not name:
        raise InvalidInput(_("写上大家怎么叫你"), field="nickname")
    return User.objects.create_user(nickname=name, language=language)


def _tell(kind: str, subject_id: int, user_id: int | None, at: datetime, **data: object) -> None:
    """Merchants are known across groups, so what happens to them belongs to the installation."""
    events.publish(kind, group_id=None, subject_id=subject_id, actor_id=user_id, at=at, **data)
