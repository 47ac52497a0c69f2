"""What a shop sees of returns of its goods, and its answer: nickname and building, no door."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from groups.models import Membership
from groups.queries.pages import Inbox, page_of
from merchants.access import vetting_for
from merchants.views.shared import frame, page_links
from orders.forms.returns import AnswerForm, FilterForm
from orders.models import AnswerFile, EvidenceKind, Return, ReturnStatus
from orders.queries.callers import evidence_for, return_for_shop
from orders.queries.returns import return_view, returns_page
from orders.services.answers import answer_return
from tuangou.core.errors import DomainError, NotAllowed
from tuangou.core.http import person_id, request_id_of


@login_required
@require_GET
def index(request: HttpRequest, slug: str, merchant_id: int) -> HttpResponse:
    """Returns of this shop's goods in the group, what waits for an answer first."""
    caller = vetting_for(request.user, slug, merchant_id)
    if not caller.is_staff:
        raise NotAllowed(_("这一页只有店里的人能用。"))
    form = FilterForm(request.GET)
    form.is_valid()
    page = returns_page(
        caller.application.group_id,
        merchant_id=merchant_id,
        page=form.cleaned_data.get("page") or 1,
    )
    context = frame(request, caller) | {"page": page}
    context |= page_links(page.page, has_more=page.page < page.pages)
    return render(request, "orders/answers/index.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def show(request: HttpRequest, slug: str, return_id: int) -> HttpResponse:
    """One return as its merchant sees it: the same timeline, and once the answer."""
    member, ret = return_for_shop(request.user, slug, return_id)
    form = AnswerForm(request.POST if request.method == "POST" else None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            answer_return(
                return_id=ret.pk,
                user_id=person_id(request),
                kind=form.cleaned_data["kind"],
                text=form.cleaned_data["text"],
                remedy_fen=form.cleaned_data["remedy"],
                evidence=form.cleaned_data["evidence"],
                request_id=request_id_of(form),
            )
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            return redirect("orders:shop-return", slug, ret.pk)
    view = return_view(ret.pk)
    context = _frame(request, member, ret) | {
        "ret": ret,
        "view": view,
        "form": form,
        "may_answer": ret.status == ReturnStatus.REQUESTED and view.story.answer is None,
    }
    return render(request, "orders/answers/show.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def file(request: HttpRequest, slug: str, answer_file_id: int) -> FileResponse:
    """What a shop showed with its answer, for those who may see the return. A picture opens in the
    page; a PDF is only ever downloaded."""
    return serve(evidence_for(request.user, slug, answer_file_id))


def serve(shown: AnswerFile) -> FileResponse:
    """A file that access has let through, in a cage."""
    picture = shown.kind == EvidenceKind.PICTURE
    response = FileResponse(
        shown.file.open("rb"),
        as_attachment=not picture,
        filename=f"answer-{shown.pk}.{'webp' if picture else 'pdf'}",
        content_type="image/webp" if picture else "application/pdf",
    )
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _frame(request: HttpRequest, member: Membership | None, ret: Return) -> dict[str, Any]:
    if member is not None:
        return page_of(request, member, "merchants")
    return {"group": ret.round.group, "inbox": Inbox(reverse("notices"))}
