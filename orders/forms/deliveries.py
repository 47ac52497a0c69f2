"""Recording what came."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from orders.forms.orders import QuantityField
from orders.queries.rounds import OfferRow
from tuangou.core.http import RequestForm


class ArrivalForm(RequestForm):
    """What came, per offer, filled in with what was ordered."""

    note = forms.CharField(label=_("备注"), max_length=200, required=False)

    def __init__(self, *args: Any, offers: Sequence[OfferRow], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offers = offers
        for offer in offers:
            field = QuantityField(label=f"{offer.name}（{offer.unit}）")
            field.initial = f"{offer.taken.normalize():f}"
            field.widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
            self.fields[offer.field] = field

    def delivered(self) -> dict[int, Decimal]:
        return {o.id: self.cleaned_data.get(o.field) or Decimal(0) for o in self.offers}

    def rows(self) -> list[tuple[OfferRow, forms.BoundField]]:
        return [(offer, self[offer.field]) for offer in self.offers]
