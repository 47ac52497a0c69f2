"""Amounts and quantities as people here write them."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from django import template
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tuangou.core import money

register = template.Library()


@register.filter
def yuan(fen: int | None) -> str:
    """¥12.80; thousands get commas from ¥10,000 on; a loss is -¥5.00; nothing for None."""
    if fen is None:
        return ""
    whole, cents = divmod(abs(fen), 100)
    digits = f"{whole:,}" if whole >= 10_000 else str(whole)
    return f"{'-' if fen < 0 else ''}¥{digits}.{cents:02d}"


@register.filter
def yuan_plain(fen: int | None) -> str:
    """12.80, for values of inputs and `<data>`."""
    return "" if fen is None else money.yuan(fen)


@register.filter
def quantity(value: Decimal | int | None) -> str:
    """2, 2.5, 0.375: no trailing zeros."""
    return "" if value is None else f"{Decimal(value).normalize():f}"


@register.filter
def percent(value: Decimal | None, places: int = 1) -> str:
    """2.2% of Decimal("2.17"): the value is already in hundredths. One decimal, Table 1 two."""
    return "" if value is None else f"{money.round_half_up(Decimal(value), places)}%"


@register.filter
def discount(price_fen: int, store_price_fen: int) -> str:
    """8.4折 or 16% off against the store price; nothing if it is no less."""
    if not 0 < price_fen < store_price_fen:
        return ""
    if (get_language() or "").startswith("zh"):
        tenths = Fraction(price_fen * 100, store_price_fen)
        n = int((2 * tenths + 1) // 2)
        return _("%(tenths)s折") % {"tenths": f"{n // 10}.{n % 10}".removesuffix(".0")}
    off = Fraction((store_price_fen - price_fen) * 100, store_price_fen)
    return f"{int((2 * off + 1) // 2)}% off"
