"""The waiting list as pages and programs show it (O5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404

from groups.access import AnyUser, membership_for
from groups.models import Membership, MembershipStatus
from orders.access import round_for_member, round_for_officer
from orders.models import Offer, Order, OrderLine, Round, WaitlistEntry, WaitStatus
from tuangou.core import money


def offer_for_member(
    user: AnyUser, slug: str, round_id: int, offer_id: int
) -> tuple[Membership, Round, Offer]:
    """An offer of a round she may see, to wait for it; else 404."""
    member, rnd = round_for_member(user, slug, round_id)
    return member, rnd, offer_of(rnd, offer_id)


def offer_for_officer(
    user: AnyUser, slug: str, round_id: int, offer_id: int
) -> tuple[Membership, Round, Offer]:
    """An offer of a round of the group, to raise its capacity: the officers."""
    officer, rnd = round_for_officer(user, slug, round_id)
    return officer, rnd, offer_of(rnd, offer_id)


def entry_for_member(user: AnyUser, slug: str, entry_id: int) -> tuple[Membership, WaitlistEntry]:
    """A place in line that is hers; any one for an officer; else 404."""
    member = membership_for(user, slug)
    entries = WaitlistEntry.objects.filter(group_id=member.group_id, pk=entry_id)
    if not member.is_officer:
        entries = entries.filter(member_id=member.pk)
    entry = entries.first()
    if entry is None:
        raise Http404
    return member, entry


def offer_of(rnd: Round, offer_id: int) -> Offer:
    """An offer of this round; else 404."""
    offer = Offer.objects.of_round(rnd.pk).filter(pk=offer_id).first()
    if offer is None:
        raise Http404
    return offer


@dataclass(frozen=True, slots=True)
class Wait:
    """One place in a line. `ahead`: how many households asked before; 0 is the head."""

    id: int
    offer_id: int
    name: str
    unit: str
    quantity: Decimal
    ahead: int
    asked_at: datetime
    status: str
    said: str
    order_id: int | None
    member_id: int
    masked_name: str
    nickname: str
    door: str

    @property
    def waits(self) -> bool:
        return self.status == WaitStatus.WAITING

    @property
    def place(self) -> int:
        return self.ahead + 1


def waits_of(rnd: Round, member: Membership) -> list[Wait]:
    """What her household waits for in a round, by asking. One query."""
    hers = Q(household_id=member.household_id) | Q(member_id=member.pk)
    return _waits(WaitlistEntry.objects.waiting().filter(hers, round_id=rnd.pk).order_by("pk"))


def waits_in(rnd: Round) -> list[Wait]:
    """Everybody who waits for something of a round, each offer in order of asking. One query."""
    entries = WaitlistEntry.objects.waiting().filter(round_id=rnd.pk)
    return _waits(entries.order_by("offer__position", "pk"))


def wait_of(offer: Offer, member: Membership) -> Wait | None:
    """What her household waits for of one offer; else what became of her last wish. One query."""
    hers = Q(member_id=member.pk) | Q(household_id=member.household_id, status=WaitStatus.WAITING)
    entries = WaitlistEntry.objects.filter(hers, offer=offer)
    found = _waits(entries.order_by(F("ended_at").desc(nulls_first=True), "-pk")[:1])
    return found[0] if found else None


def wait_card(entry_id: int) -> Wait:
    """One entry. One query."""
    return _waits(WaitlistEntry.objects.filter(pk=entry_id).order_by("pk"))[0]


def waits_for_bag(order: Order) -> list[Wait]:
    """Who waits for anything that is left of this order, by goods and asking; not its own member.

    One query.
    """
    left = OrderLine.objects.filter(order=order, billed_quantity__gt=F("collected_quantity"))
    entries = WaitlistEntry.objects.waiting().filter(
        offer_id__in=left.values("offer_id"), member__status=MembershipStatus.ACTIVE
    )
    return _waits(entries.exclude(member_id=order.member_id).order_by("offer__position", "pk"))


def worth_of(lines: list[OrderLine]) -> int:
    """Fen billed for what is left of these lines: what giving it back would credit."""
    return sum(
        line.billed_fen
        - money.times(line.collected_quantity, line.final_unit_price_fen or line.unit_price_fen)
        for line in lines
    )


def worth_of_rest(order: Order) -> int:
    """As worth_of, of an order. One query."""
    return worth_of(list(OrderLine.objects.filter(order=order)))


def _waits(entries: QuerySet[WaitlistEntry]) -> list[Wait]:
    before = (
        WaitlistEntry.objects.waiting()
        .filter(group_id=OuterRef("group_id"), offer_id=OuterRef("offer_id"), pk__lt=OuterRef("pk"))
        .order_by()
        .values("offer_id")
        .annotate(n=Count("pk"))
        .values("n")
    )
    ahead = Coalesce(Subquery(before, output_field=IntegerField()), 0)
    rows: Any = entries.select_related("offer", "member__household__building")
    return [_wait(row) for row in rows.annotate(ahead=ahead)]


def _wait(row: Any) -> Wait:
    return Wait(
        id=row.pk,
        offer_id=row.offer_id,
        name=row.offer.name,
        unit=row.offer.unit,
        quantity=row.quantity,
        ahead=row.ahead,
        asked_at=row.asked_at,
        status=row.status,
        said=str(row.get_status_display()),
        order_id=row.order_id,
        member_id=row.member_id,
        masked_name=row.member.masked_name,
        nickname=row.member.nickname,
        door=str(row.member.household),
    )
