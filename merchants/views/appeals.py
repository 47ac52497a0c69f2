"""A shop appeals against its rejection; another officer answers (M4)."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from groups.views.acts import act_once
from merchants.access import appeal_for_officer, shop_for
from merchants.forms.members import AppealAnswerForm, AppealForm
from merchants.services import appeals as service
from merchants.views.shared import frame


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, slug: str, merchant_id: int) -> HttpResponse:
    """The shop says what is wrong with the decision."""
    caller = shop_for(request.user, slug, merchant_id)
    form = AppealForm(request.POST if request.method == "POST" else None)
    if form.is_bound and act_once(
        request,
        form,
        group_id=caller.application.group_id,
        act="merchants.appeal-new",
        merchant_id=merchant_id,
        work=lambda: service.appeal(
            group_id=caller.application.group_id,
            merchant_id=merchant_id,
            user_id=caller.user_id,
            text=form.cleaned_data["text"],
        ),
    ):
        messages.success(request, _("申诉交上去了，答复会告诉你。"))
        return redirect("merchants:application", slug, merchant_id)
    context = frame(request, caller) | {"form": form}
    status = 422 if form.errors else 200
    return render(request, "merchants/appeals/new.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, slug: str, merchant_id: int) -> HttpResponse:
    """An officer answers the appeal that waits."""
    caller, officer, row = appeal_for_officer(request.user, slug, merchant_id)
    form = AppealAnswerForm(request.POST if request.method == "POST" else None)
    if form.is_bound and act_once(
        request,
        form,
        group_id=officer.group_id,
        act="merchants.appeal-answer",
        appeal_id=row.pk,
        work=lambda: service.answer_appeal(
            group_id=officer.group_id,
            merchant_id=merchant_id,
            actor_id=officer.pk,
            granted=form.cleaned_data["granted"] == "yes",
            reason=form.cleaned_data["reason"],
        ),
    ):
        messages.success(request, _("答复了，店里会收到。"))
        return redirect("merchants:application", slug, merchant_id)
    context = frame(request, caller) | {"form": form, "appeal": row}
    status = 422 if form.errors else 200
    return render(request, "merchants/appeals/answer.html", context, status=status)
