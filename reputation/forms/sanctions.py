"""Deciding a sanction in two taps, lifting, dismissing, appealing and voting (R7)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reputation.models.consequences import KINDS_OF, NOTHING, Broken, Level, Line
from reputation.queries.consequences import Table
from reputation.queries.sanctions import PageRow
from reputation.services.sanction_appeals import CHOICES
from reputation.services.sanctions import Decision
from tuangou.core.fields import CountField
from tuangou.core.http import PlainForm, RequestForm
from tuangou.core.templatetags.times import day

BIGGEST = 2**63 - 1


class SanctionForm(RequestForm):
    """What the initiator decides; `sure` comes with the second tap, on the summary."""

    level = forms.ChoiceField(
        label=gettext_lazy("哪一级"),
        choices=Level.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("选一级处分：警告、公示、停团或清退。")},
    )
    days = CountField(
        label=gettext_lazy("几天"),
        help_text=gettext_lazy("今天算第一天，到期自动解除。清退不用填"),
        required=False,
    )
    broken = forms.ChoiceField(
        label=gettext_lazy("违反哪一条"),
        choices=Broken.choices,
        error_messages={"required": gettext_lazy("选一条违反的规则。")},
    )
    reason = forms.CharField(
        label=gettext_lazy("理由"),
        help_text=gettext_lazy("商家和邻居都会看到，最多 300 字。别写邻居的名字"),
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": gettext_lazy("写明理由，商家和邻居都会看到")},
    )
    sure = forms.ChoiceField(choices=[("1", "1")], required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        evidence: Sequence[PageRow],
        returns: Sequence[tuple[int, str]],
        zone: str,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.evidence = list(evidence)
        self.fields["pages"] = forms.TypedMultipleChoiceField(
            label=_("证据：账本里的几页"),
            coerce=int,
            required=False,
            widget=forms.CheckboxSelectMultiple,
            choices=[
                (
                    str(p.number),
                    _("第 %(n)s 页 %(what)s，%(day)s")
                    % {"n": p.number, "what": p.label, "day": day(p.at, zone)},
                )
                for p in self.evidence
            ],
        )
        self.fields["ret"] = forms.TypedChoiceField(
            label=_("或者一件退货"),
            coerce=int,
            empty_value=None,
            required=False,
            choices=[("", _("不选")), *((str(pk), title) for pk, title in returns)],
        )

    def decision(self) -> Decision:
        data = self.cleaned_data
        return Decision(
            level=data["level"],
            broken=data["broken"],
            reason=data["reason"],
            days=data["days"],
            pages=data["pages"],
            return_id=data["ret"],
        )

    @property
    def is_sure(self) -> bool:
        return bool(self.cleaned_data.get("sure"))

    def kept(self) -> list[tuple[str, str]]:
        """What was typed, as hidden fields of the summary."""
        data = self.cleaned_data
        plain = [(name, data[name]) for name in ("level", "days", "broken", "reason", "ret")]
        rows = [(name, "" if value is None else str(value)) for name, value in plain]
        return [*rows, *(("pages", str(number)) for number in data["pages"])]


class LiftForm(RequestForm):
    reason = forms.CharField(
        label=gettext_lazy("为什么解除"),
        help_text=gettext_lazy("商家和邻居都会看到，最多 300 字"),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("写明为什么解除，邻居都会看到")},
    )


class DismissForm(RequestForm):
    reason = forms.CharField(
        label=gettext_lazy("为什么不处分"),
        help_text=gettext_lazy("商家和邻居都会看到，最多 300 字"),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("写明为什么不处分，邻居会看到")},
    )


class SanctionAppealForm(RequestForm):
    text = forms.CharField(
        label=gettext_lazy("哪里不对"),
        help_text=gettext_lazy("用自己的话说，邻居都看得到。只能申诉一次，最多 500 字"),
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": gettext_lazy("写上哪里不对")},
    )


class VoteForm(RequestForm):
    choice = forms.ChoiceField(
        label=gettext_lazy("你怎么看"),
        choices=list(CHOICES.items()),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("选一个：申诉成立，或维持处分。")},
    )
    reason = forms.CharField(
        label=gettext_lazy("理由"),
        help_text=gettext_lazy("定了以后大家看得到，不写是谁。最多 500 字"),
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": gettext_lazy("写明理由，双方都会看到。")},
    )


class ProposalQuery(PlainForm):
    """Which proposal a decision follows; nonsense means none."""

    proposal = forms.IntegerField(required=False, min_value=1, max_value=BIGGEST)

    def number(self) -> int | None:
        return self.cleaned_data.get("proposal") if self.is_valid() else None


class TableForm(RequestForm):
    """The table of consequences: for each rule how often, within how many days, and what then."""

    def __init__(self, *args: Any, table: Table, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for line in table.lines:
            self.fields |= _line_fields(line)
        self.fields["month_rounds"] = CountField(
            label=_("当月好商家至少几个团"),
            help_text=_("那个月截单、结了团的，少于这个数不评"),
            initial=table.month_rounds,
        )

    def rows(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Each rule with its four boxes."""
        return [
            (str(Broken(name).label), [self[f"{name}_{part}"] for part in PARTS])
            for name in KINDS_OF
        ]

    def lines(self) -> list[Line]:
        data = self.cleaned_data
        return [
            Line(
                str(name),
                data[f"{name}_times"],
                data[f"{name}_within"],
                data[f"{name}_level"],
                _days(data[f"{name}_level"], data[f"{name}_days"]),
            )
            for name in KINDS_OF
        ]


PARTS = ("times", "within", "level", "days")


def _line_fields(line: Line) -> dict[str, forms.Field]:
    levels = [(NOTHING, _("不提")), *Level.choices]
    return {
        f"{line.broken}_times": CountField(label=_("几次"), initial=line.times),
        f"{line.broken}_within": CountField(label=_("几天里"), initial=line.within),
        f"{line.broken}_level": forms.ChoiceField(
            label=_("提议"), choices=levels, initial=line.level
        ),
        f"{line.broken}_days": CountField(
            label=_("处分几天"), initial=line.days or None, required=False
        ),
    }


def _days(level: str, days: int | None) -> int:
    """No days where nothing lasts."""
    return 0 if level in (NOTHING, Level.REMOVAL) else days or 0
