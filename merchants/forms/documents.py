"""The form of one paper (M3)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from merchants.models import Category, DocumentKind
from merchants.services.documents import ENDLESS, LICENCES, Paper
from merchants.services.papers import PaperFile, read_paper
from tuangou.core.errors import InvalidInput
from tuangou.core.fields import DayField
from tuangou.core.http import RequestForm

# what the number is called on each kind of paper
NUMBERS = {
    DocumentKind.LICENCE: gettext_lazy("统一社会信用代码，18 位"),
    DocumentKind.FOOD: gettext_lazy("JY 加 14 位数字；只卖预包装的，备案编号是 YB 开头"),
    DocumentKind.PRODUCTION: gettext_lazy("SC 加 14 位数字"),
    DocumentKind.HEALTH: gettext_lazy("证上的编号。一人一份，分开传"),
    DocumentKind.REPORT: gettext_lazy("报告右上角的编号"),
    DocumentKind.BRAND: gettext_lazy("授权书的编号；没有就写品牌名"),
    DocumentKind.OTHER: gettext_lazy("证件上的编号；没有就写证件名"),
}


class DocumentForm(RequestForm):
    """What stands on a paper of one kind, and its file. `paper()` and `upload()` are the service's
    arguments."""

    file = forms.FileField(
        label=gettext_lazy("照片或 PDF"),
        help_text=gettext_lazy("拍全四个角，字看得清；最大 8 MB"),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp,application/pdf"}),
        error_messages={
            "required": gettext_lazy("拍一张，或选一个 PDF"),
            "empty": gettext_lazy("这个文件是空的，重新选一个"),
        },
    )
    number = forms.CharField(
        label=gettext_lazy("编号"),
        error_messages={"required": gettext_lazy("填证件上的编号")},
        widget=forms.TextInput(
            attrs={"spellcheck": "false", "autocomplete": "off", "autocapitalize": "characters"}
        ),
    )
    issuer = forms.CharField(label=gettext_lazy("谁发的"), required=False)
    valid_from = DayField(label=gettext_lazy("从哪天起有效"))
    valid_until = DayField(label=gettext_lazy("到哪天有效"))
    covers = forms.MultipleChoiceField(
        label=gettext_lazy("许可证上写明能卖的"),
        help_text=gettext_lazy("照证上的经营项目勾；审核的人会对着看"),
        choices=Category.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("照许可证勾选能卖的品类")},
    )

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        self.sent: PaperFile | None = None
        self.fields["number"].help_text = NUMBERS[DocumentKind(kind)]
        if kind == DocumentKind.REPORT:
            self.fields["valid_from"].label = gettext_lazy("报告日期")
            _ask(self.fields["valid_from"], gettext_lazy("填报告的日期"))
            del self.fields["valid_until"]
        elif kind in ENDLESS:
            self.fields["valid_until"].help_text = gettext_lazy("写「长期」的就空着")
        else:
            _ask(self.fields["valid_until"], gettext_lazy("填证件上的到期日"))
        if kind not in LICENCES:
            del self.fields["covers"]

    def clean_file(self) -> str:
        """The hash of what was sent; the file itself is `upload()`."""
        try:
            self.sent = read_paper(self.cleaned_data["file"])
        except InvalidInput as refusal:
            raise forms.ValidationError(refusal.message) from refusal
        return self.sent.source_sha256

    def upload(self) -> PaperFile:
        if self.sent is None:
            raise RuntimeError("upload() belongs after is_valid()")
        return self.sent

    def paper(self) -> Paper:
        data = self.cleaned_data
        return Paper(
            kind=self.kind,
            number=data["number"],
            issuer=data["issuer"],
            valid_from=data["valid_from"],
            valid_until=data.get("valid_until"),
            covers=tuple(data.get("covers", ())),
        )


def _ask(field: forms.Field, sentence: Any) -> None:
    field.required = True
    field.error_messages["required"] = sentence
