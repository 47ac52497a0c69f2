"""Whom the neighbours would like to have, and whom a member follows (W6)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from groups.access import membership_for, officer_for
from groups.queries.pages import page_of
from groups.views.acts import act_once, press_once
from merchants.access import application_for_member, proposal_of
from merchants.forms.members import ProposalForm, SwitchForm
from merchants.forms.merchants import ButtonForm, ReasonForm
from merchants.queries import proposals as queries
from merchants.services import follows
from merchants.services import proposals as service
from tuangou.core import limits

TRIES_A_DAY = 30


@login_required
@require_GET
def index(request: HttpRequest, slug: str) -> HttpResponse:
    """Open ones by how many households want them; what was answered lately."""
    member = membership_for(request.user, slug)
    rows = queries.proposals_of(member)
    context = page_of(request, member, "merchants") | {
        "waiting": [row for row in rows if row.status == "open"],
        "done": [(row, _link(request, row.token)) for row in rows if row.status != "open"],
    }
    return render(request, "merchants/proposals/index.html", context)


def _link(request: HttpRequest, token: str) -> str:
    return request.build_absolute_uri(reverse("shop-link", args=[token])) if token else ""


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, slug: str) -> HttpResponse:
    """Name a shop; those that sound like it are shown first."""
    member = membership_for(request.user, slug)
    if request.method == "POST":
        day = timedelta(days=1)
        limits.spend("merchants.proposal", str(member.pk), most=TRIES_A_DAY, per=day)
    form = ProposalForm(request.POST if request.method == "POST" else None)
    if form.is_bound and act_once(
        request,
        form,
        group_id=member.group_id,
        act="merchants.proposal-new",
        work=lambda: service.propose(
            group_id=member.group_id,
            actor_id=member.pk,
            name=form.cleaned_data["name"],
            reason=form.cleaned_data["reason"],
            another=form.cleaned_data["another"],
        ),
    ):
        messages.success(request, _("提好了，算上你家 1 户。团长答复了会告诉你。"))
        return redirect("merchants:proposals", slug)
    context = page_of(request, member, "merchants") | {"form": form, "known": _known(member, form)}
    status = 422 if form.errors else 200
    return render(request, "merchants/proposals/new.html", context, status=status)


def _known(member: Any, form: ProposalForm) -> list[queries.Known]:
    name = form.data.get("name", "").strip() if form.errors.get("name") else ""
    return queries.known_by_name(member.group_id, name[:40]) if name else []


@login_required
@require_POST
def back(request: HttpRequest, slug: str, proposal_id: int) -> HttpResponse:
    """「想团这家」, or not any more."""
    member = membership_for(request.user, slug)
    row = proposal_of(member.group_id, proposal_id)
    form = SwitchForm(request.POST)
    press_once(
        request,
        form,
        group_id=member.group_id,
        act="merchants.proposal-back",
        proposal_id=row.pk,
        work=lambda: service.back(
            group_id=member.group_id, proposal_id=row.pk, actor_id=member.pk, on=form.is_on()
        ),
    )
    messages.success(request, _("算上你家了。") if form.is_on() else _("你家不算了。"))
    return redirect("merchants:proposals", slug)


@login_required
@require_POST
def invite(request: HttpRequest, slug: str, proposal_id: int) -> HttpResponse:
    """An officer asks the shop to come; the link is hers to pass on."""
    officer = officer_for(request.user, slug)
    row = proposal_of(officer.group_id, proposal_id)
    press_once(
        request,
        ButtonForm(request.POST),
        group_id=officer.group_id,
        act="merchants.proposal-invite",
        proposal_id=row.pk,
        work=lambda: service.invite(
            group_id=officer.group_id, proposal_id=row.pk, actor_id=officer.pk
        ),
    )
    messages.success(request, _("链接做好了，复制给店里。"))
    return redirect(reverse("merchants:proposals", args=[slug]) + f"#proposal-{row.pk}")


@login_required
@require_http_methods(["GET", "POST"])
def decline(request: HttpRequest, slug: str, proposal_id: int) -> HttpResponse:
    """Not this shop, and why."""
    officer = officer_for(request.user, slug)
    row = proposal_of(officer.group_id, proposal_id)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_bound and act_once(
        request,
        form,
        group_id=officer.group_id,
        act="merchants.proposal-decline",
        proposal_id=row.pk,
        work=lambda: service.decline(
            group_id=officer.group_id,
            proposal_id=row.pk,
            actor_id=officer.pk,
            reason=form.cleaned_data["reason"],
        ),
    ):
        messages.success(request, _("答复了，提的邻居会收到。"))
        return redirect("merchants:proposals", slug)
    context = page_of(request, officer, "merchants") | {"form": form, "row": row}
    status = 422 if form.errors else 200
    return render(request, "merchants/proposals/decline.html", context, status=status)


@login_required
@require_POST
def follow(request: HttpRequest, slug: str, merchant_id: int) -> HttpResponse:
    """Be told when this merchant opens a round, or not any more."""
    member, row = application_for_member(request.user, slug, merchant_id)
    form = SwitchForm(request.POST)
    press_once(
        request,
        form,
        group_id=member.group_id,
        act="merchants.follow",
        merchant_id=row.merchant_id,
        work=lambda: follows.follow(
            group_id=member.group_id,
            merchant_id=row.merchant_id,
            actor_id=member.pk,
            on=form.is_on(),
        ),
    )
    said = _("关注了，这家开团会单独告诉你。") if form.is_on() else _("不关注了。")
    messages.success(request, said)
    return redirect("merchants:merchant", slug, merchant_id)
