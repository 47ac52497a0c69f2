"""Vetting: what became of an application, and the decisions of the officers (M4, M5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from groups.access import officer_for
from groups.queries.settings import percent_text
from groups.views.acts import act_once, press_once
from merchants.access import (
    Caller,
    application_for_initiator,
    application_for_officer,
    caller_for,
    has_staff,
    keeper_for,
    vetting_for,
)
from merchants.forms.merchants import ButtonForm, CommissionForm, ReasonForm
from merchants.models import ApplicationStatus
from merchants.queries import applications as queries
from merchants.queries.agreements import agreement_at, latest_terms
from merchants.queries.appeals import appeal_of
from merchants.queries.onboarding import progress_of
from merchants.queries.vetting import wanting
from merchants.services import applications as service
from merchants.views.shared import frame
from tuangou.core import clock
from tuangou.core.http import RequestForm

Act = Callable[..., object]
STILL_FILLING_IN = (
    ApplicationStatus.DRAFT,
    ApplicationStatus.CHANGES_ASKED,
    ApplicationStatus.REJECTED,
    ApplicationStatus.EXITED,
)


@login_required
@require_GET
def application(request: HttpRequest, slug: str, merchant_id: int) -> HttpResponse:
    """Where an application stands, what came before, and what may be done now."""
    return _page(request, vetting_for(request.user, slug, merchant_id))


def _page(request: HttpRequest, caller: Caller, form: RequestForm | None = None) -> HttpResponse:
    row = caller.application
    agreement = agreement_at(application_id=row.pk, at=clock.now())
    agreed_bp = agreement.commission_bp if agreement else latest_terms(row).commission_bp
    steps = queries.history_of(row)
    terms = CommissionForm(initial={"commission": percent_text(agreed_bp)})
    context = frame(request, caller) | {
        "form": form or (terms if caller.is_initiator else ButtonForm()),
        "commission": percent_text(agreed_bp),
        "agreed": agreement is not None,
        "steps": steps,
        "asked": next((step.reason for step in steps if step.fact == "changes_asked"), ""),
    }
    if caller.keeps_goods and row.status in STILL_FILLING_IN:
        today = row.group.local(clock.now()).date()
        context["progress"] = progress_of(row, today=today)
    if row.status == ApplicationStatus.REJECTED:
        context["appeal"] = appeal_of(row)
    if caller.is_officer and caller.at_home:
        context["may_hand_over"] = not has_staff(row.merchant_id)
    status = 422 if form is not None else 200
    return render(request, "merchants/applications/show.html", context, status=status)


def _press(
    request: HttpRequest, slug: str, merchant_id: int, act: str, work: Act, said: str, **who: int
) -> HttpResponse:
    """One button that moves an application on."""
    group_id = who.pop("group_id")
    press_once(
        request,
        ButtonForm(request.POST),
        group_id=group_id,
        act=f"merchants.{act}",
        merchant_id=merchant_id,
        work=lambda: work(group_id=group_id, merchant_id=merchant_id, **who),
    )
    messages.success(request, said)
    return redirect("merchants:application", slug, merchant_id)


@login_required
@require_POST
def submit(request: HttpRequest, slug: str, merchant_id: int) -> HttpResponse:
    caller = keeper_for(request.user, slug, merchant_id)
    return _press(
        request,
        slug,
        merchant_id,
        "application-submit",
        service.submit,
        _("交给团长了，审核后这里会看到结果。"),
        group_id=caller.application.group_id,
        user_id=caller.user_id,
    )


@login_required
@require_POST
def review(request: HttpRequest, slug: str, merchant_id: int) -> HttpResponse:
    actor, row = application_for_officer(request.user, slug, merchant_id)
    return _press(
        request,
        slug,
        merchant_id,
        "application-review",
        service.start_review,
        _("开始审核。"),
        group_id=row.group_id,
        actor_id=actor.pk,
    )


@login_required
@require_POST
def reinstate(request: HttpRequest, slug: str, merchant_id: int) -> HttpResponse:
    actor, row = application_for_initiator(request.user, slug, merchant_id)
    return _press(
        request,
        slug,
        merchant_id,
        "application-reinstate",
        service.reinstate,
        _("恢复了，又能开团。"),
        group_id=row.group_id,
        actor_id=actor.pk,
    )


@login_required
@require_POST
def approve(request: HttpRequest, slug: str, merchant_id: int) -> HttpResponse:
    """The initiator agrees on a commission; a deputy approves at the rate that stands."""
    actor, row = application_for_officer(request.user, slug, merchant_id)
    form = CommissionForm(request.POST) if actor.holds_mandate else ButtonForm(request.POST)
    if act_once(
        request,
        form,
        group_id=row.group_id,
        act="merchants.application-approve",
        merchant_id=merchant_id,
        work=lambda: service.approve(
            group_id=row.group_id,
            merchant_id=merchant_id,
            actor_id=actor.pk,
            commission_bp=form.cleaned_data.get("commission"),
        ),
    ):
        messages.success(request, _("通过了。店主签好约定就能开团。"))
        return redirect("merchants:application", slug, merchant_id)
    caller = vetting_for(request.user, slug, merchant_id)
    return _page(request, caller, form)


def _decide(
    request: HttpRequest,
    slug: str,
    merchant_id: int,
    *,
    act: str,
    work: Act,
    said: str,
    actor_id: int,
    template: str,
    reason: str = "",
) -> HttpResponse:
    """A no with its reason, on a page of its own."""
    caller = caller_for(request.user, slug, merchant_id)
    form = ReasonForm(
        request.POST if request.method == "POST" else None, initial={"reason": reason}
    )
    group_id = caller.application.group_id
    if form.is_bound and act_once(
        request,
        form,
        group_id=group_id,
        act=f"merchants.{act}",
        merchant_id=merchant_id,
        work=lambda: work(
            group_id=group_id,
            merchant_id=merchant_id,
            actor_id=actor_id,
            reason=form.cleaned_data["reason"],
        ),
    ):
        messages.success(request, said)
        return redirect("merchants:application", slug, merchant_id)
    context = frame(request, caller) | _asking(slug, merchant_id, form)
    return render(request, template, context, status=422 if form.errors else 200)


def _asking(slug: str, merchant_id: int, form: Any) -> dict[str, Any]:
    stay = reverse("merchants:application", args=[slug, merchant_id])
    return {"form": form, "stay_url": stay}


@login_required
@require_http_methods(["GET", "POST"])
def ask_changes(request: HttpRequest, slug: str, merchant_id: int) -> HttpResponse:
    _officer, row = application_for_officer(request.user, slug, merchant_id)
    today = row.group.local(clock.now()).date()
    return _decide(
        request,
        slug,
        merchant_id,
        reason=wanting(row, today=today),
        act="application-ask-changes",
        work=service.ask_changes,
        said=_("退回去补材料了。"),
        actor_id=officer_for(request.user, slug).pk,
        template="merchants/applications/ask_changes.html",
    )


@login_required
@require_http_methods(["GET", "POST"])
def reject(request: HttpRequest, slug: str, merchant_id: int) -> HttpResponse:
    return _decide(
        request,
        slug,
        merchant_id,
        act="application-reject",
        work=service.reject,
        said=_("没通过，理由已写明。"),
        actor_id=officer_for(request.user, slug).pk,
        template="merchants/applications/reject.html",
    )


@login_required
@require_http_methods(["GET", "POST"])
def leave(request: HttpRequest, slug: str, merchant_id: int) -> HttpResponse:
    """The shop goes, asked once more."""
    caller = keeper_for(request.user, slug, merchant_id)
    form = ButtonForm(request.POST if request.method == "POST" else None)
    group_id = caller.application.group_id
    if form.is_bound and act_once(
        request,
        form,
        group_id=group_id,
        act="merchants.application-leave",
        merchant_id=merchant_id,
        work=lambda: service.leave(
            group_id=group_id, merchant_id=merchant_id, user_id=caller.user_id
        ),
    ):
        messages.success(request, _("退出了。想回来再提交一次就行。"))
        return redirect("merchants:application", slug, merchant_id)
    context = frame(request, caller) | _asking(slug, merchant_id, form)
    status = 422 if form.errors else 200
    return render(request, "merchants/applications/leave.html", context, status=status)
