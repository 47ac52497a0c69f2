"""A merchant that brings goods to the doors reads where they are; each look is written down."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from groups.models import Membership
from merchants.models import MerchantStaff
from orders.models import DoorView, Round, RoundStatus
from orders.queries.bags import Bag, bags_of
from tuangou.core import clock, rows
from tuangou.core.errors import DomainError, NotAllowed

# from when it is known who gets something until it is done
ON_THE_WAY = (RoundStatus.CONFIRMED, RoundStatus.ARRIVED)


class DoorsClosed(DomainError):
    """Not delivered to the door, nobody to go to yet, or done: no door is shown."""

    code = "doors_closed"
    rule = "M3"


@dataclass(frozen=True, slots=True)
class Stop:
    """One door to go to, and whom to call there."""

    bag: Bag
    phone: str


@transaction.atomic
def look_at_doors(*, round_id: int, user_id: int) -> list[Stop]:
    """Every door of a round that its merchant delivers to, in the order of the addresses, and a row
    for each that says who looked when. Nothing is shown that is not written down.

    Under the round's lock: once it is done, or she has left the shop, nobody looks any more.
    Raises DoorsClosed, NotAllowed.
    """
    rnd = Round.objects.lock(round_id)
    at = clock.now()
    if not MerchantStaff.objects.filter(merchant_id=rnd.merchant_id, user_id=user_id).exists():
        raise NotAllowed(_("这一页只有店里的人能用。"))
    if not rnd.to_the_door:
        raise DoorsClosed(_("这个团是自提，店里不看门牌。"))
    if rnd.status not in ON_THE_WAY:
        raise DoorsClosed(
            _("这个团现在是「%(status)s」。成团以后、结团以前才看得到门牌。")
            % {"status": rnd.get_status_display()}
        )
    bags = [bag for bag in bags_of(rnd) if bag.goods]
    people = Membership.objects.filter(pk__in={bag.member_id for bag in bags})
    phones = {
        pk: phone or contact
        for pk, phone, contact in people.values_list("pk", "user__phone", "contact_phone")
    }
    rows.insert(
        [
            DoorView(
                group_id=rnd.group_id,
                round=rnd,
                order_id=bag.order_id,
                seen_by_id=user_id,
                seen_at=at,
            )
            for bag in bags
        ]
    )
    return [Stop(bag, phones.get(bag.member_id) or "") for bag in bags]
