"""What a person wrote at settlements, for her own data (O12)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy

from orders.models import SettlementPayment, SettlementWord
from tuangou.core.personal import Column, Holding


def settlement_words(user_id: int) -> Holding:
    """What she confirmed, objected to and entered at settlements."""
    words = SettlementWord.objects.filter(by_id=user_id).select_related("settlement")
    notes = SettlementPayment.objects.filter(recorded_by_id=user_id).select_related("settlement")
    rows: list[dict[str, Any]] = [
        {"number": w.settlement.number, "kind": w.kind, "text": w.text, "fen": None, "at": w.at}
        for w in words.order_by("-pk")
    ]
    rows += [
        {
            "number": paid.settlement.number,
            "kind": "paid",
            "text": paid.note,
            "fen": paid.amount_fen,
            "at": paid.recorded_at,
        }
        for paid in notes.order_by("-pk")
    ]
    return Holding(
        "settlements",
        gettext_lazy("你在结算单上写的"),
        gettext_lazy("团长和店主看得到。注销时清掉你写的话。"),
        rows,
        (Column("number", gettext_lazy("编号")), Column("at", gettext_lazy("时间"), "time")),
    )
