"""Forms of the calendar of merchant days. They translate, never write."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy

from tuangou.core.http import RequestForm


class AskDayForm(RequestForm):
    day = forms.DateField(
        label=gettext_lazy("哪一天截单"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={
            "required": gettext_lazy("选一天"),
            "invalid": gettext_lazy("日期写成 2026-11-21 这样"),
        },
    )
    wish = forms.CharField(
        label=gettext_lazy("想卖什么"),
        required=False,
        help_text=gettext_lazy("团长看得到，可以空着"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class AnswerDayForm(RequestForm):
    """Yes or no; a no has a word with it."""

    choice = forms.ChoiceField(
        label=gettext_lazy("留不留"),
        choices=[("keep", gettext_lazy("留给这家")), ("no", gettext_lazy("不留"))],
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("选留还是不留"),
            "invalid_choice": gettext_lazy("选留还是不留"),
        },
    )
    answer = forms.CharField(
        label=gettext_lazy("说一句"),
        required=False,
        help_text=gettext_lazy("店里看得到；不留要写为什么"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
