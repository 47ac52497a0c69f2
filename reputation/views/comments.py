"""Comments under a round: said by members, taken off the page by officers with a reason (R1)."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from groups.queries.pages import page_of
from groups.views.acts import act_once
from orders.access import round_for_member
from reputation.access.ratings import comment_for_officer, round_said
from reputation.forms.ratings import CommentForm, HidingForm
from reputation.queries.comments import comment_row
from reputation.queries.ratings import ratings_page
from reputation.services import comments as service
from reputation.views.ratings import list_context, round_context
from tuangou.core import limits

MOST_A_DAY = 20


def _there(slug: str, round_id: int) -> str:
    return reverse("reputation:round-said", args=[slug, round_id]) + "#comments"


@login_required
@require_POST
def new(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """A member says something; a refused form comes back on the round's page."""
    member, rnd = round_for_member(request.user, slug, round_id)
    limits.spend("reputation.comment", str(member.pk), most=MOST_A_DAY, per=timedelta(days=1))
    form = CommentForm(request.POST)
    if act_once(
        request,
        form,
        group_id=member.group_id,
        act="comment.make",
        round_id=rnd.pk,
        work=lambda: service.comment(
            round_id=rnd.pk, actor_id=member.pk, text=form.cleaned_data["text"]
        ),
    ):
        messages.success(request, _("说好了，大家都看得到。"))
        return redirect(_there(slug, rnd.pk))
    reader = round_said(request.user, slug, rnd.pk)
    page = ratings_page(member.group_id, reader.reader, round_id=rnd.pk)
    context = round_context(request, reader) | list_context(page) | {"form": form}
    return render(request, "reputation/ratings/round.html", context, status=422)


@login_required
@require_http_methods(["GET", "POST"])
def hide(request: HttpRequest, slug: str, comment_id: int) -> HttpResponse:
    """An officer takes a comment off the page; its words are kept."""
    officer, row = comment_for_officer(request.user, slug, comment_id)
    form = HidingForm(request.POST if request.method == "POST" else None)
    if form.is_bound and act_once(
        request,
        form,
        group_id=officer.group_id,
        act="comment.hide",
        comment_id=row.pk,
        work=lambda: service.hide(
            group_id=officer.group_id,
            comment_id=row.pk,
            actor_id=officer.pk,
            reason=form.cleaned_data["reason"],
        ),
    ):
        messages.success(request, _("收起了，理由大家看得到。"))
        return redirect(_there(slug, row.round_id))
    context = page_of(request, officer, "console") | {
        "form": form,
        "round": row.round,
        "comment": comment_row(row),
    }
    status = 422 if form.errors else 200
    return render(request, "reputation/comments/hide.html", context, status=status)
