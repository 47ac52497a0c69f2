"""Forms about prices seen in the store (M6)."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from groups.models import Group
from merchants.forms.items import PICTURES
from merchants.forms.merchants import ReasonForm
from tuangou.core.fields import YuanField
from tuangou.core.http import RequestForm
from tuangou.core.uploads import picture_of


class WitnessForm(RequestForm):
    """What a member saw in the store."""

    price = YuanField(label=gettext_lazy("看到的店价（元）"), required=True)
    place = forms.CharField(
        label=gettext_lazy("在哪里看到的"),
        help_text=gettext_lazy("例如 长宁路店"),
        error_messages={"required": gettext_lazy("填在哪里看到的")},
    )
    seen_on = forms.DateField(
        label=gettext_lazy("哪天看到的"),
        help_text=gettext_lazy("最近 14 天内"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={
            "required": gettext_lazy("填哪天看到的"),
            "invalid": gettext_lazy("日期写成 2026-11-21 这样"),
        },
    )
    picture = forms.FileField(
        label=gettext_lazy("价签的照片"),
        help_text=gettext_lazy("拍价签或菜单，别拍到人。群里的邻居看得到"),
        widget=forms.FileInput(attrs=PICTURES),
        error_messages={"required": gettext_lazy("拍一张价签，邻居才好信")},
    )

    def clean_picture(self) -> bytes | None:
        return picture_of(self.cleaned_data["picture"])

    def refuse(self, refusal: Any) -> None:
        refusal.field = {"seen_at": "seen_on"}.get(refusal.field, refusal.field)
        super().refuse(refusal)

    def seen_at(self, group: Group, now: datetime) -> datetime:
        """Today means now; another day means its evening."""
        day: date = self.cleaned_data["seen_on"]
        today = group.local(now).date()
        return now if day == today else datetime.combine(day, time(18), tzinfo=group.zone)


class RulingForm(ReasonForm):
    """Whose price counts, and why."""

    stands = forms.ChoiceField(
        label=gettext_lazy("怎么定"),
        choices=[
            ("yes", gettext_lazy("店里写的价对，可以照它比")),
            ("no", gettext_lazy("店里写的价不对，改好以前不比")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("选一个")},
    )
    field_order = ("stands", "reason")
