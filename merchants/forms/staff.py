"""Forms about who acts for a shop. They translate, never write."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy

from tuangou.core.http import RequestForm


class HelperForm(RequestForm):
    """What somebody without an account is called when she becomes a helper."""

    nickname = forms.CharField(
        label=gettext_lazy("大家怎么叫你"),
        help_text=gettext_lazy("店主和邻居看到的名字，例如 小马"),
        max_length=20,
        error_messages={
            "required": gettext_lazy("写上大家怎么叫你"),
            "max_length": gettext_lazy("最多 20 个字，写短一点"),
        },
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )
