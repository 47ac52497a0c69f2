"""Complaining, answering, settling and ruling: closed questions first, words last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from merchants.services.papers import read_paper
from reputation.models.complaints import Against, Category, Severity
from reputation.models.responses import ResponseKind
from reputation.models.rulings import Verdict
from reputation.services.complaints import Said
from reputation.services.responses import Words
from reputation.services.rulings import Decision
from tuangou.core.fields import DayField, YuanField
from tuangou.core.http import PlainForm, RequestForm
from tuangou.core.uploads import EvidenceField

VIEWS = {
    "": gettext_lazy("全部"),
    "open": gettext_lazy("还没结果"),
    "mine": gettext_lazy("我投诉的"),
}
STARS = [
    (5, gettext_lazy("5 星 很好")),
    (4, gettext_lazy("4 星 好")),
    (3, gettext_lazy("3 星 一般")),
    (2, gettext_lazy("2 星 不好")),
    (1, gettext_lazy("1 星 很差")),
]


def _long(rows: int = 4) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class ListForm(PlainForm):
    """Nonsense finds everything."""

    view = forms.ChoiceField(required=False, choices=list(VIEWS.items()))
    before = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1)

    def asked(self) -> tuple[str, int | None]:
        given = self.cleaned_data if self.is_valid() else {}
        return str(given.get("view") or ""), given.get("before")


class ComplaintForm(RequestForm):
    """About whom and what, how bad, in her words, with what she shows."""

    against = forms.ChoiceField(
        label=gettext_lazy("说的是谁"),
        choices=[
            (Against.MERCHANT, gettext_lazy("卖货的商家")),
            (Against.INITIATOR, Against.INITIATOR.label),
        ],
        widget=forms.RadioSelect,
        initial=Against.MERCHANT,
        error_messages={"required": gettext_lazy("选一下说的是谁：商家还是团长。")},
    )
    line = forms.TypedChoiceField(label=gettext_lazy("哪样货"), coerce=int, required=False)
    category = forms.ChoiceField(
        label=gettext_lazy("哪类问题"),
        choices=Category.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("选一下是哪一类。")},
    )
    severity = forms.ChoiceField(
        label=gettext_lazy("多重"),
        choices=Severity.choices,
        widget=forms.RadioSelect,
        initial=Severity.LIGHT,
        error_messages={"required": gettext_lazy("选一下多重。")},
    )
    text = forms.CharField(
        label=gettext_lazy("发生了什么"),
        max_length=500,
        widget=_long(),
        error_messages={"required": gettext_lazy("写上发生了什么，几句就够。")},
    )
    evidence = EvidenceField(read=read_paper, label=gettext_lazy("照片或 PDF，最多 4 份"))

    def __init__(self, *args: Any, lines: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["line"] = forms.TypedChoiceField(
            label=_("哪样货"),
            help_text=_("说团长的可以不选。"),
            coerce=int,
            empty_value=None,
            required=False,
            choices=[("", _("不关哪样货")), *((str(pk), words) for pk, words in lines)],
        )

    def said(self) -> Said:
        data = self.cleaned_data
        return Said(
            against=data["against"],
            category=data["category"],
            severity=data["severity"],
            text=data["text"],
            line_id=data["line"],
        )


class ResponseForm(RequestForm):
    """First what is said; then, beside the preview, what is shown with it."""

    kind = forms.ChoiceField(
        label=gettext_lazy("怎么答复"),
        choices=ResponseKind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("选一种答复：道歉、道歉并补偿、解释或否认。")},
    )
    text = forms.CharField(
        label=gettext_lazy("说几句"),
        max_length=500,
        widget=_long(5),
        error_messages={"required": gettext_lazy("写几句答复，邻居都会看到。")},
    )
    remedy = YuanField(
        label=gettext_lazy("补偿多少（元）"),
        help_text=gettext_lazy("选了「道歉并补偿」才填"),
    )
    remedy_by = DayField(label=gettext_lazy("哪天以前给"))
    evidence = EvidenceField(
        read=read_paper,
        label=gettext_lazy("证据：照片或 PDF，最多 4 份"),
        help_text=gettext_lazy("否认一定要附。双方和裁定的人看得到。"),
    )

    def words(self) -> Words:
        data = self.cleaned_data
        return Words(data["kind"], data["text"], data["remedy"], data["remedy_by"])


class RulingForm(RequestForm):
    """What is found, how grave, and why."""

    verdict = forms.ChoiceField(
        label=gettext_lazy("你的看法"),
        choices=[
            (verdict.value, verdict.label)
            for verdict in (Verdict.UPHELD, Verdict.PARTLY, Verdict.NOT_UPHELD, Verdict.ABUSIVE)
        ],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("选一种裁定：属实、部分属实、不成立或滥用。")},
    )
    severity = forms.ChoiceField(
        label=gettext_lazy("属实的，多重"),
        choices=Severity.choices,
        widget=forms.RadioSelect,
        required=False,
    )
    reason = forms.CharField(
        label=gettext_lazy("理由"),
        max_length=500,
        widget=_long(),
        error_messages={"required": gettext_lazy("写明理由，双方都会看到。")},
    )
    resumes = forms.BooleanField(
        label=gettext_lazy("这样货可以接着卖"),
        help_text=gettext_lazy("属实也可以，例如只有那一批有问题。不成立的自动恢复。"),
        required=False,
    )

    def decision(self) -> Decision:
        data = self.cleaned_data
        found = data["verdict"] in (Verdict.UPHELD, Verdict.PARTLY)
        return Decision(
            verdict=data["verdict"],
            reason=data["reason"],
            severity=data["severity"] if found else "",
            resumes_sale=data["resumes"],
        )


class SuggestionForm(RequestForm):
    text = forms.CharField(
        label=gettext_lazy("怎么了结"),
        max_length=300,
        widget=_long(3),
        error_messages={"required": gettext_lazy("写上怎么了结，一两句话。")},
    )


class AppealForm(RequestForm):
    text = forms.CharField(
        label=gettext_lazy("裁定哪里不对"),
        max_length=500,
        widget=_long(),
        error_messages={"required": gettext_lazy("写上哪里不对。")},
    )


class OutcomeForm(RequestForm):
    stars = forms.TypedChoiceField(
        label=gettext_lazy("这个结果怎么样"),
        coerce=int,
        choices=STARS,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("先选几颗星")},
    )
