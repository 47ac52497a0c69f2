"""Who I am here, and how to get help."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from groups.access import membership_for, person_for_initiator, person_for_officer
from groups.forms.groups import ButtonForm
from groups.queries.joining import person_page
from groups.queries.memberships import deputies_of, groups_of, initiator_of, readable_phone
from groups.queries.pages import page_of
from groups.services import memberships as service
from groups.views.acts import act_once, press_once


@login_required
@require_GET
def me(request: HttpRequest, slug: str) -> HttpResponse:
    """Who I am, where I live, the ways to my settings, and the way out."""
    member = membership_for(request.user, slug)
    context = page_of(request, member, "me") | {
        "phone": readable_phone(member.user.phone if member.user else None),
        "groups": [row for row in groups_of(request.user.pk or 0) if row.slug != slug],
    }
    return render(request, "groups/memberships/me.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def leave(request: HttpRequest, slug: str) -> HttpResponse:
    """By herself, asked once more; her orders and her money stay. The initiator in office stays."""
    member = membership_for(request.user, slug)
    form = ButtonForm(request.POST if request.method == "POST" else None)
    if form.is_bound and act_once(
        request,
        form,
        group_id=member.group_id,
        act="groups.leave",
        membership_id=member.pk,
        work=lambda: service.leave(membership_id=member.pk),
    ):
        messages.success(request, _("退群了。单子和钱都还在，想回来找团长恢复。"))
        return redirect("home")
    context = page_of(request, member, "me") | {
        "form": form,
        "stay_url": reverse("groups:me", args=[slug]),
        "loss": True,
    }
    status = 409 if form.errors else 200
    return render(request, "groups/memberships/leave.html", context, status=status)


@login_required
@require_GET
def help_page(request: HttpRequest, slug: str) -> HttpResponse:
    """How it works here, and whom to call."""
    member = membership_for(request.user, slug)
    initiator = initiator_of(member.group_id)
    context = page_of(request, member) | {
        "initiator": initiator,
        "phone": readable_phone(initiator.user.phone if initiator.user else None),
        "deputies": deputies_of(member.group_id),
    }
    return render(request, "groups/memberships/help.html", context)


@login_required
@require_GET
def person(request: HttpRequest, slug: str, membership_id: int) -> HttpResponse:
    """One neighbour as the officers know her: who brought her, what she agreed to, her state."""
    viewer, member = person_for_officer(request.user, slug, membership_id)
    context = page_of(request, viewer, "console") | {"page": person_page(viewer, member)}
    return render(request, "groups/memberships/person.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, slug: str, membership_id: int) -> HttpResponse:
    """Asked once more; her orders and her money stay."""
    initiator, member = person_for_initiator(request.user, slug, membership_id)
    form = ButtonForm(request.POST if request.method == "POST" else None)
    if form.is_bound and act_once(
        request,
        form,
        group_id=initiator.group_id,
        act="groups.member-remove",
        membership_id=member.pk,
        work=lambda: service.remove(membership_id=member.pk, actor_id=initiator.pk),
    ):
        messages.success(request, _("移出了。单子和钱都还在，要回来就点恢复。"))
        return redirect("groups:member", slug, member.pk)
    context = page_of(request, initiator, "console") | {
        "form": form,
        "person": member,
        "stay_url": reverse("groups:member", args=[slug, member.pk]),
        "loss": True,
    }
    return render(
        request, "groups/memberships/remove.html", context, status=409 if form.errors else 200
    )


@login_required
@require_POST
def restore(request: HttpRequest, slug: str, membership_id: int) -> HttpResponse:
    """Somebody who left, was removed or was refused is a member again."""
    initiator, member = person_for_initiator(request.user, slug, membership_id)
    press_once(
        request,
        ButtonForm(request.POST),
        group_id=initiator.group_id,
        act="groups.member-restore",
        membership_id=member.pk,
        work=lambda: service.activate(membership_id=member.pk, actor_id=initiator.pk),
    )
    messages.success(request, _("恢复了，又是群友。"))
    return redirect("groups:member", slug, member.pk)
