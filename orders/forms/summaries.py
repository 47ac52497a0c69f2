"""Which months the summary page shows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from orders.queries.summaries import MOST_MONTHS, SHOWN_MONTHS, back, months_of
from tuangou.core.http import PlainForm
from tuangou.core.templatetags.times import month as month_name


@dataclass(frozen=True, slots=True)
class Span:
    first: date
    last: date

    @property
    def query(self) -> str:
        """from=2022-06&to=2023-05"""
        return f"from={self.first:%Y-%m}&to={self.last:%Y-%m}"


def parse_month(text: str) -> date | None:
    """2022-06 → the first of June 2022; None for anything else."""
    if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", text) or text < "0001":
        return None
    return date(int(text[:4]), int(text[5:]), 1)


class SpanForm(PlainForm):
    """From and to, among the months there are; without both, the last twelve."""

    def __init__(self, data: Any, *, known: tuple[date, date]) -> None:
        self.known = Span(*known)
        self.usual = Span(max(known[0], back(known[1], SHOWN_MONTHS - 1)), known[1])
        asked = {"from": f"{self.usual.first:%Y-%m}", "to": f"{self.usual.last:%Y-%m}"}
        for name in asked:
            if name in data:
                asked[name] = data[name]
        super().__init__(asked)
        choices = [(f"{month:%Y-%m}", month_name(month)) for month in months_of(*known)[::-1]]
        wrong = dict.fromkeys(
            ("invalid_choice", "required"), _("这个月不在账本里。从列表里选一个月。")
        )
        for name, label in (("from", _("从")), ("to", _("到"))):
            self.fields[name] = forms.ChoiceField(
                label=label, choices=choices, error_messages=wrong
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first, last = parse_month(data.get("from", "")), parse_month(data.get("to", ""))
        if first is None or last is None:
            return data
        if first > last:
            self.add_error("to", _("结束的月份要在开始的月份之后。换一个月。"))
        elif len(months_of(first, last)) > MOST_MONTHS:
            most = {"months": MOST_MONTHS}
            self.add_error("to", _("一页最多看 %(months)s 个月。把时间改短一点。") % most)
        return data

    @property
    def span(self) -> Span:
        """What was asked for; the last twelve months where it cannot be met."""
        if not self.is_valid():
            return self.usual
        first, last = (parse_month(self.cleaned_data[name]) for name in ("from", "to"))
        return Span(first or self.usual.first, last or self.usual.last)
