"""Complaints: the group's list, making one, and reading one as far as one may (R2)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from groups.access import membership_for
from groups.queries.pages import Inbox, page_of
from merchants.access import caller_for
from merchants.views.shared import frame
from reputation.access.complaints import Visit, case_of, complaint_for, file_for
from reputation.forms.complaints import (
    VIEWS,
    AppealForm,
    ComplaintForm,
    ListForm,
    OutcomeForm,
    SuggestionForm,
)
from reputation.models.complaints import FileKind, Side
from reputation.models.responses import ResponseKind
from reputation.models.rulings import Verdict
from reputation.queries.complaints import (
    ComplaintsPage,
    Story,
    complaints_page,
    is_promised,
    lines_of,
    story_of,
)
from reputation.services.complaints import complain
from tuangou.core import clock
from tuangou.core.errors import DomainError
from tuangou.core.http import request_id_of


@login_required
@require_GET
def index(request: HttpRequest, slug: str) -> HttpResponse:
    """Every case of the group, without names; or her own."""
    member = membership_for(request.user, slug)
    view, before = ListForm(request.GET).asked()
    page = complaints_page(
        member.group_id, view=view, mine=member if view == "mine" else None, before=before
    )
    here = reverse("reputation:complaints", args=[slug])
    context = page_of(request, member, "merchants") | _list(page, here, view)
    return render(request, "reputation/complaints/index.html", context)


@login_required
@require_GET
def of_merchant(request: HttpRequest, slug: str, merchant_id: int) -> HttpResponse:
    """Cases about one shop: for members, and for its staff, who answer them."""
    caller = caller_for(request.user, slug, merchant_id)
    view, before = ListForm(request.GET).asked()
    view = "" if view == "mine" else view
    page = complaints_page(
        caller.application.group_id, merchant_id=merchant_id, view=view, before=before
    )
    here = reverse("reputation:merchant-complaints", args=[slug, merchant_id])
    context = frame(request, caller) | _list(page, here, view, own=False)
    return render(request, "reputation/complaints/index.html", context)


def _list(page: ComplaintsPage, here: str, view: str, *, own: bool = True) -> dict[str, Any]:
    kept = {"view": view} if view else {}
    older = urlencode(kept | {"before": str(page.older)})
    return {
        "page": page,
        "filters": [
            {
                "label": label,
                "url": f"{here}?view={code}" if code else here,
                "current": code == view,
                "count": page.undecided if code == "open" else None,
            }
            for code, label in VIEWS.items()
            if own or code != "mine"
        ],
        "older": f"?{older}" if page.older else "",
    }


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, slug: str) -> HttpResponse:
    """About whom, which goods, what, how bad, and what shows it."""
    member = membership_for(request.user, slug)
    lines = lines_of(member, at=clock.now())
    data = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    asked = {"line": request.GET.get("line", ""), "against": request.GET.get("against", "merchant")}
    form = ComplaintForm(*data, lines=lines, initial=asked)
    if form.is_bound and form.is_valid():
        try:
            made = complain(
                actor_id=member.pk,
                said=form.said(),
                files=form.cleaned_data["evidence"],
                request_id=request_id_of(form),
            )
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            code = {"code": made.code}
            messages.success(request, _("交上去了，编号 %(code)s。对方 24 小时内答复。") % code)
            return redirect("reputation:complaint", slug, made.pk)
    context = page_of(request, member, "mine") | {"form": form, "lines": lines}
    status = 422 if form.errors else 200
    return render(request, "reputation/complaints/new.html", context, status=status)


@login_required
@require_GET
def show(request: HttpRequest, slug: str, complaint_id: int) -> HttpResponse:
    """One case: everybody reads it without names, the sides act on it."""
    return page(request, complaint_for(request.user, slug, complaint_id))


def page(request: HttpRequest, visit: Visit, refused: dict[str, Any] | None = None) -> HttpResponse:
    """The page of a complaint; `refused` is a form that was sent back, by its name."""
    story = story_of(visit)
    context = (
        frame_of(request, visit)
        | {"story": story, "suggestion_form": SuggestionForm(), "appeal_form": AppealForm()}
        | {"outcome_form": OutcomeForm()}
        | may(visit, story)
        | (refused or {})
    )
    status = 422 if refused else 200
    return render(request, "reputation/complaints/show.html", context, status=status)


def may(visit: Visit, story: Story) -> dict[str, bool]:
    """Which buttons this reader has now."""
    complaint, at = visit.complaint, clock.now()
    undecided, hers = complaint.is_undecided, visit.is_complainant
    party = visit.side in (Side.MEMBER, Side.RESPONDENT)
    negotiable = undecided and not complaint.is_unsafe
    early = complaint.status == "open" and at < complaint.answer_due_at
    due = at >= complaint.mediate_until
    open_appeal = story.appeal_until is not None and at <= story.appeal_until
    ended = story.ruling is not None and story.ruling.verdict != Verdict.WITHDRAWN
    return {
        "may_answer": undecided and visit.is_respondent and story.response is None,
        "may_settle": negotiable and hers and complaint.status == "answered",
        "may_withdraw": negotiable and hers,
        "may_suggest": negotiable and bool(visit.side),
        "may_press": undecided and party and not early and not due,
        "may_rule": undecided and visit.is_judge and due,
        "may_vote": visit.panel is not None,
        "may_appeal": party and complaint.status == "ruled" and open_appeal,
        "may_confirm": hers and is_promised(story),
        "may_rate": hers and ended and story.rated is None,
        "is_remedy": story.response is not None and story.response.kind == ResponseKind.REMEDY,
    }


def frame_of(request: HttpRequest, visit: Visit) -> dict[str, Any]:
    """Context for base.html; staff who are no members get no menu of the group."""
    shared = {"visit": visit, "complaint": visit.complaint}
    if visit.membership is not None:
        return page_of(request, visit.membership, "merchants") | shared
    return {"group": visit.group, "inbox": Inbox(reverse("notices"))} | shared


@login_required
@require_GET
def of(request: HttpRequest, slug: str, evidence: str, evidence_id: int) -> HttpResponse:
    """From a page of the ledger to the case that proves it."""
    member = membership_for(request.user, slug)
    return redirect("reputation:complaint", slug, case_of(member.group_id, evidence, evidence_id))


@login_required
@require_GET
def file(request: HttpRequest, slug: str, complaint_file_id: int) -> FileResponse:
    """What a side showed. A picture opens in the page; a PDF is only ever downloaded."""
    shown = file_for(request.user, slug, complaint_file_id)
    picture = shown.kind == FileKind.PICTURE
    response = FileResponse(
        shown.file.open("rb"),
        as_attachment=not picture,
        filename=f"complaint-{shown.pk}.{'webp' if picture else 'pdf'}",
        content_type="image/webp" if picture else "application/pdf",
    )
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    return response
