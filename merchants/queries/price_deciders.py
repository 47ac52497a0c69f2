"""Who decides of a contested store price: never somebody with an interest in the shop (M6)."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from groups.models import Membership
from merchants.models import MerchantStaff
from tuangou.core.errors import NotAllowed


@dataclass(frozen=True, slots=True)
class Deciders:
    """`ids`: memberships in office that may decide; `text`: who they are, for everybody else."""

    ids: frozenset[int]
    text: str

    def check(self, member_id: int) -> None:
        """Raises NotAllowed, with who may."""
        if member_id not in self.ids:
            raise NotAllowed(self.text)


def deciders_of(group_id: int, merchant_id: int) -> Deciders:
    """The initiator; where somebody of her household acts for the shop, the deputies of whom that
    is not so; where it is so of all, nobody yet. One query."""
    staff = MerchantStaff.objects.filter(merchant_id=merchant_id).values("user_id")
    at_shop = Membership.objects.active().of_group(group_id).filter(user_id__in=staff)
    near = Exists(at_shop.filter(household_id=OuterRef("household_id")))
    people = Membership.objects.active().of_group(group_id).with_office()
    officers = people.filter(Q(holds_mandate=True) | Q(is_deputy=True)).annotate(near=near)
    free = [row for row in officers if not row.near]  # type: ignore[attr-defined]
    leader = next((row for row in officers if row.holds_mandate), None)
    if leader is None or leader in free:
        ids = frozenset(row.pk for row in free if row.holds_mandate)
        return Deciders(ids, _("店价由团长定，或者商家改过来。"))
    if free:
        text = _("团长和这家店有关，店价由无关的副团长定，或者商家改过来。")
        return Deciders(frozenset(row.pk for row in free), text)
    text = _("团长和这家店有关，没有无关的副团长。团长设一位来定，或者商家改过来。")
    return Deciders(frozenset(), text)
