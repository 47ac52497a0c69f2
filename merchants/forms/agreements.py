"""Forms about what is agreed (M5). They translate, never write."""

from __future__ import annotations

import hashlib
import io
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from merchants.forms.merchants import CommissionForm
from merchants.models import AgreementDraft
from merchants.services.agreements import Terms
from merchants.services.promises import Promises
from tuangou.core import images
from tuangou.core.errors import InvalidInput
from tuangou.core.fields import DayField
from tuangou.core.http import RequestForm

LONGEST_SIDE = 1920  # the small print stays legible


def _words(label: Any) -> forms.CharField:
    return forms.CharField(label=label, required=False, widget=forms.Textarea(attrs={"rows": 3}))


class TermsForm(CommissionForm):
    """What is proposed; a shop says nothing about the commission. `terms()` is the service's
    argument."""

    delivery = _words(gettext_lazy("怎么送"))
    packaging = _words(gettext_lazy("怎么包"))
    returns = _words(gettext_lazy("什么情况退"))
    not_before = DayField(
        label=gettext_lazy("最早从哪天起"),
        help_text=gettext_lazy("空着就是两边都签好以后满 7 天。已经开的团不变"),
    )

    def __init__(self, *args: Any, with_commission: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not with_commission:
            del self.fields["commission"]

    @classmethod
    def initial_of(cls, draft: AgreementDraft, commission: str) -> dict[str, Any]:
        return {
            "commission": commission,
            "delivery": draft.delivery,
            "packaging": draft.packaging,
            "returns": draft.returns,
        }

    def terms(self) -> Terms:
        data = self.cleaned_data
        return Terms(
            promises=Promises(data["delivery"], data["packaging"], data["returns"]),
            commission_bp=data.get("commission"),
            not_before=data["not_before"],
        )


class ContentForm(RequestForm):
    """One button under a text: `content` says which text it was."""

    content = forms.CharField(max_length=64, widget=forms.HiddenInput)


class DeclineForm(ContentForm):
    note = forms.CharField(
        label=gettext_lazy("为什么"),
        help_text=gettext_lazy("对方看得到，最多 300 字"),
        error_messages={"required": gettext_lazy("写一句为什么，对方看得到")},
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class PaperForm(ContentForm):
    """A photo of the sheet that was signed. `photo()` is the service's argument."""

    file = forms.FileField(
        label=gettext_lazy("签过字的那张纸"),
        help_text=gettext_lazy("拍全四个角，字和签名看得清；最大 8 MB"),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
        error_messages={
            "required": gettext_lazy("拍一张签过字的纸"),
            "empty": gettext_lazy("这个文件是空的，重新选一个"),
        },
    )

    def clean_file(self) -> str:
        """The hash of what was sent; the photo itself is `photo()`."""
        data = self.cleaned_data["file"].read(images.LARGEST_BYTES + 1)
        try:
            self.rewritten = images.reencode(io.BytesIO(data), longest_side=LONGEST_SIDE)
        except InvalidInput as refusal:
            raise forms.ValidationError(refusal.message) from refusal
        return hashlib.sha256(data).hexdigest()

    def photo(self) -> bytes:
        return self.rewritten
