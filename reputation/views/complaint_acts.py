"""What sides, initiator and panel do in a complaint: answer, agree, rule, appeal (R2, R3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from reputation.access.complaints import (
    Visit,
    complainant_for,
    judge_for,
    mediator_for,
    party_for,
    respondent_for,
)
from reputation.forms.complaints import (
    AppealForm,
    OutcomeForm,
    ResponseForm,
    RulingForm,
    SuggestionForm,
)
from reputation.queries.complaints import story_of
from reputation.services import complaints, mediation, responses, rulings
from reputation.views.complaints import frame_of, page
from tuangou.core.errors import DomainError, InvalidInput
from tuangou.core.http import RequestForm, request_id_of


@login_required
@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, slug: str, complaint_id: int) -> HttpResponse:
    """The one answer, in two steps: what is said, then how neighbours will read it."""
    visit = respondent_for(request.user, slug, complaint_id)
    data = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = ResponseForm(*data)
    preview = False
    if form.is_bound and form.is_valid():
        try:
            if request.POST.get("step") == "send":
                responses.respond(
                    complaint_id=complaint_id,
                    user_id=visit.user_id,
                    said=form.words(),
                    files=form.cleaned_data["evidence"],
                    request_id=request_id_of(form),
                )
                messages.success(request, _("答复了，邻居都看得到。"))
                return redirect("reputation:complaint", slug, complaint_id)
            responses.check(form.words(), None)
            preview = True
        except DomainError as refusal:
            form.refuse(refusal)
            preview = request.POST.get("step") == "send" and refusal.field == "evidence"
    context = frame_of(request, visit) | {
        "form": form,
        "story": story_of(visit),
        "preview": preview,
    }
    status = 422 if form.errors else 200
    return render(request, "reputation/complaints/answer.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def rule(request: HttpRequest, slug: str, complaint_id: int) -> HttpResponse:
    """The initiator's ruling or a panel member's vote; it counts with a second tap on a summary."""
    visit = judge_for(request.user, slug, complaint_id, sent=request.method == "POST")
    form = RulingForm(request.POST if request.method == "POST" else None)
    summary = False
    if form.is_bound and form.is_valid():
        try:
            if request.POST.get("step") == "confirm":
                _decide(visit, form)
                messages.success(request, _("记下了，双方都看得到。"))
                return redirect("reputation:complaint", slug, complaint_id)
            rulings.check(form.decision())
            summary = True
        except DomainError as refusal:
            form.refuse(refusal)
    context = frame_of(request, visit) | {
        "form": form,
        "story": story_of(visit),
        "summary": summary,
        "chosen": _chosen(form) if summary else "",
        "votes": not visit.is_judge,
    }
    status = 422 if form.errors else 200
    return render(request, "reputation/complaints/rule.html", context, status=status)


def _decide(visit: Visit, form: RulingForm) -> None:
    act: dict[str, Any] = {
        "complaint_id": visit.complaint.pk,
        "decision": form.decision(),
        "request_id": request_id_of(form),
    }
    if visit.is_judge:
        rulings.rule(actor_id=visit.member_id, **act)
    else:
        rulings.vote(member_id=visit.member_id, **act)


def _chosen(form: RulingForm) -> str:
    """The verdict with its severity, in words."""
    decision = form.decision()
    verdicts = dict(form.fields["verdict"].choices)  # type: ignore[attr-defined]
    severities = dict(form.fields["severity"].choices)  # type: ignore[attr-defined]
    word = str(verdicts[decision.verdict])
    if not decision.severity:
        return word
    return _("%(verdict)s（%(severity)s）") % {
        "verdict": word,
        "severity": severities[decision.severity],
    }


@login_required
@require_POST
def suggest(request: HttpRequest, slug: str, complaint_id: int) -> HttpResponse:
    """How it could be settled."""
    visit = mediator_for(request.user, slug, complaint_id)
    form = SuggestionForm(request.POST)

    def act() -> None:
        mediation.suggest(
            complaint_id=complaint_id,
            user_id=visit.user_id,
            side=visit.side,
            text=form.cleaned_data["text"],
            request_id=request_id_of(form),
        )

    return _sent(request, visit, form, act, "suggestion_form", _("提了，看对方怎么说。"))


@login_required
@require_POST
def appeal(request: HttpRequest, slug: str, complaint_id: int) -> HttpResponse:
    """A side does not accept the ruling."""
    visit = party_for(request.user, slug, complaint_id)
    form = AppealForm(request.POST)

    def act() -> None:
        rulings.appeal(
            complaint_id=complaint_id,
            user_id=visit.user_id,
            side=visit.side,
            text=form.cleaned_data["text"],
            request_id=request_id_of(form),
        )

    done = _("申诉交上去了，抽三位无关的邻居再看一遍。")
    return _sent(request, visit, form, act, "appeal_form", done)


@login_required
@require_POST
def rate(request: HttpRequest, slug: str, complaint_id: int) -> HttpResponse:
    """How the complainant finds the outcome."""
    visit = complainant_for(request.user, slug, complaint_id)
    form = OutcomeForm(request.POST)

    def act() -> None:
        rulings.rate(
            complaint_id=complaint_id,
            user_id=visit.user_id,
            stars=form.cleaned_data["stars"],
            request_id=request_id_of(form),
        )

    return _sent(request, visit, form, act, "outcome_form", _("谢谢，记下了。"))


def _sent(
    request: HttpRequest,
    visit: Visit,
    form: RequestForm,
    act: Callable[[], None],
    name: str,
    done: str,
) -> HttpResponse:
    """Do what the form asks, or show the page again with what was typed."""
    if form.is_valid():
        try:
            act()
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, done)
            return redirect("reputation:complaint", visit.group.slug, visit.complaint.pk)
    return page(request, visit, {name: form})


@login_required
@require_POST
def agree(request: HttpRequest, slug: str, complaint_id: int, suggestion_id: int) -> HttpResponse:
    """Yes to a suggestion."""
    visit = party_for(request.user, slug, complaint_id)
    mediation.agree(
        complaint_id=complaint_id,
        suggestion_id=suggestion_id,
        user_id=visit.user_id,
        side=visit.side,
        request_id=_pressed(request),
    )
    return redirect("reputation:complaint", slug, complaint_id)


@login_required
@require_POST
def settle(request: HttpRequest, slug: str, complaint_id: int) -> HttpResponse:
    """「这样可以」: the answer settles the matter."""
    visit = complainant_for(request.user, slug, complaint_id)
    mediation.settle(
        complaint_id=complaint_id,
        member_id=visit.complaint.made_by_id,
        user_id=visit.user_id,
        request_id=_pressed(request),
    )
    messages.success(request, _("了结了。"))
    return redirect("reputation:complaint", slug, complaint_id)


@login_required
@require_POST
def withdraw(request: HttpRequest, slug: str, complaint_id: int) -> HttpResponse:
    """The complainant takes it back."""
    visit = complainant_for(request.user, slug, complaint_id)
    complaints.withdraw(
        complaint_id=complaint_id,
        actor_id=visit.complaint.made_by_id,
        request_id=_pressed(request),
    )
    messages.success(request, _("撤回了。"))
    return redirect("reputation:complaint", slug, complaint_id)


@login_required
@require_POST
def press(request: HttpRequest, slug: str, complaint_id: int) -> HttpResponse:
    """「谈不拢，请裁定」."""
    visit = party_for(request.user, slug, complaint_id)
    mediation.ask_ruling(
        complaint_id=complaint_id,
        user_id=visit.user_id,
        side=visit.side,
        request_id=_pressed(request),
    )
    return redirect("reputation:complaint", slug, complaint_id)


@login_required
@require_POST
def confirm(request: HttpRequest, slug: str, complaint_id: int) -> HttpResponse:
    """「补偿收到了」."""
    visit = complainant_for(request.user, slug, complaint_id)
    responses.confirm_remedy(
        complaint_id=complaint_id, user_id=visit.user_id, request_id=_pressed(request)
    )
    messages.success(request, _("记下了：补偿到了。"))
    return redirect("reputation:complaint", slug, complaint_id)


def _pressed(request: HttpRequest) -> Any:
    """The request id of a single button."""
    form = RequestForm(request.POST)
    if not form.is_valid():
        raise InvalidInput(_("这个按钮按得不对。回到上一页，刷新后再按"))
    return request_id_of(form)
