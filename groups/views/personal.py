"""A member corrects what is written about her in a group: names herself, the door by request."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from groups.access import initiator_for, membership_for
from groups.forms.personal import DoorForm, NamesForm
from groups.models import Membership
from groups.queries.memberships import member_of
from groups.queries.pages import page_of
from groups.queries.personal import asked_door, buildings_of
from groups.services import personal as service
from groups.views.acts import act_once
from tuangou.core.http import RequestForm


@login_required
@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, slug: str) -> HttpResponse:
    """My nickname and real name in this group."""
    member = membership_for(request.user, slug)
    names = {"nickname": member.nickname, "real_name": member.real_name}
    form = NamesForm(request.POST if request.method == "POST" else None, initial=names)
    if form.is_bound and act_once(
        request,
        form,
        group_id=member.group_id,
        act="groups.correct",
        work=lambda: service.rename(
            membership_id=member.pk,
            nickname=form.cleaned_data["nickname"],
            real_name=form.cleaned_data["real_name"],
        ),
    ):
        messages.success(request, _("改好了。以前的订单上还是原来的名字。"))
        return redirect("groups:me", slug)
    return _page(request, member, form, "groups/personal/names.html")


@login_required
@require_http_methods(["GET", "POST"])
def door_ask(request: HttpRequest, slug: str) -> HttpResponse:
    """I moved, or the door is written wrong: the initiator is asked."""
    member = membership_for(request.user, slug)
    form = _door_form(request, member.group_id)
    if form.is_bound and act_once(
        request,
        form,
        group_id=member.group_id,
        act="groups.door-ask",
        work=lambda: service.ask_door(
            membership_id=member.pk,
            building_id=form.cleaned_data["building"],
            unit=form.cleaned_data["unit"],
            room=form.cleaned_data["room"],
        ),
    ):
        messages.success(request, _("交给团长了。团长核对好，会给你发消息。"))
        return redirect("groups:me", slug)
    return _page(request, member, form, "groups/personal/door_ask.html")


@login_required
@require_http_methods(["GET", "POST"])
def door(request: HttpRequest, slug: str, membership_id: int) -> HttpResponse:
    """The initiator writes another door for a member, the one she asked for filled in."""
    actor = initiator_for(request.user, slug)
    person = member_of(actor.group_id, membership_id)
    form = _door_form(request, actor.group_id, asked_door(actor.group_id, membership_id))
    if form.is_bound and act_once(
        request,
        form,
        group_id=actor.group_id,
        act="groups.door",
        membership_id=membership_id,
        work=lambda: service.move_door(
            membership_id=membership_id,
            actor_id=actor.pk,
            building_id=form.cleaned_data["building"],
            unit=form.cleaned_data["unit"],
            room=form.cleaned_data["room"],
        ),
    ):
        messages.success(request, _("住址换好了，从下一单起用新的。"))
        return redirect("groups:door", slug, membership_id)
    context = page_of(request, actor, "console") | {"form": form, "person": person}
    return _answer(request, context, form, "groups/personal/door.html")


def _door_form(
    request: HttpRequest, group_id: int, initial: dict[str, object] | None = None
) -> DoorForm:
    data = request.POST if request.method == "POST" else None
    return DoorForm(data, buildings=buildings_of(group_id), initial=initial)


def _page(
    request: HttpRequest, member: Membership, form: RequestForm, template: str
) -> HttpResponse:
    return _answer(request, page_of(request, member, "me") | {"form": form}, form, template)


def _answer(
    request: HttpRequest, context: dict[str, object], form: RequestForm, template: str
) -> HttpResponse:
    return render(request, template, context, status=422 if form.errors else 200)
