"""What the ledger's address may ask for."""

from __future__ import annotations

from typing import TypedDict

from django import forms

from reputation.queries.entries import VIEWS
from tuangou.core.http import PlainForm


class Asked(TypedDict):
    view: str
    merchant_id: int | None
    before: int | None


class LedgerForm(PlainForm):
    """Nonsense finds everything."""

    view = forms.ChoiceField(required=False, choices=list(VIEWS.items()))
    merchant = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    before = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)

    def asked(self) -> Asked:
        given = self.cleaned_data if self.is_valid() else {}
        return {
            "view": str(given.get("view") or ""),
            "merchant_id": given.get("merchant"),
            "before": given.get("before"),
        }
