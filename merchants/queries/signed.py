"""What a person signed and asked for on behalf of a shop or a group: for her own eyes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from merchants.models import AgreementSignature, MerchantDay
from tuangou.core.personal import Column, Holding

SHOP, TIME = _("商家"), _("时间")


def signed_holdings(user_id: int) -> list[Holding]:
    return [_signatures(user_id), _days(user_id)]


def _signatures(user_id: int) -> Holding:
    found = AgreementSignature.objects.filter(user_id=user_id)
    rows = [
        {
            "shop": row.draft.application.merchant.brand,
            "version": row.draft.number,
            "refused": row.refused,
            "note": row.note,
            "signed_at": row.signed_at,
        }
        for row in found.select_related("draft__application__merchant").order_by("-pk")
    ]
    return Holding(
        "signatures",
        _("签过的约定"),
        _("群里的人看得到团长这边是谁签的。约定留着，注销后看不出是谁。"),
        rows,
        (Column("shop", SHOP), Column("note", _("说明")), Column("signed_at", TIME, "time")),
    )


def _days(user_id: int) -> Holding:
    found = MerchantDay.objects.filter(asked_by_id=user_id)
    rows = [
        {"shop": row.application.merchant.brand, "wish": row.wish, "asked_at": row.asked_at}
        for row in found.select_related("application__merchant").order_by("-pk")
    ]
    return Holding(
        "merchant_days",
        _("替店里约的日子"),
        _("店里的人和团长看得到。注销后看不出是谁约的。"),
        rows,
        (Column("shop", SHOP), Column("wish", _("想卖什么")), Column("asked_at", TIME, "time")),
    )
