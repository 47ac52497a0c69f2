"""Questions to a merchant before everybody, and what the shop says (W6)."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from groups.access import membership_for
from groups.views.acts import act_once
from merchants.access import caller_for, question_for_initiator, question_for_staff
from merchants.forms.members import AnswerForm, HidingForm, QuestionForm
from merchants.queries.questions import question_row
from merchants.services import questions as service
from merchants.views.shared import frame
from tuangou.core import clock, limits

TRIES_A_DAY = 30


def _there(slug: str, merchant_id: int) -> str:
    return reverse("merchants:merchant", args=[slug, merchant_id]) + "#questions"


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, slug: str, merchant_id: int) -> HttpResponse:
    """A member asks."""
    member = membership_for(request.user, slug)
    caller = caller_for(request.user, slug, merchant_id)
    if request.method == "POST":
        day = timedelta(days=1)
        limits.spend("merchants.question", str(member.pk), most=TRIES_A_DAY, per=day)
    form = QuestionForm(request.POST if request.method == "POST" else None)
    if form.is_bound and act_once(
        request,
        form,
        group_id=member.group_id,
        act="merchants.question-new",
        merchant_id=merchant_id,
        work=lambda: service.ask(
            group_id=member.group_id,
            merchant_id=merchant_id,
            actor_id=member.pk,
            text=form.cleaned_data["text"],
        ),
    ):
        messages.success(request, _("问出去了。店里答了会告诉你，答没答大家都看得到。"))
        return redirect(_there(slug, merchant_id))
    context = frame(request, caller) | {"form": form}
    status = 422 if form.errors else 200
    return render(request, "merchants/questions/new.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def answer(
    request: HttpRequest, slug: str, merchant_id: int, merchant_question_id: int
) -> HttpResponse:
    """The shop's staff answer, and say what happens if it fails."""
    caller, row = question_for_staff(request.user, slug, merchant_id, merchant_question_id)
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if form.is_bound and act_once(
        request,
        form,
        group_id=row.group_id,
        act="merchants.question-answer",
        question_id=row.pk,
        work=lambda: service.answer(
            group_id=row.group_id,
            question_id=row.pk,
            user_id=caller.user_id,
            text=form.cleaned_data["text"],
            if_it_fails=form.cleaned_data["if_it_fails"],
        ),
    ):
        messages.success(request, _("答好了，问的邻居会收到。"))
        return redirect(_there(slug, merchant_id))
    context = frame(request, caller) | {
        "form": form,
        "question": question_row(row, at=clock.now(), reads_hidden=True),
    }
    status = 422 if form.errors else 200
    return render(request, "merchants/questions/answer.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def hide(
    request: HttpRequest, slug: str, merchant_id: int, merchant_question_id: int
) -> HttpResponse:
    """The initiator takes a question off the page; its words are kept."""
    caller, row = question_for_initiator(request.user, slug, merchant_id, merchant_question_id)
    form = HidingForm(request.POST if request.method == "POST" else None)
    if form.is_bound and act_once(
        request,
        form,
        group_id=row.group_id,
        act="merchants.question-hide",
        question_id=row.pk,
        work=lambda: service.hide(
            group_id=row.group_id,
            question_id=row.pk,
            actor_id=caller.membership.pk if caller.membership else 0,
            reason=form.cleaned_data["reason"],
        ),
    ):
        messages.success(request, _("收起了，理由大家看得到。"))
        return redirect(_there(slug, merchant_id))
    context = frame(request, caller) | {
        "form": form,
        "question": question_row(row, at=clock.now(), reads_hidden=True),
    }
    status = 422 if form.errors else 200
    return render(request, "merchants/questions/hide.html", context, status=status)
