"""What leaves the app of settlements, and how: see tuangou/matrix.py (O12)."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from tuangou.core.matrix import NOW, Kind

WEEK = timedelta(days=7)

KINDS = (
    Kind(
        "orders.shop_settlement_drawn",
        _("结算单（商家）"),
        sms=True,
        email=NOW,
        useful_for=WEEK,
        once_per="round",
    ),
    Kind(
        "orders.settlement_confirmed",
        _("另一边确认了结算"),
        email=NOW,
        useful_for=WEEK,
        once_per="settlement, step",
    ),
    Kind(
        "orders.settlement_objected",
        _("商家对结算有异议"),
        sms=True,
        email=NOW,
        useful_for=WEEK,
        once_per="settlement, step",
    ),
    Kind(
        "orders.settlement_replied",
        _("团长答复了结算"),
        email=NOW,
        useful_for=WEEK,
        once_per="settlement, step",
    ),
    Kind(
        "orders.settlement_supplemented",
        _("结算补充单"),
        email=NOW,
        useful_for=WEEK,
        once_per="supplement",
    ),
    Kind(
        "orders.settlement_paid",
        _("结算转账"),
        email=NOW,
        useful_for=WEEK,
        once_per="payment",
    ),
)
