"""Forms about a shop: who it is, what was decided. They translate, never write."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from groups.services import words
from merchants.models import Merchant, MerchantKind
from merchants.services.merchants import Shop
from tuangou.core.errors import InvalidInput
from tuangou.core.http import PlainForm, RequestForm


class ShopForm(RequestForm):
    """Who the merchant is (M1). `shop()` is the service's argument."""

    brand = forms.CharField(
        label=gettext_lazy("店名"),
        help_text=gettext_lazy("邻居看到的名字"),
        error_messages={"required": gettext_lazy("填店名")},
    )
    legal_name = forms.CharField(
        label=gettext_lazy("营业执照上的名称"),
        error_messages={"required": gettext_lazy("填营业执照上的名称")},
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    credit_code = forms.CharField(
        label=gettext_lazy("统一社会信用代码"),
        required=False,
        help_text=gettext_lazy("营业执照上的 18 位；没有就空着"),
        widget=forms.TextInput(
            attrs={"spellcheck": "false", "autocomplete": "off", "autocapitalize": "characters"}
        ),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("几家店"),
        choices=MerchantKind.choices,
        widget=forms.RadioSelect,
        initial=MerchantKind.SINGLE,
        error_messages={"required": gettext_lazy("选单店或连锁")},
    )
    stores = forms.IntegerField(
        label=gettext_lazy("门店数"),
        required=False,
        help_text=gettext_lazy("连锁的写总数，单店不用写"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"invalid": gettext_lazy("门店数填 1 以上的整数")},
    )
    contact = forms.CharField(
        label=gettext_lazy("联系人和电话"),
        required=False,
        help_text=gettext_lazy("只有团长和副团长看得到，送货、退货时找得到人"),
    )

    @classmethod
    def initial_of(cls, merchant: Merchant) -> dict[str, Any]:
        return {
            "brand": merchant.brand,
            "legal_name": merchant.legal_name,
            "credit_code": merchant.credit_code or "",
            "kind": merchant.kind,
            "stores": merchant.stores,
            "contact": merchant.contact,
        }

    def shop(self) -> Shop:
        data = self.cleaned_data
        stores = data["stores"]
        return Shop(
            legal_name=data["legal_name"],
            brand=data["brand"],
            kind=data["kind"],
            stores=1 if stores is None else stores,
            credit_code=data["credit_code"],
            contact=data["contact"],
        )


class ReasonForm(RequestForm):
    """Why not, in words that the merchant and the neighbours read."""

    reason = forms.CharField(
        label=gettext_lazy("理由"),
        error_messages={"required": gettext_lazy("写明理由，商家和邻居都会看到")},
        help_text=gettext_lazy("商家和邻居都会看到，最多 300 字"),
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class CommissionForm(RequestForm):
    """A commission in percent; cleans to basis points."""

    commission = forms.CharField(
        label=gettext_lazy("佣金（%）"),
        error_messages={"required": gettext_lazy("填一个百分数，例如 5")},
        help_text=gettext_lazy("商家付给团长，每一团都写给邻居看"),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )

    def clean_commission(self) -> int:
        try:
            return words.basis_points(self.cleaned_data["commission"], field="commission")
        except InvalidInput as refusal:
            raise forms.ValidationError(refusal.message) from refusal


class ButtonForm(RequestForm):
    """A form that is one button."""


class SearchForm(PlainForm):
    """The list's search and page; nonsense finds everything."""

    q = forms.CharField(required=False, max_length=40)
    page = forms.IntegerField(required=False, min_value=1, max_value=1000)

    def query(self) -> str:
        return str(self.cleaned_data.get("q") or "") if self.is_valid() else ""

    def number(self) -> int:
        return int(self.cleaned_data.get("page") or 1) if self.is_valid() else 1
