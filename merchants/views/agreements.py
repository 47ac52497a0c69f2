"""What was agreed with a shop: read by every member, signed by both sides (M5, G7)."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from groups.queries.settings import percent_text
from groups.views.acts import act_once, press_once
from merchants.access import (
    Caller,
    application_for_initiator,
    caller_for,
    has_staff,
    paper_of,
    signer_for,
    vetting_for,
)
from merchants.forms.agreements import ContentForm, DeclineForm, PaperForm, TermsForm
from merchants.queries.agreements import AgreementPage, latest_terms, of_merchant
from merchants.services import agreements as service
from merchants.views.shared import frame
from tuangou.core import clock, limits

UPLOADS_A_DAY = 30


@login_required
@require_GET
def show(request: HttpRequest, slug: str, merchant_id: int) -> HttpResponse:
    """The terms in force, who signed them when, what comes and what was; for both sides what waits
    for a name."""
    caller = caller_for(request.user, slug, merchant_id)
    page = _page(caller)
    sides = caller.signer.sides
    insider = bool(sides) or caller.is_officer or caller.is_staff
    waiting = page.draft.waits_for() if page.draft else []
    context = frame(request, caller) | {
        "page": page,
        "insider": insider,
        "sides": sides,
        "to_sign": insider and any(side in sides for side in waiting),
        "waiting": waiting,
    }
    if caller.is_initiator and "shop" in waiting:
        context["may_record"] = not has_staff(merchant_id)
    return render(request, "merchants/agreements/show.html", context)


def _page(caller: Caller) -> AgreementPage:
    group = caller.application.group
    return of_merchant(
        group.pk,
        caller.application.merchant_id,
        at=clock.now(),
        rules_version=group.rules_version,
    )


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, slug: str, merchant_id: int) -> HttpResponse:
    """Propose other terms: the initiator all of them, the shop's owner its promises."""
    caller, signer = signer_for(request.user, slug, merchant_id)
    row = caller.application
    standing = latest_terms(row)
    form = TermsForm(
        request.POST if request.method == "POST" else None,
        initial=TermsForm.initial_of(standing, percent_text(standing.commission_bp)),
        with_commission="group" in signer.sides,
    )
    if form.is_bound and act_once(
        request,
        form,
        group_id=row.group_id,
        act="merchants.agreement-new",
        merchant_id=merchant_id,
        work=lambda: service.propose(
            group_id=row.group_id, merchant_id=merchant_id, signer=signer, terms=form.terms()
        ),
    ):
        messages.success(request, _("提出来了，你已经签好。等对方签。"))
        return redirect("merchants:agreement", slug, merchant_id)
    context = frame(request, caller) | {
        "form": form,
        "percent": percent_text(standing.commission_bp),
    }
    status = 422 if form.errors else 200
    return render(request, "merchants/agreements/new.html", context, status=status)


@login_required
@require_POST
def sign(request: HttpRequest, slug: str, merchant_id: int) -> HttpResponse:
    """Her name under the text that stood on the page."""
    caller, signer = signer_for(request.user, slug, merchant_id)
    row = caller.application
    form = ContentForm(request.POST)
    press_once(
        request,
        form,
        group_id=row.group_id,
        act="merchants.agreement-sign",
        merchant_id=merchant_id,
        work=lambda: service.sign(
            group_id=row.group_id,
            merchant_id=merchant_id,
            signer=signer,
            content=form.cleaned_data["content"],
        ),
    )
    messages.success(request, _("签好了。邻居都看得到。"))
    return redirect("merchants:agreement", slug, merchant_id)


@login_required
@require_http_methods(["GET", "POST"])
def decline(request: HttpRequest, slug: str, merchant_id: int) -> HttpResponse:
    """No, in a sentence; or one's own taken back."""
    caller, signer = signer_for(request.user, slug, merchant_id)
    row = caller.application
    form = DeclineForm(request.POST if request.method == "POST" else None)
    if form.is_bound and act_once(
        request,
        form,
        group_id=row.group_id,
        act="merchants.agreement-decline",
        merchant_id=merchant_id,
        work=lambda: service.decline(
            group_id=row.group_id,
            merchant_id=merchant_id,
            signer=signer,
            content=form.cleaned_data["content"],
            note=form.cleaned_data["note"],
        ),
    ):
        messages.success(request, _("这一版作废了。原来的约定照旧。"))
        return redirect("merchants:agreement", slug, merchant_id)
    return _form_page(request, caller, form, "merchants/agreements/decline.html")


@login_required
@require_http_methods(["GET", "POST"])
def paper(request: HttpRequest, slug: str, merchant_id: int) -> HttpResponse:
    """A shop without an account has signed on paper: the initiator records it, with a photo."""
    actor, row = application_for_initiator(request.user, slug, merchant_id)
    caller = caller_for(request.user, slug, merchant_id)
    posted = request.method == "POST"
    if posted:
        day = timedelta(days=1)
        limits.spend("merchants.agreement", str(row.pk), most=UPLOADS_A_DAY, per=day)
    form = PaperForm(*((request.POST, request.FILES) if posted else ()))
    if form.is_bound and act_once(
        request,
        form,
        group_id=row.group_id,
        act="merchants.agreement-paper",
        merchant_id=merchant_id,
        work=lambda: service.record_paper(
            group_id=row.group_id,
            merchant_id=merchant_id,
            actor_id=actor.pk,
            content=form.cleaned_data["content"],
            photo=form.photo(),
        ),
    ):
        messages.success(request, _("记下了，照片存好了。"))
        return redirect("merchants:agreement", slug, merchant_id)
    return _form_page(request, caller, form, "merchants/agreements/paper.html")


@login_required
@require_GET
def paper_file(
    request: HttpRequest, slug: str, merchant_id: int, signature_id: int
) -> FileResponse:
    """The photo of a signed sheet, for the officers and the shop."""
    caller = vetting_for(request.user, slug, merchant_id)
    row = paper_of(caller.application, signature_id)
    response = FileResponse(
        row.photo.open("rb"), filename=f"agreement-{row.pk}.webp", content_type="image/webp"
    )
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _form_page(
    request: HttpRequest, caller: Caller, form: ContentForm, template: str
) -> HttpResponse:
    draft = _page(caller).draft
    slug, merchant_id = caller.application.group.slug, caller.application.merchant_id
    if not form.is_bound:
        if draft is None:
            return redirect("merchants:agreement", slug, merchant_id)
        form.initial["content"] = draft.content
    context = frame(request, caller) | {
        "form": form,
        "draft": draft,
        "stay_url": reverse("merchants:agreement", args=[slug, merchant_id]),
        "file_again": bool(form.errors and request.FILES),
    }
    return render(request, template, context, status=422 if form.errors else 200)
