"""A member corrects what is written about her. Bounds are checked by the services."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from groups.models import Building
from tuangou.core.http import RequestForm


class NamesForm(RequestForm):
    nickname = forms.CharField(
        label=gettext_lazy("昵称"), required=False, help_text=gettext_lazy("邻居只看到第一个字")
    )
    real_name = forms.CharField(
        label=gettext_lazy("真实姓名"), required=False, help_text=gettext_lazy("只有团长看得到")
    )


class DoorForm(RequestForm):
    """Another door: for the initiator to check, or for her to write down."""

    building = forms.TypedChoiceField(
        label=gettext_lazy("楼栋"),
        coerce=int,
        error_messages={
            "required": gettext_lazy("选一栋楼"),
            "invalid_choice": gettext_lazy("选一栋楼"),
        },
    )
    unit = forms.CharField(
        label=gettext_lazy("单元"),
        required=False,
        max_length=20,
        help_text=gettext_lazy("没有单元就不填"),
    )
    room = forms.CharField(label=gettext_lazy("房号"), required=False, max_length=30)

    def __init__(self, *args: Any, buildings: list[Building], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["building"].choices = [  # type: ignore[attr-defined]
            ("", gettext_lazy("选一栋楼")),
            *((building.pk, building.name) for building in buildings),
        ]
