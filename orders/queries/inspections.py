"""What is looked at when goods are unloaded, by category, and when it must be (O16)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from merchants.models import Category
from orders.models import Delivery, Due, Round
from orders.models.deliveries import draw

ALL = frozenset(Category.values)
CHILLED = frozenset(
    {
        *(Category.BEEF_LAMB, Category.PORK, Category.POULTRY, Category.SEAFOOD),
        *(Category.DAIRY, Category.COOKED, Category.DUMPLINGS),
    }
)
MEAT = frozenset({Category.BEEF_LAMB, Category.PORK, Category.POULTRY})
FRESH = frozenset({Category.VEGETABLES, Category.FRUIT})
PACKED = ALL - FRESH - MEAT - {Category.SEAFOOD}


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the checklist, for these categories."""

    key: str
    label: str | Promise
    categories: frozenset[str]


CHECKLIST = (
    Check("car", _("车厢干净，没有异味"), ALL),
    Check("boxes", _("箱子完好，没有压坏、浸水"), ALL),
    Check("labels", _("品名、规格和团里写的一样"), ALL),
    Check("cold", _("冷链没断：冷藏不高于 8°C，冷冻没有化"), CHILLED),
    Check("stamp", _("有检疫章或检疫证明"), MEAT),
    Check("meat", _("颜色、气味正常，不粘手"), MEAT),
    Check("seafood", _("鲜活或冰鲜，没有腥臭"), frozenset({Category.SEAFOOD})),
    Check("fresh", _("没有烂、没有发霉、没有萎蔫"), FRESH),
    Check("eggs", _("没有破壳、没有漏液"), frozenset({Category.EGGS})),
    Check("dates", _("生产日期看得清，没有过期"), PACKED),
    Check("sealed", _("包装封口完好，没有涨袋"), PACKED - {Category.EGGS}),
)


@dataclass(frozen=True, slots=True)
class Draw:
    """How the rule came out for a round: what goes in, and what is left over of five."""

    text: str
    rest: int

    @property
    def hits(self) -> bool:
        return self.rest == 0


def checklist(categories: Iterable[str]) -> list[Check]:
    """The lines for goods of these categories, in the order in which they are looked at."""
    there = set(categories)
    return [check for check in CHECKLIST if check.categories & there]


def needs_temperature(categories: Iterable[str]) -> bool:
    return bool(CHILLED & set(categories))


def draw_of(rnd: Round) -> Draw:
    return Draw(f"{rnd.code}-{rnd.merchant_id}", draw(rnd.code, rnd.merchant_id))


def due_for(rnd: Round) -> str:
    """Why this round's delivery must be inspected: a Due, or empty. One query."""
    earlier = Delivery.objects.filter(
        group_id=rnd.group_id, round__merchant_id=rnd.merchant_id
    ).exclude(round_id=rnd.pk)
    if not earlier.exists():
        return Due.FIRST
    return Due.DRAWN if draw_of(rnd).hits else ""
