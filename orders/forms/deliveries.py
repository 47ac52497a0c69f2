"""What came, per offer; how it is shared out; what the merchant announces; photos."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from groups.models import Group
from orders.forms.openings import DateInput, TimeInput
from orders.forms.orders import QuantityField
from orders.models import DeliveryNotice, Offer, Round, Sharing
from orders.queries.deliveries import ArrivalPlan, Came, Lot
from orders.services.delivery_notices import Coming
from tuangou.core.fields import of_this_century
from tuangou.core.http import RequestForm
from tuangou.core.uploads import PhotosField

ZERO = Decimal(0)
_SHARE = re.compile(r"share_(\d{1,18})_(\d{1,18})")
LOTS = ("", "2")  # two batches of one thing; more are written in the note
_LOT_BOXES = ("lot", "produced", "expires", "lotq")


@dataclass(frozen=True, slots=True)
class OfferBoxes:
    """The boxes of one offer, for the template."""

    offer: Offer
    ordered: Decimal
    count: BoundField
    damaged: BoundField
    weighed: BoundField | None
    note: BoundField
    lots: list[list[BoundField]]

    @property
    def has_more(self) -> bool:
        """Whether the folded boxes hold something, so that they are shown open."""
        boxes = [self.damaged, self.note, *(box for lot in self.lots for box in lot)]
        boxes += [self.weighed] if self.weighed else []
        return any(box.value() not in (None, "") or box.errors for box in boxes)


class ArrivalForm(RequestForm):
    """Every offer filled in with what was ordered, or with what was counted before."""

    note = forms.CharField(label=gettext_lazy("备注"), max_length=200, required=False)
    seen = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        offers: Sequence[tuple[Offer, Decimal]],
        before: dict[int, Came] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.offers = offers
        if self.is_bound:
            self.data = _with_ways(self.data, [offer for offer, _ordered in offers])
        for offer, ordered in offers:
            self.fields |= _boxes(offer, (before or {}).get(offer.pk) or Came(ordered))

    def came(self) -> dict[int, Came]:
        """What was typed, by offer. The form is valid."""
        return {offer.pk: self._came(offer) for offer, _ordered in self.offers}

    def rows(self) -> list[OfferBoxes]:
        return [
            OfferBoxes(
                offer=offer,
                ordered=ordered,
                count=self[f"offer_{offer.pk}"],
                damaged=self[f"damaged_{offer.pk}"],
                weighed=self[f"weighed_{offer.pk}"] if offer.by_weight else None,
                note=self[f"note_{offer.pk}"],
                lots=[[self[f"{name}{n}_{offer.pk}"] for name in _LOT_BOXES] for n in LOTS],
            )
            for offer, ordered in self.offers
        ]

    def kept(self) -> list[BoundField]:
        """Everything typed on the first page, to go along on the second."""
        shown = {"request_id", "seen"}
        return [self[n] for n in self.fields if n not in shown and not n.startswith("sharing_")]

    def sharing(self, offer: Offer) -> BoundField:
        return self[f"sharing_{offer.pk}"]

    def _came(self, offer: Offer) -> Came:
        def value(name: str) -> Any:
            return self.cleaned_data.get(f"{name}_{offer.pk}")

        sharing = value("sharing") or Sharing.IN_ORDER
        lots = tuple(
            Lot(value(f"lot{n}"), value(f"lotq{n}"), value(f"produced{n}"), value(f"expires{n}"))
            for n in LOTS
            if value(f"lot{n}")
        )
        return Came(
            quantity=value("offer") or ZERO,
            weighed=value("weighed"),
            damaged=value("damaged") or ZERO,
            sharing=sharing,
            shares=by_hand(self.data, offer.pk) if sharing == Sharing.BY_HAND else {},
            lots=lots,
            note=value("note") or "",
        )

    def refuse(self, refusal: Any) -> None:
        """As RequestForm; a share's own box is on the second page, without a field here."""
        refusal.field = without_line(refusal.field)
        super().refuse(refusal)


class SharingForm(RequestForm):
    """How what a helper counted is shared out, offer by offer."""

    seen = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, offers: Sequence[Offer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offers = offers
        if self.is_bound:
            self.data = _with_ways(self.data, offers)
        for offer in offers:
            self.fields[f"sharing_{offer.pk}"] = _sharing(offer, Sharing.IN_ORDER)

    def ways(self) -> dict[int, Came]:
        """What was chosen, by offer; in the order of asking before anything was."""
        return {offer.pk: self._way(offer) for offer in self.offers}

    def sharing(self, offer: Offer) -> BoundField:
        return self[f"sharing_{offer.pk}"]

    def _way(self, offer: Offer) -> Came:
        chosen = self.cleaned_data.get(f"sharing_{offer.pk}") if self.is_bound else ""
        sharing = chosen or Sharing.IN_ORDER
        shares = by_hand(self.data, offer.pk) if sharing == Sharing.BY_HAND else {}
        return Came(ZERO, sharing=sharing, shares=shares)

    def refuse(self, refusal: Any) -> None:
        refusal.field = without_line(refusal.field)
        super().refuse(refusal)


def by_hand(data: Any, offer_id: int) -> dict[int, Decimal]:
    """Boxes share_<offer>_<line> of one offer; what cannot be read counts as nothing."""
    said = {}
    for name in data:
        match = _SHARE.fullmatch(name)
        if match and int(match[1]) == offer_id:
            said[int(match[2])] = _number(data[name])
    return said


def without_line(field: str) -> str:
    """A share's own box is on the second page: its offer's field says what is wrong."""
    match = _SHARE.fullmatch(field)
    return f"sharing_{match[1]}" if match else field


def seal(plan: ArrivalPlan) -> str:
    """What was looked at: who gets how much, for how many fen. Another plan has another seal."""
    shares = [
        f"{share.line_id}:{share.gets.normalize():f}:{share.credit_fen}"
        for one in plan.offers
        for share in one.shares
    ]
    return hashlib.sha256("|".join(shares).encode()).hexdigest()


def _with_ways(data: Any, offers: Sequence[Offer]) -> Any:
    """The first page does not ask how to share: in the order of asking, until it is chosen."""
    copy = data.copy()
    for offer in offers:
        copy.setdefault(f"sharing_{offer.pk}", Sharing.IN_ORDER.value)
    return copy


def _boxes(offer: Offer, came: Came) -> dict[str, forms.Field]:
    n, words = offer.pk, {"name": offer.name, "unit": offer.unit}
    fields: dict[str, forms.Field] = {
        f"offer_{n}": _quantity(f"{offer.name}（{offer.unit}）", came.quantity),
        f"damaged_{n}": _quantity(_("%(name)s坏了（%(unit)s）") % words, came.damaged or None),
        f"note_{n}": forms.CharField(
            label=_("%(name)s备注") % words, max_length=100, required=False, initial=came.note
        ),
        f"sharing_{n}": _sharing(offer, came.sharing),
    }
    if offer.by_weight:
        weighed = _quantity(_("%(name)s称重（%(unit)s）") % words, came.weighed)
        fields[f"weighed_{n}"] = weighed
    for place, mark in enumerate(LOTS):
        lot = came.lots[place] if place < len(came.lots) else Lot("")
        fields |= _lot_boxes(f"{mark}_{n}", words | {"n": str(place + 1)}, lot)
    return fields


def _sharing(offer: Offer, chosen: str) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("%(name)s怎么分") % {"name": offer.name},
        choices=Sharing.choices,
        required=False,
        widget=forms.RadioSelect,
        initial=chosen,
    )


def _lot_boxes(end: str, words: dict[str, str], lot: Lot) -> dict[str, forms.Field]:
    return {
        f"lot{end}": forms.CharField(
            label=_("%(name)s批号 %(n)s") % words, max_length=40, required=False, initial=lot.lot
        ),
        f"produced{end}": forms.DateField(
            label=_("%(name)s批 %(n)s 生产日期") % words,
            required=False,
            widget=DateInput(format="%Y-%m-%d"),
            initial=lot.produced_on,
        ),
        f"expires{end}": forms.DateField(
            label=_("%(name)s批 %(n)s 到期日期") % words,
            required=False,
            widget=DateInput(format="%Y-%m-%d"),
            initial=lot.expires_on,
        ),
        f"lotq{end}": _quantity(_("%(name)s批 %(n)s 数量（%(unit)s）") % words, lot.quantity),
    }


def _quantity(label: str, initial: Decimal | None) -> QuantityField:
    field = QuantityField(label=label)
    field.max_digits = 12
    field.initial = "" if initial is None else f"{initial.normalize():f}"
    field.widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    return field


def _number(text: str) -> Decimal:
    try:
        return QuantityField().clean(text) or ZERO
    except forms.ValidationError:
        return Decimal(-1)


class ComingForm(RequestForm):
    """When the goods come, in the group's time, and by which car."""

    day = forms.DateField(
        label=gettext_lazy("哪天到"),
        widget=DateInput(format="%Y-%m-%d"),
        error_messages={"required": gettext_lazy("选一下哪天到。")},
    )
    from_time = forms.TimeField(
        label=gettext_lazy("最早几点"),
        widget=TimeInput(format="%H:%M"),
        error_messages={"required": gettext_lazy("填最早几点到。")},
    )
    until_time = forms.TimeField(
        label=gettext_lazy("最晚几点"),
        widget=TimeInput(format="%H:%M"),
        error_messages={"required": gettext_lazy("填最晚几点到。")},
    )
    car = forms.CharField(label=gettext_lazy("车牌"), max_length=20, required=False)
    driver = forms.CharField(label=gettext_lazy("司机"), max_length=30, required=False)
    batch = forms.CharField(label=gettext_lazy("批次"), max_length=60, required=False)
    note = forms.CharField(label=gettext_lazy("备注"), max_length=200, required=False)

    def __init__(
        self, *args: Any, group: Group, rnd: Round, last: DeliveryNotice | None, **kwargs: Any
    ) -> None:
        kwargs.setdefault("initial", _said_before(group, rnd, last))
        super().__init__(*args, **kwargs)
        self.group = group

    def clean_day(self) -> date:
        return of_this_century(self.cleaned_data["day"])

    def coming(self) -> Coming:
        data = self.cleaned_data
        return Coming(
            arrives_from=self._moment("from_time"),
            arrives_until=self._moment("until_time"),
            **{name: data[name].strip() for name in ("car", "driver", "batch", "note")},
        )

    def _moment(self, name: str) -> datetime:
        data = self.cleaned_data
        return datetime.combine(data["day"], data[name], tzinfo=self.group.zone).astimezone(UTC)


def _said_before(group: Group, rnd: Round, last: DeliveryNotice | None) -> dict[str, Any]:
    start = group.local(last.arrives_from if last else rnd.pickup_from)
    end = group.local(last.arrives_until if last else rnd.pickup_until)
    said = {name: getattr(last, name, "") for name in ("car", "driver", "batch", "note")}
    return {"day": start.date(), "from_time": start.time(), "until_time": end.time(), **said}


class PhotosForm(RequestForm):
    """Pictures of what came, of one offer or of all."""

    photos = PhotosField(label=gettext_lazy("照片，一次最多 4 张"))
    offer = forms.TypedChoiceField(
        label=gettext_lazy("拍的是"), required=False, coerce=int, empty_value=None
    )

    def __init__(self, *args: Any, offers: Sequence[Offer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("整车")), *((str(offer.pk), offer.name) for offer in offers)]
        self.fields["offer"].choices = choices  # type: ignore[attr-defined]
