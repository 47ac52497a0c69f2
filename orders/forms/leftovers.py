"""What becomes of a bag that nobody fetched."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from groups.models import Group
from orders.models import LeftoverChoice
from orders.queries.waiting import Wait
from orders.services.leftovers import Decision
from tuangou.core.fields import YuanField, of_this_century
from tuangou.core.http import RequestForm


class LeftoverForm(RequestForm):
    """One of three; the boxes below belong to one of them each."""

    choice = forms.ChoiceField(
        label=_("怎么办"),
        choices=LeftoverChoice.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("选一样：先留着、让给别人、退回商家。")},
    )
    until_date = forms.DateField(
        label=_("留到哪天"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("日期写成 2026-11-21。")},
    )
    until_time = forms.TimeField(
        label=_("几点"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": _("时间写成 17:20。")},
    )
    taker = forms.CharField(
        label=_("让给谁"),
        max_length=40,
        required=False,
        help_text=_("群里另一户，例如 3-502 或 阿圆"),
    )
    paid = YuanField(
        label=_("收了他多少（元）"), help_text=_("记在这一单上，原来的人就少付或退给他；没收写 0。")
    )
    note = forms.CharField(label=_("备注"), max_length=100, required=False)

    entry = forms.TypedChoiceField(
        label=_("候补的邻居，按先后问"),
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": _("这位没有在等这一袋里的货，重新选一位。")},
    )

    def __init__(self, *args: Any, group: Group, waits: Sequence[Wait] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.group = group
        box: Any = self.fields["entry"]
        nobody = [("", _("不给候补的，写下面那一户"))]
        box.choices = [*((wait.id, _line(wait)) for wait in waits), *nobody]
        if not waits:
            del self.fields["entry"]

    def clean_until_date(self) -> date | None:
        day: date | None = self.cleaned_data["until_date"]
        return of_this_century(day) if day else None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("entry") and data.get("taker"):
            self.add_error("taker", _("选了候补的邻居，这里就空着。"))
        return data

    def decision(self, taker_id: int | None) -> Decision:
        data = self.cleaned_data
        keeps = data["choice"] == LeftoverChoice.KEEP
        passes = data["choice"] == LeftoverChoice.PASS
        day, hour = data["until_date"], data["until_time"]
        until = datetime.combine(day, hour, tzinfo=self.group.zone) if day and hour else None
        return Decision(
            choice=data["choice"],
            note=data["note"],
            until=until if keeps else None,
            taker_id=taker_id if passes else None,
            paid_fen=(data["paid"] or 0) if passes else 0,
            entry_id=data.get("entry") if passes else None,
        )


def _line(wait: Wait) -> str:
    """「1. 3栋502 阿圆：牛腩 2斤」."""
    return _("%(place)s. %(door)s %(who)s：%(name)s %(quantity)s%(unit)s") % {
        "place": wait.place,
        "door": wait.door,
        "who": wait.nickname,
        "name": wait.name,
        "quantity": f"{wait.quantity.normalize():f}",
        "unit": wait.unit,
    }
