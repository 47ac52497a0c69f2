"""The join form, and what is answered to who waits. They translate; rules are the services'."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from groups.models import Building, HouseRules
from groups.services import words
from groups.services.joining import Door, Stranger
from groups.services.rules import ORDERS_NEEDED, Agreed
from tuangou.core.accounts import PhoneField
from tuangou.core.errors import InvalidInput
from tuangou.core.http import RequestForm

OTHER = "other"
PLAIN = {"autocomplete": "off", "spellcheck": "false"}


def text_field(label: Any, *, most: int, **kwargs: Any) -> forms.CharField:
    """A short text; what is missing or too long is said by the service."""
    attrs = PLAIN | kwargs.pop("attrs", {})
    widget = forms.TextInput(attrs=attrs)
    return forms.CharField(label=label, required=False, max_length=most, widget=widget, **kwargs)


class DoorFields(RequestForm):
    """Building, unit and room; a building that is not in the list is written down."""

    building = forms.ChoiceField(
        label=gettext_lazy("楼栋"),
        error_messages={
            "required": gettext_lazy("选你住的楼栋"),
            "invalid_choice": gettext_lazy("选你住的楼栋"),
        },
    )
    unit = text_field(gettext_lazy("单元"), most=20, help_text=gettext_lazy("没有就不填"))
    room = text_field(
        gettext_lazy("房号"),
        most=30,
        help_text=gettext_lazy("例如 502"),
        attrs={"inputmode": "numeric"},
    )

    def __init__(self, *args: Any, buildings: Iterable[Building], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast(forms.ChoiceField, self.fields["building"])
        field.choices = [("", _("选一栋")), *((str(b.pk), b.name) for b in buildings)]

    def door(self) -> Door:
        data = self.cleaned_data
        other = data["building"] == OTHER
        return Door(
            building_id=None if other else int(data["building"]),
            unit=data["unit"],
            room=data["room"],
            other_building=data.get("other_building", "") if other else "",
        )


class JoinForm(DoorFields):
    """One page. `known_phone` leaves out what the signed-in person's account tells already."""

    nickname = text_field(
        gettext_lazy("昵称"),
        most=60,
        help_text=gettext_lazy("邻居看到的是「3栋·张*」：楼栋和昵称第一个字。不填就是「邻居」。"),
        attrs={"autocomplete": "nickname"},
    )
    real_name = text_field(
        gettext_lazy("真实姓名"),
        most=60,
        help_text=gettext_lazy("分货对人用。只有团长看得到。"),
        attrs={"autocomplete": "name"},
    )
    phone = PhoneField(
        help_text=gettext_lazy("到货、有事时打给你。只有团长看得到。"),
    )
    other_building = text_field(gettext_lazy("你住的楼叫什么"), most=40)
    orders = forms.BooleanField(
        label=gettext_lazy("同意团长用我的姓名、住址和手机号来记单、分货、联系我"),
        required=False,
    )
    sms = forms.BooleanField(
        label=gettext_lazy("到货、截单也可以发短信给我"),
        required=False,
        help_text=gettext_lazy("不勾也行，消息里都会写。随时能收回。"),
    )
    rules = forms.BooleanField(required=False)
    rules_version = forms.IntegerField(
        required=False, min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput
    )

    def __init__(
        self, *args: Any, rules: HouseRules | None, known_phone: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        field = cast(forms.ChoiceField, self.fields["building"])
        field.choices = [*cast(Any, field.choices), (OTHER, _("其他，不在表里"))]
        self.fields["rules"].label = _("我看过群规")
        if rules is None:
            del self.fields["rules"], self.fields["rules_version"]
        else:
            self.fields["rules_version"].initial = rules.version
        if known_phone:
            del self.fields["phone"]
        else:
            self.fields["phone"].widget.attrs["autocomplete"] = "tel"

    def clean(self) -> dict[str, Any]:
        """All that is wrong at once; the services say the same one by one."""
        data = self.cleaned_data
        for field, read in self._readers():
            try:
                if field in data:
                    read(data[field])
            except InvalidInput as refusal:
                self.add_error(field, refusal.message)
        if not data.get("orders"):
            self.add_error("orders", ORDERS_NEEDED)
        if "rules" in self.fields and not data.get("rules"):
            self.add_error("rules", _("看一遍群规，打上勾"))
        return data

    def _readers(self) -> list[tuple[str, Callable[[str], object]]]:
        def plain(field: str, most: int, empty: str = "") -> Callable[[str], object]:
            return lambda text: words.plain(text, field=field, most=most, empty=empty)

        other = _("填你住的楼叫什么") if self.other_chosen else ""
        return [
            ("nickname", plain("nickname", 30)),
            ("real_name", plain("real_name", 30, _("填真实姓名"))),
            ("other_building", plain("other_building", 20, other)),
            ("unit", words.unit),
            ("room", words.room),
        ]

    @property
    def other_chosen(self) -> bool:
        return bool(self.is_bound and self.data.get("building") == OTHER)

    def stranger(self, *, user_id: int | None, language: str) -> Stranger:
        data = self.cleaned_data
        return Stranger(
            door=self.door(),
            nickname=data["nickname"],
            real_name=data["real_name"],
            phone=data.get("phone", ""),
            user_id=user_id,
            language=language,
        )

    def agreed(self) -> Agreed:
        data = self.cleaned_data
        seen = (data.get("rules_version") or 0) if data.get("rules") else 0
        return Agreed(orders=data["orders"], sms=data["sms"], rules_version=seen)


class AcceptForm(DoorFields):
    """Yes; an officer may put right the door. Empty building: as she wrote it."""

    same_person = forms.BooleanField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["building"].required = False

    def new_door(self) -> Door | None:
        return self.door() if self.cleaned_data["building"] else None


class ReasonForm(RequestForm):
    reason = text_field(
        gettext_lazy("理由"),
        most=400,
        help_text=gettext_lazy("写清楚为什么，对方会看到。"),
    )
