"""A person's own settings: how pages look, when and of what she is told (S2), and the ways on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from tuangou.core import matrix
from tuangou.core.display import DisplayForm, display
from tuangou.core.http import PlainForm, person_id
from tuangou.core.mailbox import mailbox_of
from tuangou.core.models import NoticeMute, NoticeSetting, OutsideChannel, Topic, User, Way

TOPICS = [(topic.value, topic.label) for topic in Topic if topic != Topic.ACCOUNT]


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is wanted per channel: values of Topic; hours are local."""

    quiet_from: time
    quiet_until: time
    digest: bool
    wanted: dict[str, frozenset[str]]
    late: bool = False


def wishes_of(user_id: int) -> Wishes:
    """As kept, or the defaults. Two queries."""
    row = NoticeSetting.objects.filter(user_id=user_id).first() or NoticeSetting()
    muted = set(NoticeMute.objects.filter(user_id=user_id).values_list("channel", "topic"))
    wanted = {
        channel: frozenset(topic for topic, _label in TOPICS if (channel, topic) not in muted)
        for channel in OutsideChannel.values
    }
    return Wishes(row.quiet_from, row.quiet_until, row.digest, wanted, row.late)


@transaction.atomic
def keep_wishes(*, user_id: int, wishes: Wishes) -> None:
    """Replace what this person chose. Her row is locked, so that two tabs do not mix."""
    User.objects.select_for_update(no_key=True).only("pk").get(pk=user_id)
    hours = {"quiet_from": wishes.quiet_from, "quiet_until": wishes.quiet_until}
    choices = {"digest": wishes.digest, "late": wishes.late}
    NoticeSetting.objects.update_or_create(user_id=user_id, defaults=hours | choices)
    NoticeMute.objects.filter(user_id=user_id).delete()
    NoticeMute.objects.bulk_create(
        NoticeMute(user_id=user_id, channel=channel, topic=topic)
        for channel in OutsideChannel.values
        for topic, _label in TOPICS
        if topic not in wishes.wanted[channel]
    )


def _hour(label: Any) -> forms.TimeField:
    return forms.TimeField(
        label=label,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={
            "required": gettext_lazy("填几点，例如 22:00"),
            "invalid": gettext_lazy("填几点，例如 22:00"),
        },
    )


def _topics(label: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        choices=lambda: [(topic.value, topic.label) for topic in Topic if topic != Topic.ACCOUNT],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )


class WishesForm(PlainForm):
    """Ticked is wanted."""

    quiet_from = _hour(gettext_lazy("几点以后不打扰"))
    quiet_until = _hour(gettext_lazy("到几点"))
    digest = forms.BooleanField(
        label=gettext_lazy("不急的攒到 18:00 一封"),
        help_text=gettext_lazy("开新团、公告、账本；付款和到货不等"),
        required=False,
    )
    late = forms.BooleanField(
        label=gettext_lazy("到货了，23:00 前都可以告诉我"),
        help_text=gettext_lazy("货在等人取，晚上也发"),
        required=False,
    )
    sms = _topics(gettext_lazy("短信里告诉我"))
    email = _topics(gettext_lazy("邮件里告诉我"))

    def wishes(self) -> Wishes:
        data = self.cleaned_data
        wanted = {channel: frozenset(data[channel]) for channel in OutsideChannel.values}
        hours = (data["quiet_from"], data["quiet_until"])
        return Wishes(*hours, data["digest"], wanted, data["late"])

    @staticmethod
    def initial_of(wishes: Wishes) -> dict[str, object]:
        lists: dict[str, Iterable[str]] = {c: sorted(w) for c, w in wishes.wanted.items()}
        return {
            "quiet_from": wishes.quiet_from,
            "quiet_until": wishes.quiet_until,
            "digest": wishes.digest,
            "late": wishes.late,
            **lists,
        }


@login_required
@require_http_methods(["GET", "POST"])
def settings_page(request: HttpRequest) -> HttpResponse:
    """Language, type, colours, notices, and the ways to everything else that is hers alone."""
    user_id = person_id(request)
    shown = display(request)["display"]
    look = {"language": shown.language, "size": shown.size, "theme": shown.theme}
    form = WishesForm(
        request.POST if request.method == "POST" else None,
        initial=WishesForm.initial_of(wishes_of(user_id)),
    )
    if form.is_valid():
        keep_wishes(user_id=user_id, wishes=form.wishes())
        messages.success(request, _("记住了，以后照这样告诉你。"))
        return redirect("settings")
    context = {
        "form": form,
        "display_form": DisplayForm(initial=look),
        "inbox": {"url": reverse("notices")},
        "mailbox": mailbox_of(user_id) if matrix.is_offered(Way.EMAIL) else None,
        "mail_offered": matrix.is_offered(Way.EMAIL),
    }
    return render(request, "account/settings.html", context, status=422 if form.errors else 200)
