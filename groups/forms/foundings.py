"""Three steps to a group of one's own: what and where, doors, rules. Kept until it is founded."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from groups.forms.groups import PercentField
from groups.forms.joining import PLAIN, text_field
from groups.queries.memberships import GroupRow
from groups.queries.settings import percent_text
from groups.services import words
from groups.services.foundings import building_names
from groups.services.groups import BOUNDS, Rules, check_rules
from tuangou.core.errors import DomainError
from tuangou.core.fields import CountField
from tuangou.core.http import PlainForm, RequestForm

HOUSE_RULES = gettext_lazy(
    "用真名和真门牌进群，转走了就退群。\n"
    "截单前能改能取消，截单后算数。\n"
    "按时取货，取不了提前说一声。\n"
    "少了、坏了、不对，拍照在单子里说，不在群里骂。\n"
    "团长的佣金写在每个团上。"
)


class StepForm(PlainForm):
    """One step. `kept()` is what the draft remembers: as typed."""

    def kept(self) -> dict[str, str]:
        return {
            name: str(self.data.get(name, ""))[:8000] for name in self.fields if name in self.data
        }

    def _checked(self, field: str, empty: str, most: int) -> str:
        try:
            return words.plain(self.cleaned_data[field], field=field, most=most, empty=empty)
        except DomainError as refusal:
            raise forms.ValidationError(refusal.message) from refusal


class GroundForm(StepForm):
    """Step 1: the name, the compound, and the group it grows out of."""

    name = text_field(
        gettext_lazy("群名"),
        most=160,
        help_text=gettext_lazy("邻居一看就知道的，例如 梧桐里美食群"),
    )
    compound = text_field(gettext_lazy("小区"), most=160)
    parent = forms.ChoiceField(
        label=gettext_lazy("上级群"),
        required=False,
        help_text=gettext_lazy("从一个群分出来的，或隔壁小区的，选它；没有就空着。"),
    )

    def __init__(self, *args: Any, groups: Iterable[GroupRow], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = [(str(row.id), row.name) for row in groups if not row.is_loading]
        field = cast(forms.ChoiceField, self.fields["parent"])
        field.choices = [("", _("没有")), *rows]
        if not rows:
            del self.fields["parent"]

    def clean_name(self) -> str:
        return self._checked("name", _("给群起个名字"), 80)

    def clean_compound(self) -> str:
        return self._checked("compound", _("填小区名"), 80)


class BuildingsForm(StepForm):
    """Step 2: which buildings, where bags are handed out, and where the founder lives."""

    buildings = forms.CharField(
        label=gettext_lazy("楼栋"),
        required=False,
        max_length=8000,
        help_text=gettext_lazy("一行一栋，可以从别处贴进来。1-12栋 会变成十二栋。"),
        widget=forms.Textarea(attrs={"rows": 5} | PLAIN),
    )
    point = text_field(
        gettext_lazy("自提点"), most=120, help_text=gettext_lazy("在哪里发货，例如 3栋架空层")
    )
    building = text_field(
        gettext_lazy("你住哪一栋"), most=40, help_text=gettext_lazy("写成上面表里的样子")
    )
    unit = text_field(gettext_lazy("单元"), most=20, help_text=gettext_lazy("没有就不填"))
    room = text_field(gettext_lazy("房号"), most=30, attrs={"inputmode": "numeric"})
    nickname = text_field(gettext_lazy("昵称"), most=60, attrs={"autocomplete": "nickname"})
    real_name = text_field(gettext_lazy("真实姓名"), most=60, attrs={"autocomplete": "name"})

    def clean_buildings(self) -> list[str]:
        try:
            names = building_names(self.cleaned_data["buildings"])
            names = [words.plain(name, field="buildings", most=20) for name in names]
        except DomainError as refusal:
            raise forms.ValidationError(refusal.message) from refusal
        if not names:
            raise forms.ValidationError(_("至少填一栋楼"))
        return names

    def clean_point(self) -> str:
        return self._checked("point", _("填自提点，例如 3栋架空层"), 60)

    def clean_nickname(self) -> str:
        return self._checked("nickname", _("填昵称"), 30)

    def clean_real_name(self) -> str:
        return self._checked("real_name", _("填真实姓名"), 30)

    def clean_unit(self) -> str:
        return self._door("unit")

    def clean_room(self) -> str:
        return self._door("room")

    def _door(self, field: str) -> str:
        read = words.room if field == "room" else words.unit
        try:
            return read(self.cleaned_data[field])
        except DomainError as refusal:
            raise forms.ValidationError(refusal.message) from refusal

    def clean(self) -> dict[str, Any]:
        """Her own building is one of those above; `3` finds 3栋."""
        data = self.cleaned_data
        names: list[str] = data.get("buildings", [])
        typed = " ".join(data.get("building", "").split())
        found = next((n for n in names if typed and n in (typed, f"{typed}栋")), "")
        if names and not found:
            sentence = _("填你住的楼栋") if not typed else _("%(name)s不在楼栋表里")
            self.add_error("building", sentence % {"name": typed} if typed else sentence)
        return data | {"building": found}


class NumbersForm(StepForm):
    """Step 3: the numbers that bind every round, and the house rules."""

    member_limit = CountField(
        label=gettext_lazy("人数上限"), help_text=gettext_lazy("满了，后来的排队")
    )
    merchants_per_day = CountField(
        label=gettext_lazy("每天最多几家商家截单"), help_text=gettext_lazy("取货不挤在一天")
    )
    min_discount = PercentField(
        label=gettext_lazy("团价至少比店价低（%）"), help_text=gettext_lazy("达不到的开不了团")
    )
    commission = PercentField(
        label=gettext_lazy("默认佣金（%）"), help_text=gettext_lazy("每一团都写给邻居看")
    )
    return_window_hours = CountField(
        label=gettext_lazy("取货后几小时内能退"), help_text=gettext_lazy("1 到 720 小时")
    )
    hidden_fault_days = CountField(
        label=gettext_lazy("看不出的问题，几天内能说"),
        help_text=gettext_lazy("打开、下锅才知道的：不新鲜、不对板。1 到 90 天"),
    )
    house_rules = forms.CharField(
        label=gettext_lazy("群规"),
        required=False,
        max_length=4000,
        help_text=gettext_lazy("一条一行，进群的人要看过。以后能改，每改一次是新的一版。"),
        widget=forms.Textarea(attrs={"rows": 8}),
    )

    _fields = {"min_discount": "min_discount_bp", "commission": "commission_bp"}

    @staticmethod
    def defaults() -> dict[str, str]:
        rules = Rules()
        return {
            "member_limit": str(rules.member_limit),
            "merchants_per_day": str(rules.merchants_per_day),
            "min_discount": percent_text(rules.min_discount_bp),
            "commission": percent_text(rules.commission_bp),
            "return_window_hours": str(rules.return_window_hours),
            "hidden_fault_days": str(rules.hidden_fault_days),
            "house_rules": str(HOUSE_RULES),
        }

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if not self.errors:
            try:
                check_rules(self.rules())
            except DomainError as refusal:
                shown = {service: name for name, service in self._fields.items()}
                self.add_error(shown.get(refusal.field, refusal.field), refusal.message)
        return data

    def rules(self) -> Rules:
        data = self.cleaned_data
        return Rules(**{name: data[self._shown(name)] for name in BOUNDS})

    def _shown(self, name: str) -> str:
        return next((box for box, service in self._fields.items() if service == name), name)


class FoundForm(RequestForm):
    """The check page's one button."""
