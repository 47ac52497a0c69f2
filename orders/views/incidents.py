"""「你家的也这样吗」: everybody who bought of a batch is asked; the initiator lifts a stop."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from groups.access import initiator_for
from groups.queries.pages import page_of
from orders.forms.returns import LiftForm, SameForm
from orders.queries.callers import question_for_member
from orders.queries.incidents import question_page
from orders.services.holds import release
from orders.services.incidents import answer_batch
from tuangou.core import clock
from tuangou.core.errors import DomainError
from tuangou.core.http import request_id_of


@login_required
@require_GET
def show(request: HttpRequest, slug: str, question_id: int) -> HttpResponse:
    """The question, her answer, what all said, and whether it is stopped."""
    return _page(request, slug, question_id)


def _page(
    request: HttpRequest, slug: str, question_id: int, form: LiftForm | None = None
) -> HttpResponse:
    member, question, lines = question_for_member(request.user, slug, question_id)
    page = question_page(question, lines, at=clock.now())
    context = page_of(request, member, "console" if member.is_officer else "mine") | {
        "page": page,
        "form": form or LiftForm(),
        "may_lift": member.holds_mandate and page.hold is not None and page.hold.stands,
    }
    return render(request, "orders/incidents/show.html", context, status=422 if form else 200)


@login_required
@require_POST
def answer(request: HttpRequest, slug: str, question_id: int) -> HttpResponse:
    """One tap; tap again to change it."""
    member, question, lines = question_for_member(request.user, slug, question_id)
    form = SameForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("点「也这样」或「没问题」。"))
        return redirect("orders:question", slug, question.pk)
    if not lines.filter(pk=form.cleaned_data["line"]).exists():
        raise Http404
    answer_batch(
        question_id=question.pk,
        line_id=form.cleaned_data["line"],
        actor_id=member.pk,
        same=form.cleaned_data["same"] == "yes",
        request_id=request_id_of(form),
    )
    messages.success(request, _("记下了，改主意再点一次。"))
    return redirect("orders:question", slug, question.pk)


@login_required
@require_POST
def lift(request: HttpRequest, slug: str, question_id: int) -> HttpResponse:
    """The initiator has looked: the rest may be handed out again, with her reason."""
    initiator = initiator_for(request.user, slug)
    _member, question, lines = question_for_member(request.user, slug, question_id)
    hold = question_page(question, lines, at=clock.now()).hold
    if hold is None:
        messages.error(request, _("这批货没有停发。"))
        return redirect("orders:question", slug, question.pk)
    form = LiftForm(request.POST)
    if form.is_valid():
        try:
            release(
                hold_id=hold.pk,
                actor_id=initiator.pk,
                reason=form.cleaned_data["reason"],
                request_id=request_id_of(form),
            )
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("放行了，没取的邻居会收到通知。"))
            return redirect("orders:question", slug, question.pk)
    return _page(request, slug, question_id, form)
