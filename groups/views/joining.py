"""The way in: the page of a link, waiting for a yes, and saying yes or no."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from groups.access import (
    applicant_for,
    invitation_with,
    link_with,
    membership_for,
    membership_in,
    waiting_for,
)
from groups.forms.joining import AcceptForm, JoinForm, ReasonForm
from groups.models import Group, Membership, MembershipStatus
from groups.models.invitations import token_sha256
from groups.queries import joining as queries
from groups.queries.memberships import real_name_of
from groups.queries.pages import page_of
from groups.services import joining as service
from groups.services.memberships import AlreadyMember
from groups.views.acts import act_once
from tuangou.core import limits
from tuangou.core.accounts import address_of
from tuangou.core.errors import DomainError
from tuangou.core.http import request_id_of
from tuangou.core.models import User
from tuangou.core.signin import sign_in

# wrong tokens from one network; docs/security.md does the arithmetic
GUESSES = ("invite.address", 30, timedelta(hours=1))

Join = Callable[[JoinForm, int | None], Membership]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponseBase:
    """/i/<token>/: what this group is, and the form. A dead link of any kind has one answer."""
    act, most, per = GUESSES
    limits.spend(act, address_of(request), most=most, per=per)
    found = invitation_with(token)
    if found is None:
        return _repeated(request, token) or _gone(request)
    limits.give_back(act, address_of(request))
    invitation_id = found.pk

    def join(form: JoinForm, user_id: int | None) -> Membership:
        return service.join_by_invitation(
            invitation_id=invitation_id,
            stranger=form.stranger(user_id=user_id, language=get_language() or "zh-hans"),
            agreed=form.agreed(),
            request_id=request_id_of(form),
        )

    return _door(request, found.group, join, by_link=False)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def compound_link(request: HttpRequest, token: str) -> HttpResponseBase:
    """/j/<token>/: the standing link; whoever comes by it waits for an officer."""
    act, most, per = GUESSES
    limits.spend(act, address_of(request), most=most, per=per)
    found = link_with(token)
    if found is None:
        return _gone(request)
    limits.give_back(act, address_of(request))
    link_id = found.pk

    def join(form: JoinForm, user_id: int | None) -> Membership:
        return service.join_by_link(
            link_id=link_id,
            stranger=form.stranger(user_id=user_id, language=get_language() or "zh-hans"),
            agreed=form.agreed(),
            request_id=request_id_of(form),
        )

    return _door(request, found.group, join, by_link=True)


def _door(request: HttpRequest, group: Group, join: Join, *, by_link: bool) -> HttpResponseBase:
    there = membership_in(request.user, group.pk)
    if there is not None:
        return _known_here(there, group)
    page = queries.door_page(group.pk)
    user = request.user if isinstance(request.user, User) else None
    form = JoinForm(
        request.POST if request.method == "POST" else None,
        buildings=page.buildings,
        rules=page.rules,
        known_phone=bool(user and user.phone),
        initial={"nickname": user.nickname, "real_name": real_name_of(user.pk)} if user else None,
    )
    if form.is_bound and form.is_valid():
        try:
            return _enter(request, join(form, user.pk if user else None))
        except service.LinkGone:
            return _gone(request)
        except DomainError as refusal:
            form.refuse(refusal)
    context = {"group": group, "form": form, "rules": page.rules, "by_link": by_link}
    return _quiet(
        render(
            request,
            "groups/joining/join.html",
            context | {"next": request.path},
            status=422 if form.is_bound else 200,
        )
    )


def _known_here(there: Membership, group: Group) -> HttpResponse:
    """She has been through this door: on to where she stands."""
    if there.status == MembershipStatus.ACTIVE:
        return redirect("orders:home", group.slug)
    if there.status == MembershipStatus.PENDING or there.activated_at is None:
        return redirect("groups:waiting", group.slug)
    raise AlreadyMember(_("你退过这个群。想回来，请团长恢复，不用再填一遍"))


def _enter(request: HttpRequest, membership: Membership) -> HttpResponseBase:
    """Signed in at once: to the group, or to the page where she waits."""
    name = "groups:waiting"
    if membership.status == MembershipStatus.ACTIVE:
        name = "orders:home"
        messages.success(request, _("进群了，现在就能下单。"))
    to = reverse(name, args=[membership.group.slug])
    if request.user.is_authenticated or membership.user is None:
        return redirect(to)
    return sign_in(request, membership.user, method="invitation", to=to)


def _repeated(request: HttpRequest, token: str) -> HttpResponseBase | None:
    """The form that used this link, sent a second time because the answer got lost."""
    form = ReasonForm(request.POST) if request.method == "POST" else None
    if form is None or not form.is_valid():
        return None
    membership = queries.joined_just_now(request_id_of(form), token_sha256(token))
    return _enter(request, membership) if membership else None


def _gone(request: HttpRequest) -> HttpResponse:
    return _quiet(render(request, "groups/joining/gone.html", status=404))


def _quiet(response: HttpResponse) -> HttpResponse:
    """Its address is a key: not for search engines, and told to no other site."""
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "same-origin"
    return response


@login_required
@never_cache
@require_GET
def waiting(request: HttpRequest, slug: str) -> HttpResponse:
    """Whose move it is, and what comes next."""
    membership, joining = waiting_for(request.user, slug)
    if membership.status == MembershipStatus.ACTIVE:
        return redirect("orders:home", slug)
    context = {
        "group": membership.group,
        "membership": membership,
        "page": queries.waiting_page(membership, joining),
    }
    return render(request, "groups/joining/waiting.html", context)


@login_required
@require_GET
def index(request: HttpRequest, slug: str) -> HttpResponse:
    """Who wants to come in: everyone for officers, her own flat's for a member."""
    return _index(request, membership_for(request.user, slug))


def _index(
    request: HttpRequest, member: Membership, wrong: Any = None, about: int = 0
) -> HttpResponse:
    buildings = queries.door_page(member.group_id).buildings if member.is_officer else []
    rows = [
        (
            person,
            wrong
            if isinstance(wrong, AcceptForm) and about == person.id
            else AcceptForm(auto_id=f"id_{person.id}_%s", buildings=buildings),
            wrong
            if isinstance(wrong, ReasonForm) and about == person.id
            else ReasonForm(auto_id=f"id_no_{person.id}_%s"),
        )
        for person in queries.applicants(member)
    ]
    context = page_of(request, member, "console" if member.is_officer else "me") | {
        "rows": rows,
        "form": wrong,
    }
    return render(request, "groups/joining/index.html", context, status=422 if wrong else 200)


@login_required
@require_POST
def accept(request: HttpRequest, slug: str, membership_id: int) -> HttpResponse:
    member, person = applicant_for(request.user, slug, membership_id)
    buildings = queries.door_page(member.group_id).buildings if member.is_officer else []
    form = AcceptForm(request.POST, auto_id=f"id_{person.pk}_%s", buildings=buildings)
    if act_once(
        request,
        form,
        group_id=member.group_id,
        act="groups.joining-accept",
        membership_id=person.pk,
        work=lambda: service.accept(
            membership_id=person.pk,
            actor_id=member.pk,
            same_person=form.cleaned_data["same_person"],
            door=form.new_door(),
        ),
    ):
        messages.success(request, _("好了，已经告诉这位邻居。"))
        return redirect("groups:joining", slug)
    return _index(request, member, form, person.pk)


@login_required
@require_POST
def reject(request: HttpRequest, slug: str, membership_id: int) -> HttpResponse:
    member, person = applicant_for(request.user, slug, membership_id)
    form = ReasonForm(request.POST, auto_id=f"id_no_{person.pk}_%s")
    if act_once(
        request,
        form,
        group_id=member.group_id,
        act="groups.joining-reject",
        membership_id=person.pk,
        work=lambda: service.reject(
            membership_id=person.pk, actor_id=member.pk, reason=form.cleaned_data["reason"]
        ),
    ):
        messages.success(request, _("没同意，理由已经告诉对方。"))
        return redirect("groups:joining", slug)
    return _index(request, member, form, person.pk)
