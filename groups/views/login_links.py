"""The initiator hands a neighbour a link; the neighbour signs in by it."""

from __future__ import annotations

from datetime import timedelta

import segno
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from groups.access import person_for_initiator
from groups.forms.groups import ButtonForm
from groups.models import Membership
from groups.queries.login_links import is_usable, open_login_link
from groups.queries.pages import page_of
from groups.services import login_links as service
from groups.views.acts import act_once, press_once
from tuangou.core import limits, sms
from tuangou.core.accounts import address_of
from tuangou.core.errors import DomainError
from tuangou.core.signin import sign_in

TRIES = ("login_link.address", 60, timedelta(hours=1))


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, slug: str, membership_id: int) -> HttpResponse:
    """Make a link. The answer to the button is the only place where it stands."""
    initiator, member = person_for_initiator(request.user, slug, membership_id)
    made: list[str] = []

    def work() -> None:
        _link, token = service.make_login_link(
            group_id=initiator.group_id, actor_id=initiator.pk, membership_id=member.pk
        )
        made.append(token)

    form = ButtonForm(request.POST if request.method == "POST" else None)
    if form.is_bound:
        act_once(
            request,
            form,
            group_id=initiator.group_id,
            act="groups.login-link",
            membership_id=member.pk,
            work=work,
        )
    context = page_of(request, initiator, "console") | {
        "form": form,
        "person": member,
        "open": open_login_link(initiator.group_id, member.pk),
    }
    if made:
        url = request.build_absolute_uri(reverse("login-link", args=[made[0]]))
        qr = segno.make(url, error="m").png_data_uri(scale=6, border=4)
        context |= {"url": url, "qr": qr, "words": _words(member, url)}
    status = 409 if form.errors else 200
    return render(request, "groups/login_links/page.html", context, status=status)


def _words(member: Membership, url: str) -> str:
    return _(
        "这是你进「%(group)s」的登录链接，点开按一下就能进。"
        "只能用一次，24 小时内有效，别转给别人：%(url)s"
    ) % {"group": member.group.name, "url": url}


@login_required
@require_POST
def revoke(request: HttpRequest, slug: str, membership_id: int) -> HttpResponse:
    initiator, member = person_for_initiator(request.user, slug, membership_id)
    press_once(
        request,
        ButtonForm(request.POST),
        group_id=initiator.group_id,
        act="groups.login-link-revoke",
        membership_id=member.pk,
        work=lambda: service.revoke_login_link(
            group_id=initiator.group_id, actor_id=initiator.pk, membership_id=member.pk
        ),
    )
    messages.success(request, _("收回了，那个链接不能再用"))
    return redirect("groups:login-link", slug, member.pk)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest, token: str) -> HttpResponseBase:
    """Looking uses nothing up (chats fetch links for their previews), the button does. Whose link
    it is stands nowhere before that."""
    act, most, per = TRIES
    if request.method != "POST":
        if is_usable(token):
            return render(request, "groups/login_links/enter.html", {"token": token})
        limits.spend(act, address_of(request), most=most, per=per)
        return _gone(request)
    try:
        entry = service.use_login_link(token=token)
    except DomainError:
        limits.spend(act, address_of(request), most=most, per=per)
        return _gone(request)
    if entry.user.phone is None and sms.is_offered():
        messages.info(request, _("下次想自己登录：在「我的」里进「设置」，加上手机号"))
    return sign_in(request, entry.user, method="link", to=reverse("orders:home", args=[entry.slug]))


def _gone(request: HttpRequest) -> HttpResponse:
    return render(request, "groups/login_links/gone.html", status=404)
