"""The form of an announcement. It translates; lengths are checked by the service."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tuangou.core.http import RequestForm

PINS = ((0, _("不置顶")), (1, _("1 天")), (3, _("3 天")), (7, _("7 天")))


class AnnouncementForm(RequestForm):
    """What to tell everyone, and how long it stays on top of the front page."""

    title = forms.CharField(
        label=_("标题"),
        required=False,
        help_text=_("一句话说清，例如：周六发货改到下午三点"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    text = forms.CharField(
        label=_("内容"),
        required=False,
        help_text=_("最多 1000 字"),
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    pin_days = forms.TypedChoiceField(
        label=_("放在团购页最上面"), choices=PINS, coerce=int, initial=3, widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pin_days"].error_messages = {
            "required": _("选一个置顶的天数"),
            "invalid_choice": _("选一个置顶的天数"),
        }
