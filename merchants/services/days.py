"""Shops ask for days; the group says no, or the shop wants one no more (O1, G1).

Whether a day can be kept depends on the rounds that end on it: orders.services.days says yes. Lock
order: group, then the day.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from groups.models import Group, Membership
from groups.services import words
from merchants.models import (
    Application,
    ApplicationStatus,
    DayStatus,
    MerchantDay,
    MerchantStaff,
)
from tuangou.core import clock, events
from tuangou.core.errors import DomainError, InvalidInput, InvalidTransition

FURTHEST = timedelta(days=90)
MOST_STANDING = 12


class AskedAlready(DomainError):
    """The shop has asked for this day."""

    code = "day_asked_already"
    rule = "O1"


class KeptForShop(DomainError):
    """The group kept this day: it answers the shop, with a word, before it takes the day away."""

    code = "kept_for_the_shop"
    rule = "O1"


class DayOver(DomainError):
    """The day has passed."""

    code = "day_over"
    rule = "O1"


@transaction.atomic
def ask_day(*, group_id: int, merchant_id: int, day: date, wish: str, user_id: int) -> MerchantDay:
    """A shop that sells here asks for a local day, from today to 90 days ahead.

    Raises AskedAlready, InvalidInput, InvalidTransition.
    """
    group = Group.objects.lock(group_id)
    application = Application.objects.lock(group_id, merchant_id)
    at = clock.now()
    if application.status != ApplicationStatus.APPROVED:
        raise InvalidTransition(_("通过审核的店才能约日子。先把申请办完"))
    today = group.local(at).date()
    if not today <= day <= today + FURTHEST:
        raise InvalidInput(_("选今天起 90 天以内的一天"), field="day")
    mine = MerchantDay.objects.of_group(group_id).filter(application=application)
    if mine.standing().filter(day__gte=today).count() >= MOST_STANDING:
        raise InvalidInput(_("约着的日子太多了，先收回几个"), field="day")
    row = MerchantDay(
        group=group,
        application=application,
        day=day,
        wish=words.plain(wish, field="wish", most=200),
        asked_by_id=user_id,
        asked_at=at,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise AskedAlready(_("这一天已经约过了，在下面看结果"), field="day") from error
    tell_day("merchant_day.asked", row, application.merchant_id, user_id, at)
    return row


@transaction.atomic
def decline_day(*, merchant_day_id: int, actor_id: int, answer: str) -> MerchantDay:
    """No, also to a day that was kept; with a word. Raises DayOver, InvalidInput,
    InvalidTransition."""
    row, at = hold_day(merchant_day_id)
    actor = Membership.objects.of_group(row.group_id).get(pk=actor_id)
    answer = words.plain(answer, field="answer", most=200, empty=_("写一句为什么，店里看得到"))
    row.move_to(DayStatus.DECLINED, at=at, by=actor, answer=answer)
    tell_day("merchant_day.declined", row, row.application.merchant_id, actor.user_id, at)
    return row


@transaction.atomic
def withdraw_day(*, merchant_day_id: int, user_id: int) -> MerchantDay:
    """The shop wants the day no more; it is free for others. Officers do it only where nobody acts
    for the shop. Raises DayOver, InvalidTransition, KeptForShop."""
    row, at = hold_day(merchant_day_id)
    staff = MerchantStaff.objects.filter(merchant_id=row.application.merchant_id)
    if staff.exists() and not staff.filter(user_id=user_id).exists():
        raise KeptForShop(_("收回要店里自己来。你不留这天，在商家日历上写一句为什么。"))
    row.move_to(DayStatus.WITHDRAWN, at=at)
    tell_day("merchant_day.withdrawn", row, row.application.merchant_id, user_id, at)
    return row


def hold_day(merchant_day_id: int) -> tuple[MerchantDay, datetime]:
    """Group, then day; and the moment. Raises DayOver: a past day is over by itself."""
    group_id = MerchantDay.objects.values_list("group_id", flat=True).get(pk=merchant_day_id)
    group = Group.objects.lock(group_id)
    row = MerchantDay.objects.lock(merchant_day_id)
    at = clock.now()
    if row.day < group.local(at).date():
        raise DayOver(_("这一天已经过了。看看后面的日子"))
    return row, at


def tell_day(
    kind: str, row: MerchantDay, merchant_id: int, user_id: int | None, at: datetime
) -> None:
    events.publish(
        kind,
        group_id=row.group_id,
        subject_id=row.pk,
        actor_id=user_id,
        at=at,
        merchant=merchant_id,
        day=row.day.isoformat(),
    )
