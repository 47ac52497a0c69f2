"""Rating all that was fetched with an order on one page; answers, comments, words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reputation.models.ratings import LONGEST_WORD, MOST_WORDS
from reputation.queries.ratings import SORTS, RateLine, RatePage
from reputation.services.ratings import Opinion
from tuangou.core.http import PlainForm, RequestForm
from tuangou.core.uploads import PhotosField

CHOICES = [
    (5, gettext_lazy("5 星 很好")),
    (4, gettext_lazy("4 星 好")),
    (3, gettext_lazy("3 星 一般")),
    (2, gettext_lazy("2 星 不好")),
    (1, gettext_lazy("1 星 很差")),
]


@dataclass(frozen=True, slots=True)
class LineFields:
    """What of the form belongs to one line."""

    line: RateLine
    stars: forms.BoundField
    words: forms.BoundField
    text: forms.BoundField
    photos: forms.BoundField


class RateForm(RequestForm):
    """Stars for each line; words, a sentence and photos for who likes to. What is left without
    stars is not rated."""

    anonymous = forms.BooleanField(
        label=gettext_lazy("不让商家知道是谁评的"),
        help_text=gettext_lazy("邻居看到的还是楼栋和打星号的名字。"),
        required=False,
    )

    def __init__(self, *args: Any, page: RatePage, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.page = page
        self.fields["anonymous"].initial = page.anonymous
        for line in page.to_rate:
            self._add(line)

    def _add(self, line: RateLine) -> None:
        key = line.id
        self.fields[f"stars_{key}"] = forms.TypedChoiceField(
            label=_("%(item)s怎么样") % {"item": line.item},
            coerce=int,
            choices=CHOICES,
            widget=forms.RadioSelect,
            required=False,
            empty_value=None,
            initial=line.stars,
        )
        self.fields[f"words_{key}"] = forms.MultipleChoiceField(
            label=_("是这样的（可多选）"),
            choices=line.words,
            widget=forms.CheckboxSelectMultiple,
            required=False,
            initial=line.chosen,
        )
        self.fields[f"text_{key}"] = forms.CharField(
            label=_("说两句"),
            max_length=300,
            required=False,
            widget=forms.Textarea(attrs={"rows": 2}),
            initial=line.text,
        )
        self.fields[f"photos_{key}"] = PhotosField(
            label=_("照片，最多 4 张"),
            help_text=_("再传就换掉原来的。") if line.photos else "",
        )

    def lines(self) -> list[LineFields]:
        return [
            LineFields(line, *(self[f"{name}_{line.id}"] for name in _OF_A_LINE))
            for line in self.page.to_rate
        ]

    def clean(self) -> dict[str, Any]:
        """Words without stars miss something; nothing at all too."""
        data = super().clean() or {}
        rated = [line for line in self.page.to_rate if data.get(f"stars_{line.id}")]
        for line in self.page.to_rate:
            said = any(data.get(f"{name}_{line.id}") for name in ("words", "text", "photos"))
            if said and line not in rated:
                self.add_error(f"stars_{line.id}", _("先选几颗星"))
        if not rated and not self.errors and self.page.to_rate:
            self.add_error(f"stars_{self.page.to_rate[0].id}", _("先选几颗星"))
        return data

    def opinions(self) -> list[Opinion]:
        """What was said, of the lines that got stars."""
        data = self.cleaned_data
        return [
            Opinion(
                line_id=line.id,
                stars=data[f"stars_{line.id}"],
                words=data[f"words_{line.id}"],
                text=data[f"text_{line.id}"],
                photos=data[f"photos_{line.id}"],
            )
            for line in self.page.to_rate
            if data[f"stars_{line.id}"]
        ]


_OF_A_LINE: Sequence[str] = ("stars", "words", "text", "photos")


class ListForm(PlainForm):
    """Nonsense gives the first page, by usefulness."""

    sort = forms.ChoiceField(required=False, choices=[(sort, sort) for sort in SORTS])
    page = forms.IntegerField(required=False, min_value=1, max_value=10_000)

    def asked(self) -> tuple[str, int]:
        given = self.cleaned_data if self.is_valid() else {}
        return str(given.get("sort") or SORTS[0]), given.get("page") or 1


class UsefulForm(RequestForm):
    useful = forms.ChoiceField(choices=[("1", "1"), ("0", "0")])


class AnswerForm(RequestForm):
    text = forms.CharField(
        label=gettext_lazy("答复"),
        help_text=gettext_lazy("大家都看得到。一条只答一次，发出去就不能改。"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("写上答复")},
    )


class CommentForm(RequestForm):
    text = forms.CharField(
        label=gettext_lazy("说一句"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": gettext_lazy("写上想说的")},
    )


class HidingForm(RequestForm):
    reason = forms.CharField(
        label=gettext_lazy("为什么收起"),
        help_text=gettext_lazy("大家看得到这个理由。"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": gettext_lazy("写明为什么收起，大家看得到")},
    )


class WordsForm(RequestForm):
    words = forms.CharField(
        label=gettext_lazy("词，一行一个"),
        help_text=gettext_lazy("一类最多 12 个词，每个最多 8 个字。全部清空就用回常用的。"),
        max_length=400,
        required=False,
        widget=forms.Textarea(attrs={"rows": MOST_WORDS}),
    )

    def lines(self) -> list[str]:
        return str(self.cleaned_data["words"]).splitlines()

    def clean_words(self) -> str:
        text = str(self.cleaned_data["words"])
        if any(len(word.strip()) > LONGEST_WORD for word in text.splitlines()):
            raise forms.ValidationError(_("有的词超过 8 个字，改短些"))
        return text
