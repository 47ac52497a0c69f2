"""Forms of vetting: one line, two pictures, the checklist (M4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from merchants.models import ChecklistLine, Topic
from merchants.services.vetting import Finding
from tuangou.core.fields import DayField
from tuangou.core.http import RequestForm


class LineForm(RequestForm):
    """What was found about one line. `finding()` is the service's argument."""

    passed = forms.ChoiceField(
        label=gettext_lazy("看下来"),
        choices=[("yes", gettext_lazy("行")), ("no", gettext_lazy("不行"))],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("选行还是不行")},
    )
    source = forms.CharField(
        label=gettext_lazy("在哪里看到的"),
        required=False,
        help_text=gettext_lazy("例如 大众点评"),
    )
    value = forms.CharField(label=gettext_lazy("评分"), required=False)
    seen_on = DayField(label=gettext_lazy("哪天看到的"))
    note = forms.CharField(
        label=gettext_lazy("说明"),
        required=False,
        help_text=gettext_lazy("不行的写明要补什么，店里看得到"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, line: ChecklistLine, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if line.topic != Topic.RATING:
            del self.fields["source"], self.fields["seen_on"]
        if line.topic == Topic.SAMPLE:
            self.fields["value"].label = gettext_lazy("几位邻居试吃过")
            self.fields["value"].widget.attrs["inputmode"] = "numeric"
        elif line.topic != Topic.RATING:
            del self.fields["value"]

    def finding(self) -> Finding:
        data = self.cleaned_data
        return Finding(
            passed=data["passed"] == "yes",
            note=data["note"],
            source=data.get("source", ""),
            value=data.get("value", ""),
            seen_on=data.get("seen_on"),
        )


class LikenessForm(RequestForm):
    """Two pictures were compared, and are of two papers."""

    note = forms.CharField(
        label=gettext_lazy("哪里不一样"),
        help_text=gettext_lazy("例如 名称和编号都不同"),
        error_messages={"required": gettext_lazy("写哪里不一样")},
    )


class ChecklistForm(RequestForm):
    """Each line mandatory, optional or dropped, and one line more."""

    more = forms.CharField(
        label=gettext_lazy("再加一条"),
        required=False,
        max_length=80,
        help_text=gettext_lazy("例如 冷库去看过"),
    )
    must = forms.BooleanField(label=gettext_lazy("加的这条是必须的"), required=False)

    def __init__(self, *args: Any, lines: Sequence[ChecklistLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = lines
        choices = [
            ("must", gettext_lazy("必须")),
            ("may", gettext_lazy("可选")),
            ("no", gettext_lazy("不用")),
        ]
        for line in lines:
            self.fields[f"line_{line.pk}"] = forms.ChoiceField(
                label=line.words,
                choices=choices,
                widget=forms.RadioSelect,
                initial="must" if line.mandatory else "may",
            )
        self.order_fields([*(f"line_{line.pk}" for line in lines), "more", "must"])

    def wanted(self) -> dict[int, str]:
        return {line.pk: self.cleaned_data[f"line_{line.pk}"] for line in self.lines}
