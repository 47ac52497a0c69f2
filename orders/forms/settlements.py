"""Confirming, objecting and paying for a settlement (O12)."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from orders.forms.openings import DateInput
from orders.services.settlement_payments import LONGEST_NOTE
from orders.services.settlements import LONGEST_WORD
from tuangou.core.fields import YuanField
from tuangou.core.http import RequestForm


class ContentForm(RequestForm):
    """What exactly was on the page: a changed statement is not confirmed by a stale one."""

    content = forms.RegexField(r"^[0-9a-f]{64}$", widget=forms.HiddenInput)


class ConfirmForm(ContentForm):
    """This side's yes."""


class HowForm(ContentForm):
    """The yes of a merchant without an account: where it said so."""

    how = forms.CharField(
        label=_("商家在哪里说的对"),
        max_length=LONGEST_WORD,
        help_text=_("例如：11月21日微信里回「数对的」"),
        error_messages={"required": _("写明商家在哪里、什么时候说的对。")},
    )


class WordForm(ContentForm):
    text = forms.CharField(
        label=_("写给另一边"),
        max_length=LONGEST_WORD,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": _("写明哪里不对，两边都会看到。"),
            "max_length": _("最多写 300 个字，删短一点。"),
        },
    )


class PaidForm(RequestForm):
    """Money that went over; the amount left empty is all that is outstanding."""

    amount = YuanField(label=_("金额（元）"))
    paid_on = forms.DateField(
        label=_("哪天转的"),
        widget=DateInput(format="%Y-%m-%d"),
        error_messages={"required": _("选哪天转的。"), "invalid": _("日期写成 2026-11-21。")},
    )
    note = forms.CharField(
        label=_("备注"),
        max_length=LONGEST_NOTE,
        required=False,
        help_text=_("例如：微信转账尾号 8812"),
    )
