"""Making a helper's link."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tuangou.core.http import RequestForm


class HelperForm(RequestForm):
    """Who helps, and where: at the desk or in one building."""

    name = forms.CharField(
        label=_("帮手的称呼"),
        max_length=30,
        help_text=_("例如 三栋小李，核销时显示它"),
        error_messages={"required": _("写上帮手的称呼，谁交的货要看得出来。")},
    )
    building = forms.ChoiceField(label=_("看到哪些单"), required=False)

    def __init__(self, *args: Any, buildings: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["building"]
        field.choices = [("", _("自提台，全部")), *((name, name) for name in buildings)]
