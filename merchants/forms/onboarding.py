"""Forms of the way into a group (M2)."""

from __future__ import annotations

import hashlib
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from merchants.models import Application
from merchants.services.goods_sheets import read_sheet
from merchants.services.promises import Promises
from tuangou.core.errors import InvalidInput
from tuangou.core.http import RequestForm


def _words(label: Any, hint: Any, required: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=hint,
        error_messages={"required": required},
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class PromisesForm(RequestForm):
    """Delivery, packaging, returns, in the shop's words. `promises()` is the service's argument."""

    delivery = _words(
        gettext_lazy("怎么送"),
        gettext_lazy("例如 周六下午 3 点前送到自提点，冷链车"),
        gettext_lazy("写怎么送、几点前到"),
    )
    packaging = _words(
        gettext_lazy("怎么包"),
        gettext_lazy("例如 每份单独装袋写名字，肉和菜分开，加冰袋"),
        gettext_lazy("写怎么包、怎么保鲜"),
    )
    returns = _words(
        gettext_lazy("什么情况退"),
        gettext_lazy("例如 坏了、少了当天拍照就退，不用还货"),
        gettext_lazy("写什么情况退、怎么退"),
    )

    @classmethod
    def initial_of(cls, application: Application) -> dict[str, str]:
        return {
            "delivery": application.delivery_promise,
            "packaging": application.packaging_promise,
            "returns": application.returns_promise,
        }

    def promises(self) -> Promises:
        data = self.cleaned_data
        return Promises(data["delivery"], data["packaging"], data["returns"])


class LinkForm(RequestForm):
    """Which link to make: for one shop or for all; anything else is one shop's."""

    for_all = forms.BooleanField(required=False)


class OwnShopForm(RequestForm):
    """A shop of hers that is known already; 0 takes over the one the link is for."""

    merchant = forms.IntegerField(min_value=0)


class SheetForm(RequestForm):
    """A workbook of goods; cleans to the hash of its rows. `rows` and `wrong` are the service's
    arguments."""

    file = forms.FileField(
        label=gettext_lazy("填好的表格"),
        help_text=gettext_lazy(".xlsx，最大 2 MB，一次最多 500 样"),
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
        error_messages={
            "required": gettext_lazy("选一个填好的表格"),
            "empty": gettext_lazy("这个文件是空的，重新选一个"),
        },
    )

    def clean_file(self) -> str:
        try:
            self.rows, self.wrong = read_sheet(self.cleaned_data["file"])
        except InvalidInput as refusal:
            raise forms.ValidationError(refusal.message) from refusal
        return hashlib.sha256(repr((self.rows, self.wrong)).encode()).hexdigest()
