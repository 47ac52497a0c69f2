"""What the initiator should look at twice: bursts, links, accounts used once. Nothing is hidden.

The thresholds are published: docs/ratings.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from groups.models import Membership
from merchants.models import MerchantStaff
from orders.models import Order
from reputation.models import Rating
from reputation.queries.ratings import said_by

LOOKS_BACK = timedelta(days=180)
BURST, BURST_WITHIN = 6, timedelta(hours=1)
EXTREMES = (1, 5)
NEW_ACCOUNT = timedelta(days=30)
FEW_ORDERS = 2


@dataclass(frozen=True, slots=True)
class Flag:
    """`kind`: burst, linked, mutual or single; the ratings meant, the newest first."""

    kind: str
    brand: str
    merchant_id: int
    at: datetime
    n: int
    stars: int
    who: list[str]
    other: str = ""


@dataclass(frozen=True, slots=True)
class _Given:
    id: int
    merchant_id: int
    brand: str
    member_id: int
    who: str
    household_no: int
    stars: int
    at: datetime


def flags_of(group_id: int, *, at: datetime, shops: Collection[int] = ()) -> list[Flag]:
    """Of the last 180 days, the newest first; unnamed where the reader acts for one of `shops` and
    it was to stay so to that shop. Five queries."""
    given = _given(group_id, at, shops)
    flags = [*_bursts(given), *_linked(group_id, given), *_single(group_id, given)]
    return sorted(flags, key=lambda flag: flag.at, reverse=True)


def _given(group_id: int, at: datetime, shops: Collection[int]) -> list[_Given]:
    rows = (
        Rating.objects.of_group(group_id)
        .filter(given_at__gt=at - LOOKS_BACK)
        .select_related("merchant", "member__household__building")
        .order_by("given_at", "pk")
    )
    return [
        _Given(
            id=row.pk,
            merchant_id=row.merchant_id,
            brand=row.merchant.brand,
            member_id=row.member_id,
            who=said_by(row, row.member.masked_name, for_shop=row.merchant_id in shops),
            household_no=row.household_no,
            stars=row.stars,
            at=row.given_at,
        )
        for row in rows
    ]


def _bursts(given: Sequence[_Given]) -> Iterable[Flag]:
    """Six households within an hour, all one star or all five, none of which has rated another
    merchant."""
    rated: dict[int, set[int]] = defaultdict(set)
    for row in given:
        rated[row.household_no].add(row.merchant_id)
    by_kind: dict[tuple[int, int], list[_Given]] = defaultdict(list)
    for row in given:
        if row.stars in EXTREMES and len(rated[row.household_no]) == 1:
            by_kind[row.merchant_id, row.stars].append(row)
    for rows in by_kind.values():
        yield from _within_an_hour(rows)


def _within_an_hour(rows: list[_Given]) -> Iterable[Flag]:
    first = 0
    while first < len(rows):
        near = [row for row in rows[first:] if row.at < rows[first].at + BURST_WITHIN]
        if len({row.household_no for row in near}) >= BURST:
            yield _flag("burst", near)
            first += len(near)
        else:
            first += 1


def _linked(group_id: int, given: Sequence[_Given]) -> Iterable[Flag]:
    """The shop's own people, their households, whom they brought and who brought them; and two
    shops whose people rate each other."""
    shops = {row.merchant_id for row in given}
    staff = list(
        MerchantStaff.objects.filter(merchant_id__in=shops).values_list("merchant", "user")
    )
    people = Membership.objects.of_group(group_id)
    by_user = {m.user_id: m for m in people.filter(user_id__in=[user for _shop, user in staff])}
    brought = dict(
        people.filter(pk__in={row.member_id for row in given}).values_list("pk", "invited_by")
    )
    own: dict[int, list[Membership]] = defaultdict(list)
    for shop, user in staff:
        if user in by_user:
            own[shop].append(by_user[user])
    for shop, persons in own.items():
        near = [r for r in given if r.merchant_id == shop and _any_near(r, persons, brought)]
        if near:
            yield _flag("linked", near)
    yield from _mutual(own, given)


def _mutual(own: Mapping[int, list[Membership]], given: Sequence[_Given]) -> Iterable[Flag]:
    across: dict[tuple[int, int], list[_Given]] = defaultdict(list)
    for shop, persons in own.items():
        members = {person.pk for person in persons}
        for row in given:
            if row.member_id in members and row.merchant_id != shop:
                across[shop, row.merchant_id].append(row)
    for (shop, other), rows in across.items():
        if shop < other and (back := across.get((other, shop))):
            both = sorted([*rows, *back], key=lambda row: row.at)
            yield _flag("mutual", both, other=_other_brand(both))


def _any_near(
    row: _Given, persons: Iterable[Membership], brought: Mapping[int, int | None]
) -> bool:
    return any(_is_near(row, person, brought) for person in persons)


def _is_near(row: _Given, person: Membership, brought: Mapping[int, int | None]) -> bool:
    return (
        row.member_id == person.pk
        or row.household_no == person.household_id
        or brought.get(row.member_id) == person.pk
        or person.invited_by_id == row.member_id
    )


def _other_brand(rows: Sequence[_Given]) -> str:
    return next(row.brand for row in rows if row.brand != rows[-1].brand)


def _single(group_id: int, given: Sequence[_Given]) -> Iterable[Flag]:
    """New accounts with one or two orders, all of the merchant that they give one star or five."""
    extreme = [row for row in given if row.stars in EXTREMES]
    members = {row.member_id for row in extreme}
    orders = Order.objects.live().filter(group_id=group_id, member_id__in=members)
    shops: dict[int, list[int]] = defaultdict(list)
    for member, shop in orders.values_list("member_id", "round__merchant_id"):
        shops[member].append(shop)
    joined = dict(
        Membership.objects.of_group(group_id)
        .filter(pk__in=members)
        .values_list("pk", "activated_at")
    )
    found: dict[tuple[int, int], list[_Given]] = defaultdict(list)
    for row in extreme:
        since = joined.get(row.member_id)
        fresh = since is not None and row.at < since + NEW_ACCOUNT
        bought = shops[row.member_id]
        if fresh and len(bought) <= FEW_ORDERS and set(bought) == {row.merchant_id}:
            found[row.merchant_id, row.stars].append(row)
    yield from (_flag("single", rows) for rows in found.values())


def _flag(kind: str, rows: Sequence[_Given], other: str = "") -> Flag:
    last = rows[-1]
    return Flag(
        kind=kind,
        brand=last.brand,
        merchant_id=last.merchant_id,
        at=last.at,
        n=len(rows),
        stars=last.stars,
        who=list(dict.fromkeys(row.who for row in rows)),
        other=other,
    )
