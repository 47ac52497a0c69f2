"""Vetting, line by line: what members read and officers fill in (M4)."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from groups.access import initiator_for
from groups.queries.pages import page_of
from groups.views.acts import act_once
from merchants.access import application_for_officer, caller_for, line_of, papers_for
from merchants.forms.vetting import ChecklistForm, LikenessForm, LineForm
from merchants.models import Category
from merchants.models.vetting import DEFAULTS, PAPERS
from merchants.queries import vetting as queries
from merchants.services import vetting as service
from merchants.views.documents import serve
from merchants.views.shared import frame
from tuangou.core import clock


@login_required
@require_GET
def show(request: HttpRequest, slug: str, merchant_id: int) -> HttpResponse:
    """Every line: who looked, when, what she found. Officers also see what stands against it."""
    caller = caller_for(request.user, slug, merchant_id)
    row = caller.application
    state = queries.vetting_of(row, today=row.group.local(clock.now()).date())
    context = frame(request, caller) | {
        "vetting": state,
        "clashes": queries.clashes_of(row) if caller.is_officer else [],
        "reviewing": caller.is_officer and (row.is_back or row.status == "in_review"),
        "insider": caller.is_officer or caller.is_staff,
    }
    return render(request, "merchants/vetting/show.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def line(request: HttpRequest, slug: str, merchant_id: int, checklist_line_id: int) -> HttpResponse:
    """One line: the papers beside the fields."""
    officer, row = application_for_officer(request.user, slug, merchant_id)
    found = line_of(row.group_id, checklist_line_id)
    form = LineForm(request.POST if request.method == "POST" else None, line=found)
    if form.is_bound and act_once(
        request,
        form,
        group_id=row.group_id,
        act="merchants.line-check",
        line_id=found.pk,
        merchant_id=merchant_id,
        work=lambda: service.check_line(
            group_id=row.group_id,
            merchant_id=merchant_id,
            line_id=found.pk,
            actor_id=officer.pk,
            finding=form.finding(),
        ),
    ):
        messages.success(request, _("记下了。"))
        return redirect("merchants:vetting", slug, merchant_id)
    state = queries.vetting_of(row, today=row.group.local(clock.now()).date())
    kinds = PAPERS.get(found.topic, ())
    context = frame(request, papers_for(request.user, slug, merchant_id)) | {
        "form": form,
        "line": found,
        "by_paper": bool(kinds),
        "papers": [paper for paper in state.papers if paper.kind in kinds],
        "uncovered": state.uncovered if found.topic == "scope" else [],
        "goods": sorted({str(c.label) for c in Category if c in state.categories}),
    }
    status = 422 if form.errors else 200
    return render(request, "merchants/vetting/line.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def likeness(
    request: HttpRequest, slug: str, merchant_id: int, document_id: int, other_id: int
) -> HttpResponse:
    """Two pictures side by side that look alike."""
    officer, row = application_for_officer(request.user, slug, merchant_id)
    clash = _clash(request, slug, merchant_id, document_id, other_id)
    form = LikenessForm(request.POST if request.method == "POST" else None)
    if form.is_bound and act_once(
        request,
        form,
        group_id=row.group_id,
        act="merchants.likeness",
        document_id=document_id,
        other_id=other_id,
        work=lambda: service.clear_likeness(
            group_id=row.group_id,
            merchant_id=merchant_id,
            document_id=document_id,
            other_id=other_id,
            actor_id=officer.pk,
            note=form.cleaned_data["note"],
        ),
    ):
        messages.success(request, _("记下了，是两份证件。"))
        return redirect("merchants:vetting", slug, merchant_id)
    context = frame(request, papers_for(request.user, slug, merchant_id)) | {
        "form": form,
        "clash": clash,
        "stay_url": reverse("merchants:vetting", args=[slug, merchant_id]),
    }
    status = 422 if form.errors else 200
    return render(request, "merchants/vetting/likeness.html", context, status=status)


@login_required
@require_GET
def likeness_file(
    request: HttpRequest, slug: str, merchant_id: int, document_id: int, other_id: int
) -> FileResponse:
    """The other's picture, for officers whose merchant shows one that looks like it: who has it
    before her already learns nothing new from the copy."""
    return serve(_clash(request, slug, merchant_id, document_id, other_id).other)


def _clash(
    request: HttpRequest, slug: str, merchant_id: int, document_id: int, other_id: int
) -> queries.Clash:
    papers_for(request.user, slug, merchant_id)
    _officer, row = application_for_officer(request.user, slug, merchant_id)
    for clash in queries.clashes_of(row):
        pair = (clash.document.pk, clash.other.pk)
        if clash.kind == "picture" and pair == (document_id, other_id) and clash.other.file:
            return clash
    raise Http404


@login_required
@require_http_methods(["GET", "POST"])
def checklist(request: HttpRequest, slug: str) -> HttpResponse:
    """The group's checklist; the initiator's alone."""
    initiator = initiator_for(request.user, slug)
    lines = queries.checklist_of(initiator.group_id)
    form = ChecklistForm(request.POST if request.method == "POST" else None, lines=lines)
    if form.is_bound and act_once(
        request,
        form,
        group_id=initiator.group_id,
        act="merchants.checklist",
        work=lambda: service.change_checklist(
            group_id=initiator.group_id,
            actor_id=initiator.pk,
            wanted=form.wanted(),
            more=form.cleaned_data["more"],
            must=form.cleaned_data["must"],
        ),
    ):
        messages.success(request, _("清单改好了。已经通过的商家不变。"))
        return redirect("merchants:checklist", slug)
    context = page_of(request, initiator, "merchants") | {
        "form": form,
        "lines": lines,
        "defaults": [] if lines else [(topic.label, must) for topic, must in DEFAULTS],
    }
    status = 422 if form.errors else 200
    return render(request, "merchants/vetting/checklist.html", context, status=status)
