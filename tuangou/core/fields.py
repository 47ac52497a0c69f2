"""Form fields that both a phone and a service like: amounts, days, whole numbers."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tuangou.core import money
from tuangou.core.errors import InvalidInput

_DAY = gettext_lazy("日期写成 2026-11-21 这样")


class CountField(forms.IntegerField):
    """A whole number typed on a phone; its bounds are the service's."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"inputmode": "numeric", "autocomplete": "off"}
        super().__init__(widget=forms.TextInput(attrs=attrs), **kwargs)
        self.error_messages["required"] = self.error_messages["invalid"] = gettext_lazy(
            "填一个整数"
        )


class DayField(forms.DateField):
    """A day, or none."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        super().__init__(required=False, widget=widget, error_messages={"invalid": _DAY}, **kwargs)


def of_this_century(day: date) -> date:
    """A day that some hour makes a moment of in every zone. Raises ValidationError."""
    if not 2000 <= day.year < 2100:
        raise forms.ValidationError(_("日期要在 2000 年到 2100 年之间。"))
    return day


class YuanField(forms.CharField):
    """An amount in yuan as people type it; cleaned to fen, None for nothing where it need not be
    filled in."""

    def __init__(self, *, required: bool = False, **kwargs: Any) -> None:
        attrs = {"inputmode": "decimal", "autocomplete": "off"}
        widget = forms.TextInput(attrs=attrs)
        super().__init__(max_length=20, required=required, widget=widget, **kwargs)
        self.error_messages["required"] = gettext_lazy("填价格，例如 45")

    def clean(self, value: Any) -> Any:
        typed = super().clean(value)
        try:
            return money.parse_yuan(typed) if typed or self.required else None
        except InvalidInput as refusal:
            raise forms.ValidationError(refusal.message) from refusal
