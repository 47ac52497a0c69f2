"""Handing bags out: one button, a part of a bag, and taps that waited on a device."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.forms.orders import QuantityField
from orders.models import CheckOffWay
from orders.services.taps import Tap
from tuangou.core.errors import InvalidInput
from tuangou.core.http import PlainForm, RequestForm

MOST_TAPS = 100
_LINE = re.compile(r"line_(\d{1,18})")
_SHORT = re.compile(r"short_(\d{1,18})")
_ID = re.compile(r"\d{1,18}")
_QUANTITY = QuantityField()


class CheckOffForm(RequestForm):
    """One hand-over: how it was found, and who fetched it when it was someone else.

    With `part`, boxes named line_<id> say how much goes now, ticks named short_<id> that the rest
    of the line is missing.
    """

    way = forms.ChoiceField(choices=CheckOffWay.choices, required=False)
    collected_by = forms.CharField(label=gettext_lazy("谁来取的"), max_length=30, required=False)
    take_money = forms.BooleanField(required=False)
    part = forms.BooleanField(required=False)

    def lines(self) -> dict[int, Decimal] | None:
        """Line id and quantity, or None for all that is left. Raises InvalidInput."""
        if not self.cleaned_data["part"]:
            return None
        return {int(name[5:]): _number(name, self.data) for name in self._named(_LINE)}

    def missing(self) -> list[int]:
        """Ids of the lines whose rest is not there."""
        return [int(name[6:]) for name in self._named(_SHORT)] if self.cleaned_data["part"] else []

    def _named(self, pattern: re.Pattern[str]) -> list[str]:
        return [name for name in self.data if pattern.fullmatch(name)]


def _number(name: str, data: Mapping[str, Any]) -> Decimal:
    try:
        return _QUANTITY.clean(data[name]) or Decimal(0)
    except forms.ValidationError as wrong:
        raise InvalidInput(" ".join(wrong.messages), field=name) from wrong


class TapForm(PlainForm):
    """One tap as a device kept it."""

    id = forms.UUIDField()
    kind = forms.ChoiceField(choices=(("hand", ""), ("undo", "")))
    order = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    at = forms.CharField(max_length=40, required=False)
    way = forms.ChoiceField(choices=CheckOffWay.choices, required=False)
    collected_by = forms.CharField(max_length=30, required=False)
    fen = forms.IntegerField(min_value=0, max_value=10**10 - 1, required=False)
    of = forms.UUIDField(required=False)
    check_off = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    lines = forms.JSONField(required=False)
    short = forms.JSONField(required=False)

    def clean_lines(self) -> dict[int, Decimal] | None:
        """Line id and quantity of a part; None for all that is left."""
        given = self.cleaned_data["lines"]
        if given is None:
            return None
        if not isinstance(given, dict) or not all(_ID.fullmatch(pk) for pk in given):
            raise forms.ValidationError(_("这一条看不懂，没有记。照着纸单再点一次。"))
        return {int(pk): _QUANTITY.clean(str(said)) or Decimal(0) for pk, said in given.items()}

    def clean_short(self) -> tuple[int, ...]:
        """Lines whose rest is not there."""
        given = self.cleaned_data["short"] or []
        if not isinstance(given, list) or not all(_ID.fullmatch(str(pk)) for pk in given):
            raise forms.ValidationError(_("这一条看不懂，没有记。照着纸单再点一次。"))
        return tuple(int(pk) for pk in given)

    def tap(self) -> Tap:
        data = self.cleaned_data
        return Tap(
            id=data["id"],
            order_id=data["order"],
            undo=data["kind"] == "undo",
            at=_moment(data["at"]),
            way=data["way"] or CheckOffWay.DOOR,
            collected_by=data["collected_by"],
            amount_fen=data["fen"],
            of=data["of"],
            check_off_id=data["check_off"],
            lines=data["lines"],
            missing=data["short"] if data["lines"] is not None else (),
        )


def _moment(text: str) -> datetime | None:
    """An ISO time with its offset; the clock of a device is no reason to refuse a tap."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return None if moment is None or moment.tzinfo is None else moment.astimezone(UTC)


def read_taps(body: bytes) -> list[TapForm]:
    """The taps of {"taps": [...]}, in order; each may be invalid by itself. Raises InvalidInput."""
    try:
        given = json.loads(body)["taps"]
    except (ValueError, KeyError, TypeError, RecursionError) as wrong:
        raise InvalidInput(_("发来的内容看不懂。刷新页面再发。")) from wrong
    if not isinstance(given, list) or len(given) > MOST_TAPS:
        raise InvalidInput(_("一次最多发 %(most)d 条。") % {"most": MOST_TAPS})
    return [TapForm(one if isinstance(one, dict) else {}) for one in given]
