"""How many merchants a day: rounds that end on it, and days kept for merchants (O2, G1).

Both are counted under the group's lock, so that two at once never make one too many.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from groups.models import Group, Membership
from groups.services import words
from merchants.models import ApplicationStatus, DayStatus, MerchantDay
from merchants.services.days import hold_day, tell_day
from orders.queries.days import kept_for, selling_on
from tuangou.core.errors import DomainError, InvalidTransition


class TooManyMerchantsThatDay(DomainError):
    code = "too_many_merchants_that_day"
    rule = "O2"


def check_day(group: Group, merchant_id: int, cut_off_at: datetime) -> None:
    """At most merchants_per_day merchants with a cut-off on the same local day (O2, G1).

    A day kept for another merchant is taken; whose own day is kept competes with rounds alone. The
    caller holds the group. Raises TooManyMerchantsThatDay.
    """
    day = group.local(cut_off_at).date()
    kept = kept_for(group, day)
    others = selling_on(group, day) | (kept if merchant_id not in kept else set())
    others.discard(merchant_id)
    if len(others) >= group.merchants_per_day:
        raise too_many(group, len(others))


def too_many(group: Group, n: int) -> TooManyMerchantsThatDay:
    return TooManyMerchantsThatDay(
        _("每天最多 %(limit)s 个商家截单（群规），那天已有 %(n)s 个。换一天截单。")
        % {"limit": group.merchants_per_day, "n": n},
        field="cut_off",
    )


@transaction.atomic
def confirm_day(*, merchant_day_id: int, actor_id: int, answer: str = "") -> MerchantDay:
    """Keep the day for this merchant (O2): no others open a round beyond the number with it.

    Raises TooManyMerchantsThatDay, DayOver, InvalidInput, InvalidTransition.
    """
    row, at = hold_day(merchant_day_id)
    merchant_id = row.application.merchant_id
    actor = Membership.objects.of_group(row.group_id).get(pk=actor_id)
    if row.application.status != ApplicationStatus.APPROVED:
        raise InvalidTransition(_("这家店现在不能开团，留不了日子"))
    others = (selling_on(row.group, row.day) | kept_for(row.group, row.day)) - {merchant_id}
    if len(others) >= row.group.merchants_per_day:
        raise too_many(row.group, len(others))
    answer = words.plain(answer, field="answer", most=200)
    row.move_to(DayStatus.CONFIRMED, at=at, by=actor, answer=answer)
    tell_day("merchant_day.confirmed", row, merchant_id, actor.user_id, at)
    return row
