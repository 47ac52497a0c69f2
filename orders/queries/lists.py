"""The six lists of a hand-out (O14): rows for page, paper and spreadsheet alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from django.db.models import Sum, TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from groups.models import Membership
from orders.models import Order, Round
from orders.queries.bags import Bag, Good, bags_of
from orders.queries.holds import standing_holds
from tuangou.core.templatetags.money import quantity as short
from tuangou.core.templatetags.ui import phone as dialled

# Above so many pieces of one line there is one label that says how many.
MOST_PIECES = 30
# Sold by weight or volume: one bag, one label, whatever the number.
MEASURES = frozenset(("斤", "公斤", "千克", "kg", "克", "g", "两", "升", "l", "毫升", "ml"))

T = TypeVar("T")


class ListKind(TextChoices):
    SORTING = "sorting", gettext_lazy("分货单")
    BUILDING = "building", gettext_lazy("楼栋单")
    DOORS = "doors", gettext_lazy("上门单")
    PICKUP = "pickup", gettext_lazy("自提单")
    PIECES = "pieces", gettext_lazy("件标签")
    HOUSEHOLDS = "households", gettext_lazy("户标签")


LABELS = (ListKind.PIECES, ListKind.HOUSEHOLDS)


@dataclass(frozen=True, slots=True)
class Row:
    """One line to tick. `goods` are those of this place in the list, at least one."""

    bag: Bag
    goods: tuple[Good, ...]
    phone: str = ""

    @property
    def what(self) -> str:
        """As what_of(); what must not go for now says so."""
        stays = _("%(what)s（先不能交）")
        said = [(what_of((good,)), good.held) for good in self.goods]
        return _("，").join(stays % {"what": what} if held else what for what, held in said)


@dataclass(frozen=True, slots=True)
class Block:
    """Rows under one heading; the heading is empty where a section has one block only."""

    heading: str
    total: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """What is cut off and given to one helper: an item, or a building."""

    heading: str
    note: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Label:
    """`part` of `parts` counts the pieces of one line, or the bags of one door."""

    bag: Bag
    goods: tuple[Good, ...]
    number: int
    total: int
    in_building: int
    building_total: int
    part: int = 1
    parts: int = 1

    @property
    def what(self) -> str:
        return what_of(self.goods)

    @property
    def counted(self) -> dict[str, int]:
        """For 总 1/25（本楼 1/2）."""
        here = {"here": self.in_building, "building": self.building_total}
        return {"n": self.number, "of": self.total} | here


@dataclass(frozen=True, slots=True)
class HandOutList:
    """A list of a round as of `at`. `version` counts the changes of its orders; `held`: what must
    not go for now, and why, a sentence each."""

    kind: ListKind
    at: datetime
    version: int
    bags: int
    with_phones: bool
    held: tuple[str, ...]
    sections: tuple[Section, ...] = ()
    labels: tuple[Label, ...] = ()

    @property
    def is_labels(self) -> bool:
        return self.kind in LABELS

    @property
    def rows(self) -> Iterator[tuple[Section, Block, Row]]:
        for section in self.sections:
            for block in section.blocks:
                for row in block.rows:
                    yield section, block, row


def list_of(
    rnd: Round, kind: str, *, at: datetime, phones: bool = False, by_name: bool = False
) -> HandOutList:
    """One of the six lists. Three statements, one more for phones, one more where goods stay.

    Raises ValueError for a kind there is not.
    """
    chosen = ListKind(kind)
    bags = [bag for bag in bags_of(rnd) if bag.goods]
    numbers = _phones_of(bags) if phones else {}
    made: dict[ListKind, Callable[[list[Bag], dict[int, str]], tuple[Section, ...]]] = {
        ListKind.SORTING: _sorting,
        ListKind.BUILDING: _by_building,
        ListKind.DOORS: _by_doors,
        ListKind.PICKUP: _by_name if by_name else _by_code,
    }
    labels = {ListKind.PIECES: _pieces, ListKind.HOUSEHOLDS: _households}
    return HandOutList(
        kind=chosen,
        at=at,
        version=version_of(rnd),
        bags=len(bags),
        with_phones=phones,
        held=_held(rnd, bags),
        sections=made[chosen](bags, numbers) if chosen in made else (),
        labels=labels[chosen](bags) if chosen in labels else (),
    )


def _held(rnd: Round, bags: Iterable[Bag]) -> tuple[str, ...]:
    """As the desk says it. No statement where nothing in the bags stays."""
    if not any(good.held for bag in bags for good in bag.goods):
        return ()
    of_one = _("%(name)s 先不能交：%(why)s。袋里其余的可以交。")
    of_all = _("这个团的货先都不能交：%(why)s。")
    return tuple(
        (of_one if hold.what else of_all) % {"name": hold.what, "why": hold.said}
        for hold in standing_holds(rnd.pk)
    )


def version_of(rnd: Round) -> int:
    """How often orders of this round were placed, changed or cancelled. One statement."""
    return Order.objects.filter(round_id=rnd.pk).aggregate(n=Sum("changes"))["n"] or 0


def what_of(goods: Iterable[Good]) -> str:
    """牛腩 2斤，牛肉丸 1包"""
    return _("，").join(f"{good.name} {short(good.quantity)}{good.unit}" for good in goods)


def unread() -> str:
    return _("地址待核")


def _sorting(bags: list[Bag], phones: dict[int, str]) -> tuple[Section, ...]:
    """Item, building, room: for unloading."""
    sections = []
    for heading, found in _by_item(bags):
        rows = [Row(bag, (good,), phones.get(bag.member_id, "")) for bag, good in found]
        blocks = tuple(
            Block(place, _sum(row.goods[0] for row in some), tuple(some))
            for place, some in _grouped(rows, lambda row: row.bag.building or unread())
        )
        goods = [row.goods[0] for row in rows]
        sections.append(Section(heading, _note(len(rows), _sum(goods)), blocks))
    return tuple(sections)


def _by_building(bags: list[Bag], phones: dict[int, str]) -> tuple[Section, ...]:
    """Building, item, room: for the volunteers of a building."""
    sections = []
    for place, some in _grouped(bags, lambda bag: bag.building):
        blocks = []
        for heading, found in _by_item(some):
            rows = tuple(Row(bag, (good,), phones.get(bag.member_id, "")) for bag, good in found)
            blocks.append(Block(heading, _sum(good for _bag, good in found), rows))
        sections.append(Section(place or unread(), _building_note(place, some), tuple(blocks)))
    return tuple(sections)


def _by_doors(bags: list[Bag], phones: dict[int, str]) -> tuple[Section, ...]:
    """Building, room, and all its goods: from door to door."""
    return tuple(
        Section(place or unread(), _building_note(place, some), (_block(some, phones),))
        for place, some in _grouped(bags, lambda bag: bag.building)
    )


def _by_code(bags: list[Bag], phones: dict[int, str]) -> tuple[Section, ...]:
    """For a desk without a phone: by pick-up code."""
    return _one_section(sorted(bags, key=lambda bag: bag.number), phones)


def _by_name(bags: list[Bag], phones: dict[int, str]) -> tuple[Section, ...]:
    return _one_section(sorted(bags, key=lambda bag: (bag.nickname, bag.number)), phones)


def _one_section(bags: list[Bag], phones: dict[int, str]) -> tuple[Section, ...]:
    note = _note(len(bags), _totals(bags))
    return (Section(_("自提"), note, (_block(bags, phones),)),) if bags else ()


def _block(bags: Iterable[Bag], phones: dict[int, str]) -> Block:
    return Block("", "", tuple(Row(b, b.goods, phones.get(b.member_id, "")) for b in bags))


def _pieces(bags: list[Bag]) -> tuple[Label, ...]:
    """A label for every piece that is packed by itself."""
    found = []
    for bag in bags:
        for good in bag.goods:
            many = _pieces_of(good)
            one = replace(good, quantity=good.quantity / many)
            found += [(bag, (one,), part, many) for part in range(1, many + 1)]
    return _labels(found)


def _households(bags: list[Bag]) -> tuple[Label, ...]:
    """A label for every bag; a door with several bags says which one this is."""
    at_door = Counter((bag.building, bag.door) for bag in bags)
    seen: Counter[tuple[str, str]] = Counter()
    found = []
    for bag in bags:
        door = bag.building, bag.door
        seen[door] += 1
        parts = at_door[door] if bag.is_readable else 1
        found.append((bag, bag.goods, seen[door] if bag.is_readable else 1, parts))
    return _labels(found)


def _labels(found: Sequence[tuple[Bag, tuple[Good, ...], int, int]]) -> tuple[Label, ...]:
    """Counted through, and within each building."""
    totals = Counter(bag.building for bag, *_rest in found)
    seen: Counter[str] = Counter()
    labels = []
    for number, (bag, goods, part, parts) in enumerate(found, start=1):
        seen[bag.building] += 1
        here, of = seen[bag.building], totals[bag.building]
        labels.append(Label(bag, goods, number, len(found), here, of, part, parts))
    return tuple(labels)


def _pieces_of(good: Good) -> int:
    """How many packs a line is: one for goods by weight, and where the number is not whole."""
    whole = good.quantity == good.quantity.to_integral_value()
    if not whole or good.unit.lower() in MEASURES or good.quantity > MOST_PIECES:
        return 1
    return int(good.quantity)


def _by_item(bags: Iterable[Bag]) -> list[tuple[str, list[tuple[Bag, Good]]]]:
    """As the round lists its goods; each with its bags in the order of the doors."""
    found: dict[int, list[tuple[Bag, Good]]] = {}
    for bag in bags:
        for good in bag.goods:
            found.setdefault(good.offer_id, []).append((bag, good))
    in_order = sorted(found.values(), key=lambda some: (some[0][1].position, some[0][1].offer_id))
    return [(f"{some[0][1].name} {some[0][1].spec}".strip(), some) for some in in_order]


def _grouped(rows: Sequence[T], key: Callable[[T], str]) -> list[tuple[str, list[T]]]:
    """Rows that follow each other under one heading."""
    groups: dict[str, list[T]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return list(groups.items())


def _sum(goods: Iterable[Good]) -> str:
    """40斤; 40斤，3包 where units differ."""
    sums: dict[str, Decimal] = {}
    for good in goods:
        sums[good.unit] = sums.get(good.unit, Decimal(0)) + good.quantity
    return _("，").join(f"{short(total)}{unit}" for unit, total in sums.items())


def _totals(bags: Iterable[Bag]) -> str:
    """牛腩 4斤，牛肉丸 3包"""
    parts = []
    for heading, found in _by_item(bags):
        parts.append(f"{heading} {_sum(good for _bag, good in found)}")
    return _("，").join(parts)


def _note(many: int, total: str) -> str:
    return _("%(n)s单：%(total)s") % {"n": many, "total": total}


def _building_note(place: str, bags: Collection[Bag]) -> str:
    note = _note(len(bags), _totals(bags))
    return note if place else _("%(note)s。先打电话问一下") % {"note": note}


def _phones_of(bags: Iterable[Bag]) -> dict[int, str]:
    """By membership: the account's number, else the one typed when she joined. One statement."""
    people = Membership.objects.filter(pk__in={bag.member_id for bag in bags})
    found = people.values_list("pk", "user__phone", "contact_phone")
    return {pk: dialled(phone or contact) for pk, phone, contact in found}
