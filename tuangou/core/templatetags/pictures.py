"""Photos, and the drawn stand-ins where there is none. Pages load these tags with ui."""

from __future__ import annotations

import zlib

from django import template
from django.conf import settings
from django.db.models.fields.files import FieldFile
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from tuangou.core.images import small_name

register = template.Library()

EMPTY = mark_safe("")
Picture = str | FieldFile
# Category → for each further drawing the characters in a name that choose it:
# img/goods/beef.svg, beef-2.svg (腱), …, beef-wide.svg.
GOODS: dict[str, tuple[str, ...]] = {
    "vegetables": ("茄",),
    "fruit": ("莓", "橙橘柑柚桔"),
    "beef": ("腱", "尾", "骨"),
    "pork": (),
    "poultry": (),
    "seafood": ("虾",),
    "eggs": (),
    "dairy": (),
    "grain": ("油",),
    "dumplings": (),
    "bakery": (),
    "cooked": ("丸",),
    "snacks": (),
    "household": (),
}
SHOPS = 6


@register.simple_tag
def photo(category: str, src: Picture = "", alt: str = "", kind: str = "photo") -> SafeString:
    """An item's photo, or the drawn stand-in of its category.

    ``{% photo item.category src=item.photo_url alt=item.name %}``; ``kind="hero-photo"`` gives the
    wide picture at the top of a round. ``src`` may be a URL or a file field. ``alt`` is the name
    of the thing: it chooses among several drawings of a category, and describes a real photo; a
    drawing is decoration. A real photo comes small, but for the wide picture.
    """
    wide = kind == "hero-photo"
    return format_html(
        '<img class="{}" src="{}" alt="{}" width="{}" height="{}" loading="lazy" decoding="async">',
        kind,
        _sized(_address(src), wide) if src else _stand_in(str(category), alt, wide),
        _("%(name)s的照片") % {"name": alt} if src and alt else "",
        480 if wide else 96,
        240 if wide else 96,
    )


def _address(src: Picture) -> str:
    return src if isinstance(src, str) else src.url


def _sized(address: str, wide: bool) -> str:
    own = address.startswith(settings.MEDIA_URL) and address.endswith(".webp")
    return small_name(address) if own and not wide else address


def _stand_in(category: str, name: str, wide: bool) -> str:
    kind = category if category in GOODS else "household"
    words = GOODS[kind]
    number = next((n for n, signs in enumerate(words, 2) if any(c in name for c in signs)), 1)
    variant = "-wide" if wide else f"-{number}" if number > 1 else ""
    return static(f"img/goods/{kind}{variant}.svg")


@register.simple_tag
def shop_photo(key: object, src: Picture = "", size: int = 48, kind: str = "") -> SafeString:
    """``{% shop_photo merchant.id %}``: a merchant's photo, or one of six drawn shops."""
    address = _address(src) if src else static(f"img/shops/{_number(key) % SHOPS + 1}.svg")
    return format_html(
        '<img{} src="{}" alt="" width="{}" height="{}" loading="lazy" decoding="async">',
        format_html(' class="{}"', kind) if kind else EMPTY,
        address,
        size,
        size,
    )


def _number(key: object) -> int:
    """The same number for the same thing on every page and every machine."""
    return key if isinstance(key, int) else zlib.crc32(str(key).encode())
