"""A member's links for her neighbours, and the standing link that officers keep."""

from __future__ import annotations

import segno
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from groups.access import invitation_for, membership_for, officer_for
from groups.forms.groups import ButtonForm
from groups.models import Membership
from groups.queries.invitations import invitations_page
from groups.queries.pages import page_of
from groups.services import invitations as service
from groups.views.acts import press_once
from tuangou.core import clock


@login_required
@never_cache
@require_GET
def index(request: HttpRequest, slug: str) -> HttpResponse:
    """Make a link; what became of mine."""
    return _index(request, membership_for(request.user, slug))


def _index(request: HttpRequest, member: Membership, token: str = "") -> HttpResponse:
    page = invitations_page(member, at=clock.now())
    context = page_of(request, member, "me") | {"page": page}
    if token:
        url = request.build_absolute_uri(reverse("invitation", args=[token]))
        context |= {"url": url, "qr": _qr(url), "words": _for_one(member, url)}
    if page.link and page.link.token:
        url = request.build_absolute_uri(reverse("compound-link", args=[page.link.token]))
        context |= {"link_url": url, "link_qr": _qr(url), "link_words": _for_all(member, url)}
    return render(request, "groups/invitations/index.html", context)


def _qr(url: str) -> str:
    """A picture in the page itself: the token is in no other address."""
    return segno.make(url, error="m").png_data_uri(scale=6, border=4)


def _for_one(member: Membership, url: str) -> str:
    return _(
        "邀请你进「%(group)s」，邻居一起买。点开填门牌就能下单，只能用一次，7 天内有效：%(url)s"
    ) % {"group": member.group.name, "url": url}


def _for_all(member: Membership, url: str) -> str:
    return _("%(compound)s的邻居可以申请进「%(group)s」，团长核对后就能下单：%(url)s") % {
        "compound": member.group.compound,
        "group": member.group.name,
        "url": url,
    }


@login_required
@never_cache
@require_POST
def new(request: HttpRequest, slug: str) -> HttpResponse:
    """The page itself is the answer: the link stands on it once, and nowhere else."""
    member = membership_for(request.user, slug)
    made: list[str] = []

    def work() -> None:
        _invitation, token = service.make_invitation(group_id=member.group_id, actor_id=member.pk)
        made.append(token)

    press_once(
        request,
        ButtonForm(request.POST),
        group_id=member.group_id,
        act="groups.invitation-new",
        work=work,
    )
    if not made:
        messages.info(request, _("刚才那个链接只显示一次。没抄下来就收回它，再做一个。"))
        return redirect("groups:invitations", slug)
    return _index(request, member, made[0])


@login_required
@require_POST
def revoke(request: HttpRequest, slug: str, invitation_id: int) -> HttpResponse:
    member, invitation = invitation_for(request.user, slug, invitation_id)
    press_once(
        request,
        ButtonForm(request.POST),
        group_id=member.group_id,
        act="groups.invitation-revoke",
        invitation_id=invitation.pk,
        work=lambda: service.revoke_invitation(
            group_id=member.group_id, actor_id=member.pk, invitation_id=invitation.pk
        ),
    )
    messages.success(request, _("收回了，那个链接不能用了。"))
    return redirect("groups:invitations", slug)


@login_required
@require_POST
def renew_link(request: HttpRequest, slug: str) -> HttpResponse:
    officer = officer_for(request.user, slug)
    press_once(
        request,
        ButtonForm(request.POST),
        group_id=officer.group_id,
        act="groups.link-renew",
        work=lambda: service.renew_link(group_id=officer.group_id, actor_id=officer.pk),
    )
    messages.success(request, _("小区链接换好了，旧的不能用了。"))
    return redirect("groups:invitations", slug)


@login_required
@require_POST
def close_link(request: HttpRequest, slug: str) -> HttpResponse:
    officer = officer_for(request.user, slug)
    press_once(
        request,
        ButtonForm(request.POST),
        group_id=officer.group_id,
        act="groups.link-close",
        work=lambda: service.close_link(group_id=officer.group_id, actor_id=officer.pk),
    )
    messages.success(request, _("小区链接关了。"))
    return redirect("groups:invitations", slug)
