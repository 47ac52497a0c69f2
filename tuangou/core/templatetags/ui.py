"""Small parts of the pages that carry a meaning of their own: states, fields, steppers, pictures.

Parts that repeat in a list are built here and not by an include per row, which costs several
times as much. Parts that stand once on a page live in ``templates/components``. Every state is
shape, icon and word; a state nobody drew fails while the page renders, so that tests see it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from django import template
from django.db.models.fields.files import FieldFile
from django.forms import BaseForm, BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.forms.utils import ErrorList
from django.templatetags.static import static
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from tuangou.core.templatetags.icons import HIDDEN

register = template.Library()

EMPTY = mark_safe("")
Word = str | Promise
Picture = str | FieldFile
# kind of thing → state → (class of the chip, icon, word)
CHIPS: dict[str, dict[str, tuple[str, str, Word]]] = {
    "payment": {
        "unpaid": ("due", "clock", gettext_lazy("未付")),
        "claimed": ("said", "speech", gettext_lazy("说已付")),
        "paid": ("paid", "check", gettext_lazy("已收")),
        "partial": ("due", "yen", gettext_lazy("部分付")),
        "over": ("said", "refund", gettext_lazy("多付")),
        "refunded": ("back", "refund", gettext_lazy("已退款")),
        "none": ("", "check", gettext_lazy("不用付")),
    },
    "order": {
        "placed": ("", "bag", gettext_lazy("未取")),
        "collected": ("ok", "check", gettext_lazy("已取")),
        "partly_collected": ("due", "bag", gettext_lazy("取了一部分")),
        "not_collected": ("back", "cross", gettext_lazy("没来取")),
        "cancelled": ("", "stop", gettext_lazy("已取消")),
    },
    "round": {
        "draft": ("", "pen", gettext_lazy("草稿")),
        "open": ("ok", "bowl", gettext_lazy("正在团")),
        "paused": ("due", "pause", gettext_lazy("暂停")),
        "closed": ("", "clock", gettext_lazy("已截单")),
        "confirmed": ("ok", "check", gettext_lazy("已成团")),
        "failed": ("", "stop", gettext_lazy("没成团")),
        "arrived": ("ok", "box", gettext_lazy("已到货")),
        "completed": ("ok", "check", gettext_lazy("已取完")),
        "settled": ("", "slip", gettext_lazy("已结清")),
        "cancelled": ("back", "stop", pgettext_lazy("round", "已取消")),
    },
    "return": {
        "requested": ("due", "clock", gettext_lazy("等团长看")),
        "accepted": ("ok", "check", gettext_lazy("同意退")),
        "rejected": ("back", "cross", gettext_lazy("没同意")),
        "withdrawn": ("", "undo", gettext_lazy("已撤回")),
        "refunded": ("ok", "refund", gettext_lazy("已退款")),
    },
    "application": {
        "draft": ("", "pen", gettext_lazy("草稿")),
        "submitted": ("said", "file", gettext_lazy("等审核")),
        "in_review": ("said", "eye", gettext_lazy("审核中")),
        "approved": ("ok", "check", gettext_lazy("已通过")),
        "changes_asked": ("due", "pen", gettext_lazy("要补材料")),
        "rejected": ("back", "cross", gettext_lazy("没通过")),
        "suspended": ("back", "pause", gettext_lazy("停团")),
        "exited": ("", "stop", gettext_lazy("已退出")),
    },
    "membership": {
        "pending": ("due", "clock", gettext_lazy("等核对")),
        "active": ("ok", "check", gettext_lazy("在群")),
        "left": ("", "undo", gettext_lazy("已退群")),
        "removed": ("back", "cross", gettext_lazy("已移出")),
    },
    "document": {
        "valid": ("ok", "check", gettext_lazy("有效")),
        "expiring": ("due", "clock", gettext_lazy("快到期")),
        "expired": ("back", "cross", gettext_lazy("已过期")),
    },
}
# band of a merchant's standing → (icon, word)
BADGES: dict[str, tuple[str, Word]] = {
    "good": ("shield-check", gettext_lazy("良好")),
    "fair": ("shield", gettext_lazy("一般")),
    "watch": ("eye", gettext_lazy("观察")),
    "stop": ("pause", gettext_lazy("停团")),
    "new": ("sprout", pgettext_lazy("merchant", "新")),
}
NOTES = {"": "info", "ok": "check", "warn": "warn", "info": "info", "loss": "warn"}
# Categories of goods with a drawn stand-in, img/goods/<category>.svg and <category>-wide.svg.
GOODS = frozenset(
    {"vegetables", "fruit", "beef", "pork", "poultry", "seafood", "eggs", "dairy", "grain"}
    | {"dumplings", "bakery", "cooked", "snacks", "household"}
)
SHOPS = 6


@register.simple_tag
def chip(kind: str, state: str, text: str = "") -> SafeString:
    """``{% chip "payment" order.payment %}``: the state of a thing; ``text`` follows the word.

    Kinds and states: see CHIPS. Example: ``{% chip "payment" "unpaid" "¥108.00" %}``.
    """
    look, sign, word = CHIPS[kind][str(state).lower()]
    look = f"chip chip-{look}" if look else "chip"
    if text:
        return format_html('<span class="{}">{}{} {}</span>', look, HIDDEN[sign], word, text)
    return format_html('<span class="{}">{}{}</span>', look, HIDDEN[sign], word)


@register.simple_tag
def badge(band: str, big: bool = False) -> SafeString:
    """``{% badge "good" %}``: a merchant's standing (good, fair, watch, stop, new)."""
    sign, word = BADGES[str(band).lower()]
    size = " badge-big" if big else ""
    return format_html(
        '<span class="badge badge-{}{}">{}{}</span>', str(band).lower(), size, HIDDEN[sign], word
    )


@register.simple_block_tag
def note(content: str, kind: str = "", icon: str = "", role: str = "") -> SafeString:
    """``{% note "warn" %}…{% endnote %}``: a coloured slip (ok, warn, info, loss or none).

    ``icon=`` another sign, ``role="status"`` when it tells what has just happened.
    """
    return format_html(
        '<div class="note{}"{}>{}<div class="grow">{}</div></div>',
        f" note-{kind}" if kind else "",
        format_html(' role="{}"', role) if role else EMPTY,
        HIDDEN[icon or NOTES[kind]],
        mark_safe(content.strip()),  # noqa: S308 (already rendered by the template)
    )


@register.simple_tag
def day(
    head: str,
    big: str,
    note: str = "",
    more: str = "",
    kind: str = "",
    until: datetime | None = None,
    at: datetime | None = None,
) -> SafeString:
    """A leaf of the wall calendar: a date that binds.

    ``{% day _("截单") "今天 20:00" "11月20日 周五" more="还剩 5小时" until=cut_off at=now %}``.
    kind: "" brick (cut-off), "leaf" green (pick-up), "past" grey (over), "mini" a small date.
    ``until`` and ``at`` (the server's time) make countdown.js keep the text of ``more`` true.
    """
    left = _countdown(until, at, more) if until and at else more
    rest = format_html('<span class="day-more">{}</span>', left) if more else EMPTY
    return format_html(
        '<p class="day{}"><span class="day-head">{}</span><span class="day-big">{}</span>{}</p>',
        f" day-{kind}" if kind else "",
        head,
        big,
        format_html('<span class="day-note">{}{}</span>', note, rest) if note or more else EMPTY,
    )


def _countdown(until: datetime, at: datetime, text: str) -> SafeString:
    """The words stay the server's; the script only puts the number in."""
    words = {
        "day": ngettext("还剩 {n}天", "还剩 {n}天", 2),
        "hour": ngettext("还剩 {n}小时", "还剩 {n}小时", 2),
        "hour-1": ngettext("还剩 {n}小时", "还剩 {n}小时", 1),
        "minute": ngettext("还剩 {n}分钟", "还剩 {n}分钟", 2),
        "minute-1": ngettext("还剩 {n}分钟", "还剩 {n}分钟", 1),
        "over": _("时间到了"),
    }
    return format_html(
        '<span data-countdown="{}" data-at="{}"{}>{}</span>',
        until.isoformat(),
        at.isoformat(),
        _data(words),
        text,
    )


def _data(words: Mapping[str, object]) -> SafeString:
    return format_html_join("", ' data-{}="{}"', words.items())


@register.simple_tag
def meter(value: int, most: int, label: str, left: str = "", right: str = "") -> SafeString:
    """``{% meter 31 40 _("已有户数") left="已有 31户" right="满 40户起送，还差 9户" %}``."""
    words = (
        format_html(
            '<div class="row row-between small muted"><span>{}</span><span>{}</span></div>',
            left,
            right,
        )
        if left or right
        else EMPTY
    )
    return format_html(
        '<div class="meter"><progress value="{0}" max="{1}" aria-label="{2}">{0}/{1}</progress>'
        "{3}</div>",
        min(value, most),
        max(most, 1),
        label,
        words,
    )


@register.simple_tag
def stepper(
    name: str,
    value: Decimal | int | str,
    item: str,
    unit: str,
    step: Decimal | int | str = 1,
    most: Decimal | int | str | None = None,
    fen: int = 0,
) -> SafeString:
    """A quantity box between two submit buttons ``less`` and ``more`` (value = name of the box).

    ``{% stepper name=line.field value=line.quantity item=line.name unit=line.unit step=line.step
    most=line.left fen=line.unit_price_fen %}``. Without a script the buttons post the form and the
    view adds or takes one step; stepper.js does it in place and adds up the money.
    """
    box = _plain(value)
    return format_html(
        '<div class="stepper{on}" data-step="{step}" data-fen="{fen}" data-item="{item}"'
        ' data-unit="{unit}"{most}>'
        '<button name="less" value="{name}" aria-label="{less}">{minus}</button>'
        '<input type="number" name="{name}" id="id_{name}" value="{box}" min="0" step="{step}"'
        ' inputmode="decimal" autocomplete="off" aria-label="{label}"{limit}>'
        '<button name="more" value="{name}" aria-label="{plus_label}">{plus}</button></div>',
        on=" stepper-on" if box not in {"0", ""} else "",
        step=_plain(step),
        fen=fen,
        item=item,
        unit=unit,
        most=format_html(' data-most="{}"', _plain(most)) if most is not None else EMPTY,
        limit=format_html(' max="{}"', _plain(most)) if most is not None else EMPTY,
        name=name,
        box=box,
        less=_("%(item)s 减一") % {"item": item},
        plus_label=_("%(item)s 加一") % {"item": item},
        label=_("%(item)s 数量（%(unit)s）") % {"item": item, "unit": unit},
        minus=HIDDEN["minus"],
        plus=HIDDEN["plus"],
    )


def _plain(number: Decimal | int | str | None) -> str:
    """2.500 → "2.5", 30 → "30"; what a person typed stays as typed."""
    if isinstance(number, Decimal):
        return f"{number.normalize():f}"
    return "" if number is None else str(number)


@register.simple_tag
def photo(category: str, src: Picture = "", alt: str = "", kind: str = "photo") -> SafeString:
    """An item's photo, or the drawn stand-in of its category.

    ``{% photo item.category src=item.photo_url alt=item.name %}``; ``kind="hero-photo"`` gives the
    wide picture at the top of a round. ``src`` may be a URL or a file field.
    """
    wide = kind == "hero-photo"
    address = _address(src) if src else _stand_in(str(category), wide)
    return format_html(
        '<img class="{}" src="{}" alt="{}" width="{}" height="{}" loading="lazy" decoding="async">',
        kind,
        address,
        alt,
        480 if wide else 96,
        240 if wide else 96,
    )


def _address(src: Picture) -> str:
    return src if isinstance(src, str) else src.url


def _stand_in(category: str, wide: bool) -> str:
    name = category if category in GOODS else "household"
    return static(f"img/goods/{name}{'-wide' if wide else ''}.svg")


@register.simple_tag
def shop_photo(key: object, src: Picture = "", size: int = 48, kind: str = "") -> SafeString:
    """``{% shop_photo merchant.id %}``: a merchant's photo, or one of six drawn shops."""
    address = _address(src) if src else static(f"img/shops/{_shop(key)}.svg")
    return format_html(
        '<img{} src="{}" alt="" width="{}" height="{}" loading="lazy" decoding="async">',
        format_html(' class="{}"', kind) if kind else EMPTY,
        address,
        size,
        size,
    )


def _shop(key: object) -> int:
    number = key if isinstance(key, int) else zlib.crc32(str(key).encode())
    return number % SHOPS + 1


@register.simple_block_tag
def step(content: str, number: int, title: str = "", state: str = "") -> SafeString:
    """One thing that happens next, inside ``<ol class="steps">``: state "now", "done" or ""."""
    mark = {"now": ' aria-current="step"', "done": ' data-done=""'}.get(state, "")
    return format_html(
        '<li data-n="{}"{}><div class="tight">{}{}{}</div></li>',
        number,
        mark_safe(mark),  # noqa: S308 (one of our own constants)
        format_html("<h3>{}</h3>", title) if title else EMPTY,
        format_html('<span class="vh">{}</span>', _("已完成")) if state == "done" else EMPTY,
        mark_safe(content.strip()),  # noqa: S308 (already rendered by the template)
    )


@register.inclusion_tag("components/errors.html")
def errors(*forms: BaseForm | Iterable[BaseForm]) -> dict[str, object]:
    """``{% errors form %}``: what has to be changed, first thing on the page, each a link."""
    rows: list[tuple[str, str]] = []
    for form in forms:
        for one in [form] if isinstance(form, BaseForm) else form:
            rows += [("", text) for text in one.non_field_errors()]
            rows += [(_anchor(box), text) for box in one for text in _texts(box.errors)]
    return {"rows": rows}


def _texts(found: ErrorList) -> list[str]:
    return [str(text) for text in found]


def _anchor(box: BoundField) -> str:
    return box.id_for_label or str(box.auto_id)


@register.inclusion_tag("components/field.html")
def field(
    box: BoundField, hint: str = "", label: str = "", after: str = "", quiet: bool = False
) -> dict[str, object]:
    """``{% field form.phone %}``: label, hint, error and box of a form field, in this order.

    Radio buttons come side by side, check boxes as large rows. ``hint`` and ``label`` replace the
    form's own; ``after`` is shown beneath the box; ``quiet=True`` leaves out 「可不填」.
    """
    widget = box.field.widget
    hint = hint or str(box.help_text or "")
    ids = [f"{box.auto_id}-h"] * bool(hint) + [f"{box.auto_id}-e"] * bool(box.errors)
    described = {"aria-describedby": " ".join(ids)} if ids else {}
    kind = "box"
    if box.is_hidden:
        kind = "hidden"
    elif isinstance(widget, CheckboxInput):
        kind = "check"
    elif isinstance(widget, CheckboxSelectMultiple):
        kind = "checks"
    elif isinstance(widget, RadioSelect):
        kind = "radios"
    return {
        "box": box,
        "kind": kind,
        "anchor": _anchor(box),
        "hint": hint,
        "label": label or box.label,
        "after": after,
        "optional": not (box.field.required or quiet or kind == "check"),
        "texts": _texts(box.errors),
        "described": " ".join(ids),
        "control": box.as_widget(attrs=described) if kind in {"box", "check", "hidden"} else "",
    }


@register.inclusion_tag("components/filters.html")
def filters(rows: Iterable[object], label: str = "") -> dict[str, object]:
    """``{% filters rows _("筛选") %}``: links side by side, rows of label, url, current, count."""
    return {"rows": rows, "label": label or _("筛选")}


@register.simple_tag
def back(url: str, label: str) -> SafeString:
    """``{% block back %}{% back url "我的单" %}{% endblock %}``: where the header leads back to."""
    return format_html('<a href="{}">{}{}</a>', url, HIDDEN["back"], label)
