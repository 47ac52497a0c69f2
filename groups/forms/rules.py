"""The house rules: writing a version, accepting one."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy

from tuangou.core.http import RequestForm


class HouseRulesForm(RequestForm):
    text = forms.CharField(
        label=gettext_lazy("群规"),
        required=False,
        help_text=gettext_lazy("一条一行。保存就是新的一版，群友会看到并确认。"),
        widget=forms.Textarea(attrs={"rows": 14}),
    )


class AcceptRulesForm(RequestForm):
    version = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)


class ConsentForm(RequestForm):
    """One button: agree to text messages, or take it back."""

    given = forms.TypedChoiceField(
        choices=[("1", ""), ("0", "")], coerce=lambda value: value == "1", empty_value=None
    )
