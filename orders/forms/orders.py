"""The order form: one quantity box per offer. Validates and translates; never writes."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from orders.queries.rounds import OfferRow
from orders.services.neighbours import Errand
from tuangou.core import money
from tuangou.core.http import PlainForm, RequestForm

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the receipt: what, and fen."""

    label: str
    fen: int


class QuantityField(forms.DecimalField):
    """A quantity as people type it: "2", "1.5", "２"; empty means none."""

    default_error_messages = {"invalid": _("数量写成 2 或 1.5 这样的数字。")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            required=False, min_value=ZERO, max_digits=9, decimal_places=3, initial=ZERO, **kwargs
        )

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        if isinstance(value, str):
            value = unicodedata.normalize("NFKC", value).strip()
        return super().to_python(value)


class OrderForm(RequestForm):
    """Quantities and a note for one order. cleaned_data["quantities"] is {offer id: quantity}."""

    note = forms.CharField(label=_("备注"), max_length=200, required=False)

    def __init__(self, *args: Any, offers: Sequence[OfferRow], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offers = offers
        for offer in offers:
            self.fields[offer.field] = QuantityField(label=offer.name)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        data["quantities"] = {
            offer.id: q for offer in self.offers if (q := data.get(offer.field)) is not None and q
        }
        if not data["quantities"] and not self.errors:
            raise forms.ValidationError(_("先选一样货品，再提交。"))
        return data

    def typed(self) -> dict[int, Decimal]:
        """What stands in the boxes now, readable or not: {offer id: quantity}."""
        return {offer.id: q for offer in self.offers if (q := _number(self.shown(offer))) and q > 0}

    def wants(self, offer: OfferRow) -> Decimal:
        """What stands in the box of an offer; zero where it cannot be read."""
        return max(_number(self.shown(offer)), ZERO)

    @property
    def total_fen(self) -> int:
        """What the boxes add up to, each line rounded half up once (O6)."""
        typed = self.typed()
        return sum(money.times(typed[o.id], o.price_fen) for o in self.offers if o.id in typed)

    @property
    def receipt(self) -> list[Row]:
        """The lines chosen so far, for the receipt beside the form."""
        typed = self.typed()
        return [
            Row(
                f"{o.name} {typed[o.id].normalize():f}{o.unit}",
                money.times(typed[o.id], o.price_fen),
            )
            for o in self.offers
            if o.id in typed
        ]

    @property
    def said(self) -> str:
        """「2种」: how many kinds are chosen, beside the total."""
        n = len(self.typed())
        return ngettext("%(n)s种", "%(n)s种", n) % {"n": n}

    def shown(self, offer: OfferRow) -> str:
        """What stands in the box of an offer: as typed, or as it was."""
        value = self[offer.field].value()
        if isinstance(value, Decimal):
            return f"{value.normalize():f}"
        return "" if value is None else str(value)


class NeighbourOrderForm(OrderForm):
    """An order for a neighbour: also who pays, who fetches, and, once, that she asked for it."""

    payer = forms.ChoiceField(
        label=_("谁付钱"),
        choices=(("member", _("对方付")), ("me", _("我付"))),
        initial="member",
        widget=forms.RadioSelect,
        required=False,
    )
    collector = forms.ChoiceField(
        label=_("谁去取"),
        choices=(("member", _("对方取")), ("me", _("我取"))),
        initial="member",
        widget=forms.RadioSelect,
        required=False,
    )
    asked = forms.BooleanField(
        label=_("本人托我下这一单"),
        help_text=_("对方没有账号，收不到通知。勾一次，以后不用再勾。"),
        required=False,
    )

    def __init__(self, *args: Any, must_ask: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not must_ask:
            del self.fields["asked"]

    def errand(self) -> Errand:
        """What the service takes; of a valid form."""
        data = self.cleaned_data
        return Errand(
            pays=data["payer"] == "me",
            collects=data["collector"] == "me",
            asked=bool(data.get("asked")),
        )


def stepped(posted: QueryDict, offers: Sequence[OfferRow]) -> QueryDict | None:
    """The posted form after a press on a stepper button without a script; else None.

    The press changes one box by one step, never below zero, never above what is left.
    """
    pressed, direction = posted.get("more"), 1
    if pressed is None:
        pressed, direction = posted.get("less"), -1
    if pressed is None:
        return None
    data = posted.copy()
    for offer in offers:
        if offer.field == pressed:
            value = _number(posted.get(pressed, "")) + direction * offer.step
            if offer.left is not None:
                value = min(value, offer.left)
            data[pressed] = f"{max(value, ZERO).normalize():f}"
    return data


_QUANTITY = QuantityField()


def _number(text: str) -> Decimal:
    if text in ("", "0"):
        return ZERO
    try:
        return _QUANTITY.clean(text) or ZERO
    except forms.ValidationError:
        return ZERO


def initial_of(quantities: Mapping[int, Decimal]) -> dict[str, Decimal]:
    """Boxes filled with what an order holds now."""
    return {f"offer_{offer_id}": q for offer_id, q in quantities.items()}


class NeighbourForm(PlainForm):
    """Whom to order for: a door such as 3-502, or a nickname."""

    q = forms.CharField(
        label=_("楼栋房号或昵称"), max_length=40, required=False, help_text=_("例如 3-502 或 阿圆")
    )


class ProxyForm(PlainForm):
    """What she says of a neighbour who orders for her; `order` leads back to its page."""

    answer = forms.ChoiceField(choices=(("yes", ""), ("no", "")))
    order = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False)


class ActForm(RequestForm):
    """A single button that must count once: nothing but the request id, and a reason if asked."""

    reason = forms.CharField(label=_("原因"), max_length=200, required=False)
