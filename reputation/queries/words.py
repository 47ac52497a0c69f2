"""Words for how goods are, by category: the usual ones, or what a group's officers made of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from merchants.models import Category
from reputation.models import WordSet

_FRESH = (_("新鲜"), _("不新鲜"), _("分量足"), _("分量少"))
_MEAT = (_("新鲜"), _("嫩"), _("切得好"), _("分量足"), _("筋多"), _("偏肥"))
_COOKED = (_("好吃"), _("偏咸"), _("偏甜"), _("偏油"), _("分量足"), _("包装好"))

# What a group starts from. Kept in ratings as the Chinese word, shown in the reader's language.
USUAL: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        Category.VEGETABLES: (*_FRESH, _("嫩"), _("带泥"), _("包装好")),
        Category.FRUIT: (*_FRESH, _("甜"), _("偏酸"), _("水分多"), _("有磕碰")),
        Category.BEEF_LAMB: _MEAT,
        Category.PORK: _MEAT,
        Category.POULTRY: (*_MEAT, _("包装好")),
        Category.SEAFOOD: (*_FRESH, _("活的"), _("肉紧"), _("腥味重")),
        Category.EGGS: (*_FRESH, _("个头大"), _("有破的"), _("包装好")),
        Category.DAIRY: (_("新鲜"), _("味道浓"), _("偏甜"), _("冷链好")),
        Category.GRAIN: (_("香"), _("新米"), _("有碎米"), _("包装好")),
        Category.DUMPLINGS: (*_COOKED, _("皮薄馅多"), _("皮厚")),
        Category.BAKERY: (*_COOKED, _("松软"), _("偏干")),
        Category.COOKED: _COOKED,
        Category.SNACKS: (*_COOKED, _("脆"), _("受潮")),
        Category.HOUSEHOLD: (_("好用"), _("结实"), _("包装好"), _("跟图不一样")),
    }
)


def usual(category: str) -> list[str]:
    """What a group starts from, as it is kept: the Chinese words."""
    return list(USUAL[category])


def words_for(group_id: int, categories: Collection[str]) -> dict[str, list[str]]:
    """What may be chosen for goods of these categories. One query."""
    sets = WordSet.objects.filter(group_id=group_id, category__in=categories)
    changed = dict(sets.values_list("category", "words"))
    return {category: changed.get(category) or usual(category) for category in categories}


def said(word: str) -> str:
    """A word in the reader's language; one of the officers' own stays as they wrote it."""
    return gettext(word)
