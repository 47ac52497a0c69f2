"""The form in which a merchant says what will be missing (O9). Translates, never writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.forms.orders import QuantityField
from orders.models import Offer
from tuangou.core.http import RequestForm


@dataclass(frozen=True, slots=True)
class ShortBox:
    """One offer with what was ordered, and the box for what will be missing."""

    offer: Offer
    ordered: Decimal
    box: BoundField


class ShortForm(RequestForm):
    """`short()` is the service's argument: {offer id: quantity}."""

    note = forms.CharField(
        label=gettext_lazy("为什么少"),
        help_text=gettext_lazy("例如 路上坏了一箱。团长看得到。"),
        max_length=200,
        required=False,
        error_messages={"max_length": gettext_lazy("说明最多 200 个字，删短一点。")},
    )

    def __init__(
        self,
        *args: Any,
        ordered: Sequence[tuple[Offer, Decimal]],
        said: dict[int, Decimal],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.ordered = ordered
        for offer, _quantity in ordered:
            label = _("%(name)s少几%(unit)s") % {"name": offer.name, "unit": offer.unit}
            box = QuantityField(label=label)
            known = said.get(offer.pk)
            box.initial = f"{known.normalize():f}" if known else ""
            box.widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
            self.fields[f"short_{offer.pk}"] = box

    def rows(self) -> list[ShortBox]:
        return [
            ShortBox(offer, quantity, self[f"short_{offer.pk}"]) for offer, quantity in self.ordered
        ]

    def short(self) -> dict[int, Decimal]:
        return {
            offer.pk: self.cleaned_data[f"short_{offer.pk}"] or Decimal(0)
            for offer, _quantity in self.ordered
        }
