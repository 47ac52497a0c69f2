"""Small parts of the pages that carry a meaning of their own: states, fields, steppers, pictures.

Parts that repeat in a list are built here and not by an include per row, which costs several
times as much. Parts that stand once on a page live in ``templates/components``. Every state is
shape, icon and word; a state nobody drew fails while the page renders, so that tests see it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from uuid import uuid4

from django import template
from django.forms import BaseForm, BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.forms.utils import ErrorList
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tuangou.core.templatetags.icons import HIDDEN
from tuangou.core.templatetags.pictures import photo, shop_photo
from tuangou.core.templatetags.states import BADGES, CHIPS

register = template.Library()

register.simple_tag(photo)
register.simple_tag(shop_photo)

EMPTY = mark_safe("")
NOTES = {"": "info", "ok": "check", "warn": "warn", "info": "info", "loss": "warn"}


@register.simple_tag
def chip(kind: str, state: str, text: str = "") -> SafeString:
    """``{% chip "payment" order.payment %}``: the state of a thing; ``text`` follows the word.

    Kinds and states: see states.py. Example: ``{% chip "payment" "unpaid" "¥108.00" %}``.
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
    ``until`` and ``at`` (the server's time) make round.js keep the text of ``more`` true.
    """
    left = _countdown(until, at, more) if until and at else more
    look = (
        "day-more day-left" if until and at else "day-more"
    )  # the largest type has no room for it
    rest = format_html('<span class="{}">{}</span>', look, left) if more else EMPTY
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
    view adds or takes one step; round.js does it in place and adds up the money.
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


@register.simple_tag
def live_form(stock: str = "") -> SafeString:
    """``<form … {% live_form stock=stock_url %}>``: the words of round.js.

    ``stock`` is the address of what is left (see round.js); without it nothing is polled.
    """
    words = {
        "one": _("{kinds}种 · {quantity}{unit}"),
        "many": _("{kinds}种"),
        "none": _("还没选"),
        "line": _("{item} {quantity}{unit}"),
    }
    if stock:
        words |= {
            "stock": stock,
            "left": _("剩 {left}{unit}"),
            "out": _("抢完"),
            "short": _("{item}只剩 {left}{unit}，改一下再提交"),
            "over": _("已截单，不能再提交"),
        }
    return format_html("data-total{}", _data(words))


def _plain(number: Decimal | int | str | None) -> str:
    """2.500 → "2.5", 30 → "30"; what a person typed stays as typed."""
    if isinstance(number, Decimal):
        return f"{number.normalize():f}"
    return "" if number is None else str(number)


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
def errors(*forms: BaseForm | Iterable[BaseForm] | None) -> dict[str, object]:
    """``{% errors form %}``: what has to be changed, first thing on the page, each a link."""
    rows: list[tuple[str, str]] = []
    for form in forms:
        for one in [form] if isinstance(form, BaseForm) else form or ():
            rows += [("", text) for text in _texts(one.non_field_errors())]
            rows += [(_anchor(box), text) for box in one for text in _texts(box.errors)]
    return {"rows": rows}


def _texts(found: ErrorList) -> list[str]:
    return [str(text) for text in found]


def _anchor(box: BoundField) -> str:
    """Where the summary leads: to the box; a hidden one cannot be gone to."""
    return "" if box.is_hidden else box.id_for_label or str(box.auto_id)


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
    ids = [] if box.is_hidden else ids
    described: dict[str, str | bool] = {"aria-describedby": " ".join(ids)} if ids else {}
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


@register.simple_tag
def request_id() -> SafeString:
    """``{% request_id %}``: a fresh id for a form of one button, so that two taps are one act."""
    return format_html('<input type="hidden" name="request_id" value="{}">', uuid4())


@register.filter
def phone(number: str) -> str:
    """+8613800138000 → 138 0013 8000; another country's number stays as it is."""
    digits = number.removeprefix("+86")
    if len(digits) == 11 and digits.isdecimal():
        return f"{digits[:3]} {digits[3:7]} {digits[7:]}"
    return number
