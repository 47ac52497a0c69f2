"""Ticking money as received, and giving it back."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tuangou.core.fields import YuanField
from tuangou.core.http import RequestForm


class AmountForm(RequestForm):
    """An amount in yuan, cleaned to fen; empty means all that is owed (or in credit)."""

    amount = YuanField(label=_("金额（元）"))
