"""The checklist at unloading, and what happens to goods that did not pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orders.models import Offer, Verdict
from orders.queries.batches import BatchCard
from orders.queries.inspections import checklist, needs_temperature
from orders.queries.unloading import Load
from orders.services.inspections import Found
from tuangou.core.http import RequestForm

ANSWERS = (("yes", _("合格")), ("no", _("不合格")))


class InspectionForm(RequestForm):
    """One line of the checklist after the other; closed questions first."""

    temperature = forms.DecimalField(
        label=_("量到的温度（°C）"),
        required=False,
        max_digits=4,
        decimal_places=1,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        error_messages={"invalid": _("温度写成 3.5 或 -18 这样的数字。")},
    )
    verdict = forms.ChoiceField(
        label=_("结果"),
        choices=Verdict.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("选一个结果：通过或没通过。")},
    )
    failed = forms.MultipleChoiceField(
        label=_("哪样没通过"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("一样也不勾，就是整车都停发。"),
    )
    note = forms.CharField(
        label=_("说明"),
        max_length=150,
        required=False,
        help_text=_("没通过要写明哪里不行，邻居和商家都会看到。"),
    )

    def __init__(
        self,
        *args: Any,
        load: Load,
        batches: Mapping[int, Sequence[BatchCard]] = MappingProxyType({}),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.checks = checklist(load.categories)
        for check in self.checks:
            self.fields[f"check_{check.key}"] = forms.ChoiceField(
                label=str(check.label),
                choices=ANSWERS,
                widget=forms.RadioSelect,
                error_messages={"required": _("这一项还没看。看过再选。")},
            )
        if not needs_temperature(load.categories):
            del self.fields["temperature"]
        choices = [pair for o in load.offers.values() for pair in _failable(o, batches, load)]
        self.fields["failed"].choices = choices  # type: ignore[attr-defined]

    def lines(self) -> list[forms.BoundField]:
        return [self[f"check_{check.key}"] for check in self.checks]

    def found(self) -> Found:
        data = self.cleaned_data
        temperature: Decimal | None = data.get("temperature")
        failed = data["failed"] if data["verdict"] == Verdict.FAILED else []
        return Found(
            verdict=data["verdict"],
            checks={check.key: data[f"check_{check.key}"] == "yes" for check in self.checks},
            temperature=temperature,
            note=data["note"],
            failed=frozenset(int(one) for one in failed if one.isdecimal()),
            failed_batches=frozenset(int(one[1:]) for one in failed if not one.isdecimal()),
        )


def _failable(
    offer: Offer, batches: Mapping[int, Sequence[BatchCard]], load: Load
) -> list[tuple[str, str]]:
    """The offer; where it came in several batches, each of these, too: `b7`."""
    here = batches.get(offer.pk, ())
    if load.car > 1:
        here = [batch for batch in here if (offer.pk, batch.id) in load.parts]
    only = gettext("%(name)s只有批号 %(lot)s")
    return [
        (str(offer.pk), offer.name),
        *(
            (f"b{batch.id}", only % {"name": offer.name, "lot": batch.lot})
            for batch in (here if len(here) > 1 else ())
        ),
    ]


class HoldForm(RequestForm):
    """What happens to goods that are stopped, with a reason that everybody reads."""

    reason = forms.CharField(
        label=_("理由"),
        max_length=200,
        help_text=_("邻居都会看到。"),
        error_messages={"required": _("写明理由，邻居都会看到。")},
    )
