"""Papers of a merchant: the list, one more, and the file itself (M3)."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from groups.views.acts import act_once
from merchants.access import document_of, keeper_for, papers_for
from merchants.forms.documents import DocumentForm
from merchants.forms.merchants import ButtonForm
from merchants.models import Document, DocumentKind, PaperType
from merchants.queries.documents import documents_of
from merchants.services import documents as service
from merchants.views.shared import frame, onward
from tuangou.core import clock, limits

UPLOADS_A_DAY = 60


@login_required
@require_GET
def index(request: HttpRequest, slug: str, merchant_id: int) -> HttpResponse:
    """All papers that stand, and which kinds may be added."""
    caller = papers_for(request.user, slug, merchant_id)
    group = caller.application.group
    context = frame(request, caller) | {
        "cards": documents_of(merchant_id, today=group.local(clock.now()).date()),
        "kinds": DocumentKind.choices,
    }
    return render(request, "merchants/documents/index.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, slug: str, merchant_id: int, paper: str) -> HttpResponse:
    """One more paper of a kind; one of the same number is replaced."""
    caller = keeper_for(request.user, slug, merchant_id)
    if paper not in DocumentKind.values:
        raise Http404
    posted = request.method == "POST"
    if posted:
        day = timedelta(days=1)
        limits.spend("merchants.paper", str(merchant_id), most=UPLOADS_A_DAY, per=day)
    form = DocumentForm(*((request.POST, request.FILES) if posted else ()), kind=paper)
    if form.is_bound and act_once(
        request,
        form,
        group_id=caller.application.group_id,
        act=f"merchants.document-new-{paper}",
        merchant_id=merchant_id,
        work=lambda: service.add_document(
            merchant_id=merchant_id,
            paper=form.paper(),
            file=form.upload(),
            user_id=caller.user_id,
        ),
    ):
        messages.success(request, _("证件存好了。"))
        papers = "merchants:documents"
        return onward(caller.application, draft=papers, otherwise=papers)
    context = frame(request, caller) | {
        "form": form,
        "kind_word": DocumentKind(paper).label,
        "kind": paper,
        "file_again": bool(form.errors and request.FILES),
    }
    status = 422 if form.errors else 200
    return render(request, "merchants/documents/new.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, slug: str, merchant_id: int, document_id: int) -> HttpResponse:
    """Take a paper back, asked once more."""
    caller = keeper_for(request.user, slug, merchant_id)
    document = document_of(merchant_id, document_id)
    form = ButtonForm(request.POST if request.method == "POST" else None)
    if form.is_bound and act_once(
        request,
        form,
        group_id=caller.application.group_id,
        act="merchants.document-withdraw",
        document_id=document.pk,
        work=lambda: service.withdraw_document(
            merchant_id=merchant_id, document_id=document.pk, user_id=caller.user_id
        ),
    ):
        messages.success(request, _("证件收回了。"))
        return redirect("merchants:documents", slug, merchant_id)
    context = frame(request, caller) | {
        "form": form,
        "document": document,
        "stay_url": reverse("merchants:documents", args=[slug, merchant_id]),
    }
    status = 422 if form.errors else 200
    return render(request, "merchants/documents/withdraw.html", context, status=status)


@login_required
@require_GET
def file(request: HttpRequest, slug: str, merchant_id: int, document_id: int) -> FileResponse:
    """The file of a paper, for the shop and the officers it was shown to. A picture opens in the
    page; a PDF is only ever downloaded."""
    papers_for(request.user, slug, merchant_id)
    return serve(document_of(merchant_id, document_id))


def serve(document: Document) -> FileResponse:
    """The file of a document that access has let through, in a cage."""
    name = f"{document.kind}-{document.pk}"
    picture = document.content_type == PaperType.PICTURE
    response = FileResponse(
        document.file.open("rb"),
        as_attachment=not picture,
        filename=f"{name}.{'webp' if picture else 'pdf'}",
        content_type=document.content_type,
    )
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    return response
