"""The address of the group's robot."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy

from tuangou.core.http import PlainForm


class RobotForm(PlainForm):
    address = forms.CharField(
        label=gettext_lazy("机器人的 Webhook 地址"),
        max_length=300,
        help_text=gettext_lazy("企业微信群右上角，群机器人，添加，复制 Webhook 地址"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "url"}),
        error_messages={"required": gettext_lazy("填机器人的 Webhook 地址")},
    )
