"""Opening a round (W3): copy the last one, or fill an empty form; draft or open at once."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from groups.access import officer_for
from groups.models import Membership
from groups.queries.pages import page_of
from orders.access import round_for_officer
from orders.forms.openings import RoundForm
from orders.models import Round, RoundStatus
from orders.queries import openings as queries
from orders.services.openings import draft_round, open_round, update_draft
from tuangou.core import clock
from tuangou.core.errors import DomainError


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, slug: str) -> HttpResponse:
    """Whose goods, then the form. ?merchant= names the shop, ?copy= the round to copy."""
    officer = officer_for(request.user, slug)
    choices = queries.merchant_choices(officer.group_id)
    picked = request.GET.get("merchant") or (str(choices[0].id) if len(choices) == 1 else "")
    if not picked:
        context = page_of(request, officer, "console") | {"choices": choices}
        return render(request, "orders/openings/choose.html", context)
    choice = next((c for c in choices if str(c.id) == picked), None)
    if choice is None:
        raise Http404
    source = _source(request, officer, choice)
    start = queries.start_of(officer.group, choice.id, choice.brand, at=clock.now(), source=source)
    form = _form(request, officer, start)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                rnd = draft_round(
                    group_id=officer.group_id,
                    actor_id=officer.pk,
                    merchant_id=choice.id,
                    spec=form.spec(opens_at=clock.now()),
                    copied_from_id=source.pk if source else None,
                )
                return _finish(request, officer, rnd)
        except DomainError as refusal:
            form.refuse(refusal)
    return _page(request, officer, form, start, choices)


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """Change a draft; open it when it is right."""
    officer, rnd = round_for_officer(request.user, slug, round_id)
    if rnd.status != RoundStatus.DRAFT:
        return redirect("orders:round-manage", slug, rnd.pk)
    start = queries.start_of(
        officer.group, rnd.merchant_id, rnd.merchant.brand, at=clock.now(), source=rnd
    )
    form = _form(request, officer, start)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                rnd = update_draft(
                    round_id=rnd.pk, actor_id=officer.pk, spec=form.spec(opens_at=clock.now())
                )
                return _finish(request, officer, rnd)
        except DomainError as refusal:
            form.refuse(refusal)
    return _page(request, officer, form, start, [], draft=rnd)


@login_required
@require_POST
def open_draft(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """Open a draft as it stands."""
    officer, rnd = round_for_officer(request.user, slug, round_id)
    open_round(round_id=rnd.pk, actor_id=officer.pk)
    messages.success(request, _("开团了。把下面的话发到群里。"))
    return redirect("orders:round-manage", slug, rnd.pk)


def _source(
    request: HttpRequest, officer: Membership, choice: queries.MerchantChoice
) -> Round | None:
    """The round named by ?copy=, of this merchant; `last` means its latest one."""
    copy = request.GET.get("copy", "")
    if copy == "last":
        return queries.last_counted_round(officer.group_id, choice.id)
    if not copy.isdecimal():
        return None
    _officer, source = round_for_officer(request.user, officer.group.slug, int(copy))
    return source if source.merchant_id == choice.id else None


def _form(request: HttpRequest, officer: Membership, start: queries.Start) -> RoundForm:
    return RoundForm(
        request.POST if request.method == "POST" else None,
        group=officer.group,
        start=start,
        points=queries.pickup_points(officer.group_id),
    )


def _finish(request: HttpRequest, officer: Membership, rnd: Round) -> HttpResponse:
    """Open the draft, unless only saving was asked for. A refusal takes the whole save back."""
    if "save" in request.POST:
        messages.success(request, _("草稿存好了，开团前只有你们看得到。"))
        return redirect("orders:round-edit", officer.group.slug, rnd.pk)
    open_round(round_id=rnd.pk, actor_id=officer.pk)
    messages.success(request, _("开团了。把下面的话发到群里。"))
    return redirect("orders:round-manage", officer.group.slug, rnd.pk)


def _page(
    request: HttpRequest,
    officer: Membership,
    form: RoundForm,
    start: queries.Start,
    choices: list[queries.MerchantChoice],
    draft: Round | None = None,
) -> HttpResponse:
    context = page_of(request, officer) | {
        "form": form,
        "start": start,
        "rows": form.rows(),
        "choices": choices,
        "draft": draft,
    }
    status = 422 if form.errors else 200
    return render(request, "orders/openings/form.html", context, status=status)
