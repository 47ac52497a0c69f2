"""What follows from what: the published table, its versions, and the one a round opened under."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from groups.access import initiator_for, membership_for
from groups.queries.pages import page_of
from groups.views.acts import act_once
from orders.access import round_for_member
from reputation.forms.sanctions import TableForm
from reputation.queries.consequences import table_at, tables_of
from reputation.services.consequences import publish_table
from tuangou.core import clock


@login_required
@require_GET
def show(request: HttpRequest, slug: str) -> HttpResponse:
    """What holds now, and every earlier version. For members."""
    member = membership_for(request.user, slug)
    tables = tables_of(member.group)
    context = page_of(request, member, "merchants") | {"table": tables[0], "earlier": tables[1:]}
    return render(request, "reputation/consequences/show.html", context)


@login_required
@require_GET
def of_round(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """What held when a round opened."""
    member, rnd = round_for_member(request.user, slug, round_id)
    context = page_of(request, member, "home") | {
        "table": table_at(member.group_id, rnd.opens_at),
        "round": rnd,
    }
    return render(request, "reputation/consequences/show.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    """A new version, in force from now on. The initiator's."""
    initiator = initiator_for(request.user, slug)
    table = table_at(initiator.group_id, clock.now())
    form = TableForm(request.POST if request.method == "POST" else None, table=table)
    if form.is_bound and act_once(
        request,
        form,
        group_id=initiator.group_id,
        act="reputation.consequences-edit",
        work=lambda: publish_table(
            group_id=initiator.group_id,
            actor_id=initiator.pk,
            lines=form.lines(),
            month_rounds=form.cleaned_data["month_rounds"],
        ),
    ):
        messages.success(request, _("公布了，从现在起算。"))
        return redirect("reputation:consequences", slug)
    context = page_of(request, initiator, "console") | {"form": form, "table": table}
    status = 422 if form.errors else 200
    return render(request, "reputation/consequences/edit.html", context, status=status)
