"""The ticks of a printed pick-up list."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from groups.models import Group
from tuangou.core import clock
from tuangou.core.http import RequestForm


class KeyedForm(RequestForm):
    """When the bags went, and which; `paid` are those whose money was taken with them."""

    date = forms.DateField(
        label=_("交货那天"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("填交货那天。"), "invalid": _("日期写成 2026-11-21。")},
    )
    time = forms.TimeField(
        label=_("大约几点"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"required": _("填大约几点。"), "invalid": _("时间写成 17:20。")},
    )
    order = forms.TypedMultipleChoiceField(coerce=int, required=False)
    paid = forms.TypedMultipleChoiceField(coerce=int, required=False)

    def __init__(self, *args: Any, group: Group, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.group = group
        for name in ("order", "paid"):
            field: Any = self.fields[name]
            ticked = self.data.getlist(name) if hasattr(self.data, "getlist") else []
            known = [pk for pk in ticked if pk.isascii() and pk.isdecimal() and len(pk) < 19]
            field.choices = [(pk, pk) for pk in known]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "date" in data and "time" in data:
            moment = datetime.combine(data["date"], data["time"], tzinfo=self.group.zone)
            if moment > clock.now():
                self.add_error("time", _("这个时间还没到。填交货的时间。"))
            data["at"] = moment
        if not data.get("order") and not self.errors:
            self.add_error(None, _("一户都没勾。照着纸单勾上取走的，再提交。"))
        return data
