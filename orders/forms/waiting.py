"""Waiting for what is sold out; how much more there is."""

from __future__ import annotations

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from orders.forms.orders import QuantityField
from orders.models import Offer
from tuangou.core.http import RequestForm


class WaitForm(RequestForm):
    """How much she wants as soon as it is there."""

    quantity = QuantityField(label=_("要多少"))

    def clean_quantity(self) -> Decimal:
        quantity = self.cleaned_data["quantity"]
        if not quantity:
            raise forms.ValidationError(_("写上要多少。"))
        return Decimal(quantity)


class CapacityForm(RequestForm):
    """Up to how much there is now, in all."""

    capacity = QuantityField(label=_("一共有多少"))

    def clean_capacity(self) -> Decimal:
        capacity = self.cleaned_data["capacity"]
        if not capacity:
            raise forms.ValidationError(_("写上一共有多少。"))
        return Decimal(capacity)


class TakeOffForm(RequestForm):
    """Why somebody is taken off the list."""

    reason = forms.CharField(label=_("原因，本人会看到"), max_length=200)


def first_wish(offer: Offer, asked: str) -> Decimal:
    """What stands in the box at first: as asked for on the page of the round, or the least."""
    least = max(offer.step, offer.minimum or offer.step)
    box = QuantityField()
    try:
        wanted = box.clean(asked) or least
    except forms.ValidationError:
        return least
    return Decimal(max(wanted, least))
