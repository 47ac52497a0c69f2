"""Forms of the group's settings. They translate; bounds and names are checked by the services."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from groups.models import Group, Membership
from groups.queries.settings import percent_text
from groups.services import words
from groups.services.groups import Rules
from tuangou.core.errors import InvalidInput
from tuangou.core.fields import CountField
from tuangou.core.http import RequestForm


class PercentField(forms.CharField):
    """A percentage as people write it; cleans to basis points."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"inputmode": "decimal", "autocomplete": "off"}
        super().__init__(max_length=10, widget=forms.TextInput(attrs=attrs), **kwargs)
        self.error_messages["required"] = gettext_lazy("填一个百分数，例如 5")

    def clean(self, value: Any) -> Any:
        try:
            return words.basis_points(super().clean(value), field="")
        except InvalidInput as refusal:
            raise forms.ValidationError(refusal.message) from refusal


class RulesForm(RequestForm):
    """Name, compound and rules. `rules()` is the service's argument."""

    name = forms.CharField(label=gettext_lazy("群名"), required=False)
    compound = forms.CharField(label=gettext_lazy("小区"), required=False)
    member_limit = CountField(
        label=gettext_lazy("人数上限"), help_text=gettext_lazy("满了就不再进人，已在群里的不受影响")
    )
    merchants_per_day = CountField(
        label=gettext_lazy("每天最多几家商家截单"),
        help_text=gettext_lazy("取货不挤在一天"),
    )
    min_discount = PercentField(
        label=gettext_lazy("团价至少比店价低（%）"), help_text=gettext_lazy("达不到的开不了团")
    )
    commission = PercentField(
        label=gettext_lazy("默认佣金（%）"),
        help_text=gettext_lazy("新商家通过时用这个数，每一团都写给邻居看"),
    )
    return_window_hours = CountField(
        label=gettext_lazy("取货后几小时内能退"), help_text=gettext_lazy("1 到 720 小时")
    )
    hidden_fault_days = CountField(
        label=gettext_lazy("看不出的问题，几天内能说"),
        help_text=gettext_lazy("打开、下锅才知道的：不新鲜、不对板。1 到 90 天"),
    )

    _service_names = {"min_discount_bp": "min_discount", "commission_bp": "commission"}

    @classmethod
    def initial_of(cls, group: Group) -> dict[str, Any]:
        return {
            "name": group.name,
            "compound": group.compound,
            "member_limit": group.member_limit,
            "merchants_per_day": group.merchants_per_day,
            "min_discount": percent_text(group.min_discount_bp),
            "commission": percent_text(group.commission_bp),
            "return_window_hours": group.return_window_hours,
            "hidden_fault_days": group.hidden_fault_days,
        }

    def refuse(self, refusal: Any) -> None:
        refusal.field = self._service_names.get(refusal.field, refusal.field)
        super().refuse(refusal)

    def rules(self) -> Rules:
        data = self.cleaned_data
        return Rules(
            member_limit=data["member_limit"],
            merchants_per_day=data["merchants_per_day"],
            min_discount_bp=data["min_discount"],
            commission_bp=data["commission"],
            return_window_hours=data["return_window_hours"],
            hidden_fault_days=data["hidden_fault_days"],
        )


class NoticeForm(RequestForm):
    notice = forms.CharField(
        label=gettext_lazy("常挂的一句话"),
        required=False,
        help_text=gettext_lazy("一直挂在团购页上，不发通知。最多 300 字，清空就撤下。"),
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class NameForm(RequestForm):
    """One name: of a building or a pick-up point."""

    name = forms.CharField(required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def __init__(self, *args: Any, label: str, help_text: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = label
        self.fields["name"].help_text = help_text


class DeputyForm(RequestForm):
    membership = forms.TypedChoiceField(
        label=gettext_lazy("选一位邻居"),
        coerce=int,
        error_messages={
            "required": gettext_lazy("选一位邻居"),
            "invalid_choice": gettext_lazy("选一位邻居"),
        },
    )

    def __init__(self, *args: Any, people: Iterable[Membership], **kwargs: Any) -> None:
        """Deputies are no choice, but naming one again is no mistake (the form sent twice)."""
        super().__init__(*args, **kwargs)
        field = cast(forms.TypedChoiceField, self.fields["membership"])
        known = list(people)
        field.choices = [("", _("选一位")), *(_choice(m) for m in known)]
        shown = [_choice(m) for m in known if not m.is_deputy]
        cast(forms.Select, field.widget).choices = [("", _("选一位")), *shown]


def _choice(member: Membership) -> tuple[str, str]:
    return str(member.pk), f"{member.household} {member.real_name}（{member.nickname}）"


class ButtonForm(RequestForm):
    """A form that is one button."""
