"""Announcements: everyone reads, officers write after a look at what goes out to whom."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from groups.access import membership_for, officer_for
from groups.forms.announcements import AnnouncementForm
from groups.forms.groups import ButtonForm
from groups.models import Membership
from groups.queries.announcements import announcement_of, announcements_page, row_of
from groups.queries.notices import member_accounts
from groups.queries.pages import page_of
from groups.services import announcements as service
from groups.views.acts import act_once, press_once
from tuangou.core import clock
from tuangou.core.errors import InvalidInput


@login_required
@require_GET
def index(request: HttpRequest, slug: str) -> HttpResponse:
    """All of them, newest first; withdrawn ones keep their line."""
    member = membership_for(request.user, slug)
    page = announcements_page(
        member.group_id,
        at=clock.now(),
        officer=member.is_officer,
        before=request.GET.get("before", ""),
    )
    context = page_of(request, member, "home") | {"page": page, "older_url": page.older_url}
    return render(request, "groups/announcements/index.html", context)


@login_required
@require_GET
def show(request: HttpRequest, slug: str, announcement_id: int) -> HttpResponse:
    """One of them, with the words for the chat."""
    member = membership_for(request.user, slug)
    announcement = announcement_of(member.group_id, announcement_id)
    url = request.build_absolute_uri(reverse("groups:announcement", args=[slug, announcement.pk]))
    row = row_of(announcement, at=clock.now(), officer=member.is_officer)
    context = page_of(request, member, "home") | {
        "row": row,
        "for_chat": f"【{row.title}】\n{row.text}\n{url}" if not row.withdrawn_at else "",
    }
    return render(request, "groups/announcements/show.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, slug: str) -> HttpResponse:
    """Write, look at it once more with the number of people it goes to, send."""
    officer = officer_for(request.user, slug)
    if request.method != "POST":
        return _form(request, officer, AnnouncementForm())
    form = AnnouncementForm(request.POST)
    if "confirm" not in request.POST:
        if "edit" in request.POST:  # back from the check, with everything as typed
            return _form(request, officer, AnnouncementForm(initial=request.POST.dict()))
        return _check(request, officer, form)
    made: list[int] = []

    def work() -> None:
        made.append(
            service.publish(
                actor_id=officer.pk,
                title=form.cleaned_data["title"],
                text=form.cleaned_data["text"],
                pin_days=form.cleaned_data["pin_days"],
            ).pk
        )

    if act_once(request, form, group_id=officer.group_id, act="groups.announce", work=work):
        messages.success(request, _("发出去了。下面这段可以贴到群里。"))
        if made:
            return redirect("groups:announcement", slug, made[0])
        return redirect("groups:announcements", slug)
    return _form(request, officer, form)


def _check(request: HttpRequest, officer: Membership, form: AnnouncementForm) -> HttpResponse:
    if form.is_valid():
        try:
            text = service.lines(form.cleaned_data["text"])
            title = service.heading(form.cleaned_data["title"])
        except InvalidInput as refusal:
            form.refuse(refusal)
        else:
            context = page_of(request, officer, "home") | {
                "form": form,
                "title": title,
                "text": text,
                "people": len(member_accounts(officer.group_id, but=request.user.pk)),
            }
            return render(request, "groups/announcements/check.html", context)
    return _form(request, officer, form)


def _form(request: HttpRequest, officer: Membership, form: AnnouncementForm) -> HttpResponse:
    context = page_of(request, officer, "home") | {"form": form}
    status = 422 if form.errors else 200
    return render(request, "groups/announcements/new.html", context, status=status)


@login_required
@require_POST
def withdraw(request: HttpRequest, slug: str, announcement_id: int) -> HttpResponse:
    """Off the pages; the line in the list stays."""
    officer = officer_for(request.user, slug)
    announcement = announcement_of(officer.group_id, announcement_id)
    press_once(
        request,
        ButtonForm(request.POST),
        group_id=officer.group_id,
        act="groups.announcement-withdraw",
        announcement_id=announcement.pk,
        work=lambda: service.withdraw(announcement_id=announcement.pk, actor_id=officer.pk),
    )
    messages.success(request, _("撤下了。邻居看不到内容了。"))
    return redirect("groups:announcement", slug, announcement.pk)
