"""Asking for a return in one page, and deciding it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from merchants.services.papers import read_paper
from orders.forms.orders import QuantityField
from orders.models import AnswerKind, ReturnReason, Wish
from orders.queries.orders import LineRow
from tuangou.core.fields import YuanField
from tuangou.core.http import PlainForm, RequestForm
from tuangou.core.uploads import EvidenceField, PhotosField

MOST_PHOTOS = 4


class ReturnForm(RequestForm):
    """Which goods, what is wrong, what I want."""

    line = forms.TypedChoiceField(
        label=gettext_lazy("哪样货"),
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("选一样出问题的货品。")},
    )
    reason = forms.ChoiceField(
        label=gettext_lazy("怎么了"),
        choices=ReturnReason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("选一下怎么了。")},
    )
    quantity = QuantityField(label=gettext_lazy("多少有问题"))
    wish = forms.ChoiceField(
        label=gettext_lazy("想怎么办"),
        choices=Wish.choices,
        widget=forms.RadioSelect,
        initial=Wish.REFUND,
    )
    text = forms.CharField(
        label=gettext_lazy("说两句"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    photos = PhotosField(label=gettext_lazy("照片，最多 4 张"))

    def __init__(self, *args: Any, lines: Sequence[LineRow], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = {line.id: line for line in lines}
        self.fields["line"] = forms.TypedChoiceField(
            label=_("哪样货"),
            coerce=int,
            widget=forms.RadioSelect,
            choices=[(str(line.id), line.label) for line in lines],
            error_messages={"required": _("选一样出问题的货品。")},
            initial=str(lines[0].id) if len(lines) == 1 else None,
        )
        quantity = self.fields["quantity"]
        quantity.initial = None
        quantity.widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        quantity.help_text = _("空着就是全部。")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        line = self.lines.get(data.get("line") or 0)
        if line is not None and not data.get("quantity") and "quantity" not in self.errors:
            data["quantity"] = line.returnable
        return data


class DecisionForm(RequestForm):
    """The initiator's answer: all, a share or an amount, in money or in kind, and why."""

    amount = YuanField(label=gettext_lazy("退多少（元）"))
    percent = forms.IntegerField(
        label=gettext_lazy("或者按比例退（%）"),
        required=False,
        min_value=0,
        max_value=100,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={
            "invalid": gettext_lazy("比例填 0 到 100 的整数。"),
            "min_value": gettext_lazy("比例填 0 到 100 的整数。"),
            "max_value": gettext_lazy("比例填 0 到 100 的整数。"),
        },
    )
    how = forms.ChoiceField(
        label=gettext_lazy("怎么给"),
        choices=[("money", gettext_lazy("退钱")), ("kind", gettext_lazy("换货或下次补"))],
        required=False,
        widget=forms.RadioSelect,
    )
    decision = forms.CharField(
        label=gettext_lazy("理由"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def share(self) -> dict[str, Any]:
        """The service's arguments: a percentage goes before the amount; None: as she wished."""
        data = self.cleaned_data
        by_percent = data.get("percent") is not None
        return {
            "percent": data["percent"] if by_percent else None,
            "accepted_fen": None if by_percent else data["amount"],
            "in_kind": {"kind": True, "money": False}.get(data.get("how") or ""),
        }


class AnswerForm(RequestForm):
    """The merchant's answer; an apology comes first."""

    kind = forms.ChoiceField(
        label=gettext_lazy("怎么答复"),
        choices=AnswerKind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("选一种答复：道歉、道歉并补偿、解释或否认。")},
    )
    remedy = YuanField(label=gettext_lazy("补偿多少（元）"))
    text = forms.CharField(
        label=gettext_lazy("说几句"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": gettext_lazy("写几句答复，邻居和团长都会看到。")},
    )
    evidence = EvidenceField(
        read=read_paper,
        label=gettext_lazy("证据：照片或 PDF，最多 4 份"),
        help_text=gettext_lazy("否认一定要附。邻居和团长都看得到。"),
    )


class SameForm(RequestForm):
    """「你家的也这样吗」: one tap."""

    line = forms.IntegerField(min_value=1)
    same = forms.ChoiceField(choices=[("yes", ""), ("no", "")])


class LiftForm(RequestForm):
    reason = forms.CharField(
        label=gettext_lazy("为什么放行"),
        max_length=200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class FilterForm(PlainForm):
    status = forms.CharField(required=False)
    page = forms.IntegerField(required=False, min_value=1)


class ReportForm(PlainForm):
    merchant = forms.IntegerField(required=False, min_value=1, max_value=2**62)
