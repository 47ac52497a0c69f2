"""Moments in the group's time. Each filter takes the group's time zone, or the current one:

{{ round.cut_off_at|when:group.time_zone }}  →  11月21日 周六 18:00, Sat 21 Nov, 18:00
"""

from __future__ import annotations

from datetime import date, datetime, tzinfo
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()

Zone = str | tzinfo | None

_DAYS = ("一", "二", "三", "四", "五", "六", "日")
_DAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def local(at: datetime, zone: Zone = None) -> datetime:
    """The moment on the group's wall clock."""
    return timezone.localtime(
        at, ZoneInfo(zone) if isinstance(zone, str) and zone else zone or None
    )


def _chinese() -> bool:
    return (get_language() or "zh").startswith("zh")


@register.filter
def moment(text: str) -> datetime | date:
    """Of a notice's context, where moments and days stand as ISO text."""
    return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)


def weekday(at: date) -> str:
    """周六 / Sat"""
    return f"周{_DAYS[at.weekday()]}" if _chinese() else _DAYS_EN[at.weekday()]


@register.filter
def day(at: datetime | date | None, zone: Zone = None) -> str:
    """11月21日 周六 / Sat 21 Nov; with the year if it is not this year."""
    if at is None:
        return ""
    if isinstance(at, datetime):
        at = local(at, zone).date()
    this_year = at.year == local(timezone.now(), zone).year
    if _chinese():
        year = "" if this_year else f"{at.year}年"
        return f"{year}{at.month}月{at.day}日 {weekday(at)}"
    year = "" if this_year else f" {at.year}"
    return f"{weekday(at)} {at.day} {_MONTHS_EN[at.month - 1]}{year}"


@register.filter
def hour(at: datetime | None, zone: Zone = None) -> str:
    """18:00"""
    return "" if at is None else f"{local(at, zone):%H:%M}"


@register.filter
def when(at: datetime | None, zone: Zone = None) -> str:
    """11月21日 周六 18:00 / Sat 21 Nov, 18:00"""
    if at is None:
        return ""
    between = " " if _chinese() else ", "
    return f"{day(at, zone)}{between}{hour(at, zone)}"


@register.filter
def month(first: date | None, zone: Zone = None) -> str:
    """2023年5月 / May 2023"""
    if first is None:
        return ""
    if isinstance(first, datetime):
        first = local(first, zone).date()
    if _chinese():
        return f"{first.year}年{first.month}月"
    return f"{_MONTHS_EN[first.month - 1]} {first.year}"


@register.filter
def month_short(first: date) -> str:
    """5月 / May, where the year stands above."""
    return f"{first.month}月" if _chinese() else _MONTHS_EN[first.month - 1]


@register.filter
def iso(at: datetime | None, zone: Zone = None) -> str:
    """For datetime="…" and for scripts: with the offset of the group's zone."""
    return "" if at is None else local(at, zone).isoformat(timespec="seconds")


@register.filter
def field_time(at: datetime | None, zone: Zone = None) -> str:
    """For <input type="datetime-local">: 2026-11-21T18:00"""
    return "" if at is None else f"{local(at, zone):%Y-%m-%dT%H:%M}"


@register.simple_tag
def time_tag(at: datetime | None, zone: Zone = None) -> SafeString | str:
    """<time datetime="…">11月21日 周六 18:00</time>"""
    if at is None:
        return ""
    return format_html('<time datetime="{}">{}</time>', iso(at, zone), when(at, zone))


@register.simple_tag
def span(start: datetime | None, end: datetime | None, zone: Zone = None) -> str:
    """11月21日 周六 17:00–19:00; both days if they differ."""
    if start is None or end is None:
        return when(start or end, zone)
    if local(start, zone).date() == local(end, zone).date():
        return f"{when(start, zone)}–{hour(end, zone)}"
    return f"{when(start, zone)} – {when(end, zone)}"
