"""Monthly figures drawn by the server as inline SVG.

No viewBox: every position is in per cent and every text in rem, so that one drawing fits a narrow
phone, a desktop and the largest type. Colours come from classes, so that they follow the theme.
Only the highest and the lowest value carry a label; every mark has a title; the table beside the
plot is the real content. From one month to three years.

    {% plot_bars sales "sales" title=_("每月销售额") %}      rows of (first of month, fen)
    {% plot_bars counts "orders" title=_("每月订单") %}      rows of (first of month, number)
    {% plot_line rates "rate" title=_("每月退货率") note=… %}  rows of (first of month, per cent)
    {% plot_line scores "points" title=_("每月底的分数") %}  rows of (first of month, points)
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tuangou.core.templatetags.times import month

register = template.Library()

TOP, BASE = 12.0, 80.0  # of the drawing's height: head room for a label, room for months and years
RIGHT = 100.0
NARROW = 14.0  # a year or a distance narrower than this has no room for two labels
HEAD_ROOM = 1.12
ROUND_STEPS = (1.0, 2.0, 5.0, 2.5, 4.0, 1.5, 3.0, 8.0)
WIDEST_BAR = 14.0
CROWDED = 24  # months; beyond it years stand as bare numbers
EMPTY = mark_safe("")

# Axis units by language: the largest that is not above the highest value is taken.
UNITS: dict[str, dict[str, tuple[tuple[int, str], ...]]] = {
    "zh": {
        "sales": ((1, "元"), (10**3, "千元"), (10**4, "万元"), (10**6, "百万元"), (10**8, "亿元")),
        "orders": ((1, "笔"), (100, "百笔"), (10**4, "万笔"), (10**6, "百万笔")),
        "rate": ((1, "%"),),
        "points": ((1, "分"),),
    },
    "en": {
        "sales": ((1, "¥"), (10**3, "¥ thousand"), (10**6, "¥ million"), (10**9, "¥ billion")),
        "orders": ((1, "orders"), (100, "hundred orders"), (10**3, "thousand orders")),
        "rate": ((1, "%"),),
        "points": ((1, "points"),),
    },
}
SHORT = {
    "zh": ((10**8, "亿"), (10**4, "万")),
    "en": ((10**9, "bn"), (10**6, "m"), (10**3, "k")),
}
CLASS = {"sales": 1, "orders": 2, "rate": 3, "points": 2}


@dataclass(frozen=True, slots=True)
class Mark:
    """One month, where it stands, in per cent of the drawing."""

    first: date
    value: float
    text: str
    x: float
    y: float
    band: float


@dataclass(frozen=True, slots=True)
class Plot:
    """All that both kinds of drawing share."""

    measure: str
    marks: Sequence[Mark]
    left: float
    unit: str
    lines: Sequence[tuple[str, float]]
    highest: int
    lowest: int

    @property
    def bar(self) -> float:
        return min(0.72 * self.marks[0].band, WIDEST_BAR)

    @property
    def flat(self) -> bool:
        return self.marks[self.highest].value == self.marks[self.lowest].value


@register.simple_tag
def plot_bars(
    rows: Iterable[tuple[date, int | Decimal]], measure: str, title: str, note: str = ""
) -> SafeString:
    """Bars for amounts; the highest in full colour."""
    plot = _plot(list(rows), measure)
    if plot is None:
        return EMPTY
    bars = format_html_join(
        "",
        "<g><title>{}</title>"
        '<rect class="{}" x="{}%" y="{}%" width="{}%" height="{}%" rx="3"/></g>',
        (
            (
                _full(mark),
                "top" if n == plot.highest or plot.flat else "rest",
                _n(mark.x - plot.bar / 2),
                _n(mark.y),
                _n(plot.bar),
                _n(BASE - mark.y),
            )
            for n, mark in enumerate(plot.marks)
        ),
    )
    return _figure(plot, title, note or _extremes(plot), bars)


@register.simple_tag
def plot_line(
    rows: Iterable[tuple[date, int | Decimal]], measure: str, title: str, note: str = ""
) -> SafeString:
    """Dots and a straight line for a rate."""
    plot = _plot(list(rows), measure)
    if plot is None:
        return EMPTY
    pairs = zip(plot.marks, plot.marks[1:], strict=False)
    line = format_html_join(
        "",
        '<line class="line" x1="{}%" y1="{}%" x2="{}%" y2="{}%"/>',
        ((_n(a.x), _n(a.y), _n(b.x), _n(b.y)) for a, b in pairs),
    )
    dots = format_html_join(
        "",
        '<g><title>{}</title><rect class="hit" x="{}%" y="{}%" width="{}%" height="{}%"/>'
        '<circle cx="{}%" cy="{}%" r="{}"/></g>',
        (
            (
                _full(mark),
                _n(mark.x - mark.band / 2),
                _n(TOP),
                _n(mark.band),
                _n(BASE - TOP),
                _n(mark.x),
                _n(mark.y),
                6 if n in {plot.highest, plot.lowest} and not plot.flat else _dot(plot),
            )
            for n, mark in enumerate(plot.marks)
        ),
    )
    return _figure(plot, title, note or _extremes(plot), line + dots, line=True)


def _plot(rows: Sequence[tuple[date, int | Decimal]], measure: str) -> Plot | None:
    """Places every month; None when there is none."""
    if not rows:
        return None
    values = [max(float(value), 0.0) / (100 if measure == "sales" else 1) for _first, value in rows]
    most = max(values)
    factor, unit = _unit(measure, most)
    step = _step(most / factor, whole=measure == "orders" and factor == 1)
    count = math.floor(most / factor / step + 1e-9) if step else 0
    ticks = [(_tick(step * n), step * n * factor) for n in range(1, count + 1)]
    left = 12.0 if any(len(text) > 3 for text, _value in ticks) else 8.0
    band = (RIGHT - left) / len(rows)
    reach = most * HEAD_ROOM or 1.0
    marks = [
        Mark(
            first=first,
            value=value,
            text=_long(measure, Decimal(raw)),
            x=left + (n + 0.5) * band,
            y=_height(value, reach),
            band=band,
        )
        for n, ((first, raw), value) in enumerate(zip(rows, values, strict=True))
    ]
    return Plot(
        measure=measure,
        marks=marks,
        left=left,
        unit=unit,
        lines=[(text, _height(value, reach)) for text, value in ticks],
        highest=values.index(most),
        lowest=values.index(min(values)),
    )


def _height(value: float, reach: float) -> float:
    return BASE - value / reach * (BASE - TOP)


def _unit(measure: str, most: float) -> tuple[int, str]:
    units = UNITS[_language()][measure]
    return next((unit for unit in reversed(units) if unit[0] <= most), units[0])


def _step(most: float, *, whole: bool) -> float:
    """The roundest step that gives three or four lines up to the highest value; 0 for none."""
    if most <= 0:
        return 0.0
    power = 10.0 ** (math.floor(math.log10(most)) - 1)
    for step in (size * digit for digit in ROUND_STEPS for size in (power, 10 * power)):
        fits = 3 <= math.floor(most / step + 1e-9) <= 4
        if fits and not (whole and step != int(step)):
            return step
    return max(1.0, float(math.floor(most / 3))) if whole else most / 4


def _figure(plot: Plot, title: str, note: str, drawn: SafeString, line: bool = False) -> SafeString:
    name = f"plot-{plot.measure}"
    return format_html(
        '<figure class="plot plot-{}"><figcaption><b>{}</b><small>{}</small></figcaption>'
        '<svg role="img" aria-labelledby="{}-t {}-d"><title id="{}-t">{}</title>'
        '<desc id="{}-d">{}</desc>{}{}{}{}{}</svg></figure>',
        CLASS[plot.measure],
        title,
        note,
        name,
        name,
        name,
        title,
        name,
        _description(plot),
        _grid(plot),
        drawn,
        _months(plot),
        _years(plot),
        _labels(plot, line),
    )


def _grid(plot: Plot) -> SafeString:
    return format_html_join(
        "",
        '<line class="grid" x1="{0}%" x2="100%" y1="{1}%" y2="{1}%"/>'
        '<text x="{2}%" y="{1}%" dy=".35em" text-anchor="end">{3}</text>',
        ((_n(plot.left), _n(y), _n(plot.left - 1.5), text) for text, y in plot.lines),
    ) + format_html(
        '<line class="base" x1="{0}%" x2="100%" y1="{1}%" y2="{1}%"/>', _n(plot.left), _n(BASE)
    )


def _months(plot: Plot) -> SafeString:
    """Bare numbers; every second or third month where there is no room for all."""
    every = math.ceil(len(plot.marks) / 12)
    return format_html_join(
        "",
        '<text x="{}%" y="80%" dy="1.35em" text-anchor="middle">{}</text>',
        (
            (_n(mark.x), mark.first.month)
            for mark in plot.marks
            if (mark.first.month - 1) % every == 0 or len(plot.marks) == 1
        ),
    )


def _years(plot: Plot) -> SafeString:
    """Each year once, beneath its months, and a tick where the year turns."""
    starts = [
        n
        for n, mark in enumerate(plot.marks)
        if n == 0 or mark.first.year != plot.marks[n - 1].first.year
    ]
    parts = [
        _year(plot, start, end)
        for start, end in zip(starts, [*starts[1:], len(plot.marks)], strict=True)
    ]
    return format_html_join("", "{}", ((part,) for part in parts))


def _year(plot: Plot, start: int, end: int) -> SafeString:
    band = plot.marks[0].band
    x1, x2 = plot.left + start * band, plot.left + end * band
    narrow, year = x2 - x1 < NARROW, plot.marks[start].first.year
    if narrow:  # the first and the last year may be a month or two: the word ends with them
        x, anchor = min(x2 - 0.5, RIGHT), "end"
    else:
        x, anchor = x1 + 1.5, "start"
    word = format_html(
        '<text x="{}%" y="80%" dy="2.65em" text-anchor="{}">{}</text>',
        _n(x),
        anchor,
        year if len(plot.marks) > CROWDED else _("%(year)s年") % {"year": year},
    )
    if start == 0:
        return word
    tick = format_html(
        '<line class="base" x1="{0}%" x2="{0}%" y1="80%" y2="{1}%"/>',
        _n(x1),
        89 if narrow else 99,
    )
    return word + tick


def _labels(plot: Plot, line: bool) -> SafeString:
    """The highest and the lowest value, drawn last. None where all are zero."""
    top, low = plot.marks[plot.highest], plot.marks[plot.lowest]
    if top.value == 0:
        return EMPTY
    chosen = [_label(plot, top, below=False)]
    near = abs(top.x - low.x) < NARROW and abs(top.y - low.y) < 9
    if not plot.flat and (line or not near):
        chosen.append(_label(plot, low, below=line and low.y < 73))
    return format_html_join("", "{}", ((label,) for label in chosen))


def _label(plot: Plot, mark: Mark, *, below: bool) -> SafeString:
    text = _short(plot.measure, mark.value)
    x, anchor = mark.x, "middle"
    if len(plot.marks) > 4 and mark.x > 94:
        x, anchor = RIGHT, "end"
    elif len(text) > 4 and len(plot.marks) > 4 and mark is plot.marks[0]:
        x, anchor = plot.left, "start"
    elif below:
        beside = mark.x > plot.left + NARROW
        x, anchor = (mark.x - 1.6, "end") if beside else (mark.x + 1.6, "start")
    return format_html(
        '<text class="val" x="{}%" y="{}%" dy="{}" text-anchor="{}">{}</text>',
        _n(x),
        _n(mark.y),
        "1.15em" if below else "-.55em",
        anchor,
        text,
    )


def _extremes(plot: Plot) -> str:
    if len(plot.marks) == 1:
        return plot.unit
    if plot.marks[plot.highest].value == 0:
        return _("%(unit)s。每月都是 0") % {"unit": plot.unit}
    if plot.flat:
        return _("%(unit)s。每月一样") % {"unit": plot.unit}
    return _("%(unit)s。最高 %(high)s，最低 %(low)s") % {
        "unit": plot.unit,
        "high": month(plot.marks[plot.highest].first),
        "low": month(plot.marks[plot.lowest].first),
    }


def _description(plot: Plot) -> str:
    low, high = plot.marks[plot.lowest], plot.marks[plot.highest]
    if plot.flat:
        return _full(high)
    return _("最低 %(low)s，最高 %(high)s") % {"low": _full(low), "high": _full(high)}


def _full(mark: Mark) -> str:
    return _("%(month)s：%(value)s") % {"month": month(mark.first), "value": mark.text}


def _long(measure: str, value: Decimal) -> str:
    """The whole value: 24,000元, 240笔, 1.57%, 56.2 分."""
    if measure == "rate":
        return f"{value:.2f}%"
    if measure == "points":
        return _("%(points)s 分") % {"points": f"{value:.1f}"}
    if measure == "orders":
        return _("%(count)s笔") % {"count": f"{value:,.0f}"}
    yuan = value / 100
    digits = f"{yuan:,.0f}" if yuan == yuan.to_integral_value() else f"{yuan:,.2f}"
    return _("%(yuan)s元") % {"yuan": digits}


def _short(measure: str, value: float) -> str:
    """What fits above a bar: 2.4万, 803, 0.64%, 56.2."""
    if measure == "rate":
        return f"{value:.2f}%"
    if measure == "points":
        return f"{value:.1f}"
    for factor, word in SHORT[_language()]:
        if value >= factor:
            return f"{value / factor:.1f}".removesuffix(".0") + word
    return f"{value:,.2f}".removesuffix(".00")


def _tick(value: float) -> str:
    return f"{value:,.3f}".rstrip("0").rstrip(".")


def _dot(plot: Plot) -> int:
    return 4 if len(plot.marks) <= 18 else 3


def _language() -> str:
    return "zh" if (get_language() or "zh").startswith("zh") else "en"


def _n(number: float) -> str:
    """Two decimals are a hundredth of a per cent: less than a pixel on any screen."""
    return f"{number:.2f}".removesuffix(".00")
