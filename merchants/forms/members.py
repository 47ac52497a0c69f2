"""What members say to and of merchants: questions, proposals; and what is answered."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy

from merchants.forms.merchants import ReasonForm
from tuangou.core.http import RequestForm


class SwitchForm(RequestForm):
    """A button that switches something on or off."""

    on = forms.ChoiceField(choices=[("1", "1"), ("0", "0")])

    def is_on(self) -> bool:
        return bool(self.cleaned_data["on"] == "1")


class QuestionForm(RequestForm):
    """What a member asks before everybody."""

    text = forms.CharField(
        label=gettext_lazy("想问什么"),
        help_text=gettext_lazy("大家都看得到，会写上你是哪栋的。别写电话和房号，最多 300 字"),
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": gettext_lazy("写上想问什么")},
    )


class AnswerForm(RequestForm):
    """What the shop says, and what happens if it is not so."""

    text = forms.CharField(
        label=gettext_lazy("答复"),
        help_text=gettext_lazy("照实说，说得越细越好。最多 500 字"),
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": gettext_lazy("写上答复")},
    )
    if_it_fails = forms.CharField(
        label=gettext_lazy("要是没做到，怎么办"),
        help_text=gettext_lazy("写在答复旁边，邻居照这句来找你。例如 退全款，再补一份"),
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": gettext_lazy("写上要是没做到怎么办，例如 退全款")},
    )


class HidingForm(ReasonForm):
    """Why a question is off the page."""


class ProposalForm(RequestForm):
    """A shop by its name, and why."""

    name = forms.CharField(
        label=gettext_lazy("店名"),
        help_text=gettext_lazy("例如 老马家牛肉铺"),
        error_messages={"required": gettext_lazy("填店名")},
    )
    reason = forms.CharField(
        label=gettext_lazy("为什么想团这家"),
        help_text=gettext_lazy("什么好吃、在哪里。最多 300 字"),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("写两句为什么想团这家")},
    )
    another = forms.BooleanField(label=gettext_lazy("不是同一家，照样提"), required=False)


class AppealForm(RequestForm):
    """What is wrong with the rejection, in the shop's own words."""

    text = forms.CharField(
        label=gettext_lazy("哪里不对"),
        help_text=gettext_lazy("用自己的话说，团长和副团长看得到。只能申诉一次，最多 500 字"),
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": gettext_lazy("写上哪里不对")},
    )


class AppealAnswerForm(RequestForm):
    """Whether it is looked at again, and why."""

    granted = forms.ChoiceField(
        label=gettext_lazy("怎么答复"),
        choices=[
            ("yes", gettext_lazy("有道理，重新审核")),
            ("no", gettext_lazy("维持不通过")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("选一个")},
    )
    reason = forms.CharField(
        label=gettext_lazy("理由"),
        help_text=gettext_lazy("店里会看到，最多 300 字"),
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": gettext_lazy("写明理由，店里会看到")},
    )
