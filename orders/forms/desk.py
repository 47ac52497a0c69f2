"""Handing bags out."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from orders.models import CheckOffWay
from tuangou.core.http import RequestForm


class CheckOffForm(RequestForm):
    """One hand-over: how it was found, and who fetched it when it was someone else."""

    way = forms.ChoiceField(choices=CheckOffWay.choices, required=False)
    collected_by = forms.CharField(label=_("谁来取的"), max_length=30, required=False)
    take_money = forms.BooleanField(required=False)
