"""Sanctions of a shop: read by everyone, decided and lifted by the initiator, appealed (R7)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from groups.access import membership_for
from groups.queries.pages import page_of
from groups.views.acts import act_once
from merchants.access import application_for_initiator, caller_for
from merchants.views.shared import frame
from reputation.access.sanctions import (
    appeal_for_panel,
    proposal_for_initiator,
    sanction_for_initiator,
    sanction_for_shop,
    waiting_proposal,
)
from reputation.forms.sanctions import (
    DismissForm,
    LiftForm,
    ProposalQuery,
    SanctionAppealForm,
    SanctionForm,
    VoteForm,
)
from reputation.models import SanctionProposal
from reputation.models.consequences import STOPS, Broken, Level
from reputation.queries import sanctions as queries
from reputation.services import proposals, sanction_appeals
from reputation.services import sanctions as service
from tuangou.core import clock


@login_required
@require_GET
def index(request: HttpRequest, slug: str, merchant_id: int) -> HttpResponse:
    """All about one shop, without names of neighbours. For members and the shop."""
    caller = caller_for(request.user, slug, merchant_id)
    member_id = caller.membership.pk if caller.membership else None
    found = queries.sanctions_of(caller.application, at=clock.now(), member_id=member_id)
    return render(
        request, "reputation/sanctions/index.html", frame(request, caller) | {"found": found}
    )


@login_required
@require_GET
def in_group(request: HttpRequest, slug: str) -> HttpResponse:
    """What waits for the initiator, what is in force, and the shops of the months."""
    member = membership_for(request.user, slug)
    found = queries.sanctions_in(member.group_id, at=clock.now(), member_id=member.pk)
    context = page_of(request, member, "merchants") | {"found": found}
    return render(request, "reputation/sanctions/list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, slug: str, merchant_id: int) -> HttpResponse:
    """Level, rule, evidence, reason; then a summary, whose button decides."""
    initiator, application = application_for_initiator(request.user, slug, merchant_id)
    at = clock.now()
    number = ProposalQuery(request.GET).number()
    proposal = waiting_proposal(application, number) if number else None
    form = SanctionForm(
        request.POST if request.method == "POST" else None,
        initial=_proposed(proposal),
        evidence=queries.evidence_for(
            application, at=at, proposed=proposal.pages if proposal else ()
        ),
        returns=queries.returns_for(application, at=at),
        zone=application.group.time_zone,
    )
    here = reverse("reputation:sanction-new", args=[slug, merchant_id])
    context = frame(request, caller_for(request.user, slug, merchant_id)) | {
        "form": form,
        "proposal": queries.proposal_row(proposal) if proposal else None,
        "action_url": f"{here}?{urlencode({'proposal': number})}" if number else here,
        "stay_url": reverse("reputation:sanctions", args=[slug, merchant_id]),
    }
    if form.is_bound and form.is_valid() and not form.is_sure:
        return render(request, "reputation/sanctions/check.html", context | _summary(form))
    if form.is_bound and act_once(
        request,
        form,
        group_id=application.group_id,
        act="reputation.sanction-new",
        merchant_id=merchant_id,
        proposal_id=number or 0,
        work=lambda: service.decide(
            group_id=application.group_id,
            merchant_id=merchant_id,
            actor_id=initiator.pk,
            decision=form.decision(),
            proposal_id=number,
        ),
    ):
        messages.success(request, _("定了，商家和相关的邻居会收到通知。"))
        return redirect("reputation:sanctions", slug, merchant_id)
    status = 422 if form.errors else 200
    return render(request, "reputation/sanctions/new.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def lift(request: HttpRequest, slug: str, merchant_id: int, sanction_id: int) -> HttpResponse:
    """The initiator lifts one before its end, with a reason."""
    initiator, _application, row = sanction_for_initiator(
        request.user, slug, merchant_id, sanction_id
    )
    form = LiftForm(request.POST if request.method == "POST" else None)
    if form.is_bound and act_once(
        request,
        form,
        group_id=row.group_id,
        act="reputation.sanction-lift",
        sanction_id=row.pk,
        work=lambda: service.lift(
            sanction_id=row.pk, actor_id=initiator.pk, reason=form.cleaned_data["reason"]
        ),
    ):
        messages.success(request, _("解除了。"))
        return redirect("reputation:sanctions", slug, merchant_id)
    context = {"row": queries.sanction_row(row, at=clock.now()), "form": form}
    return _asking(request, slug, merchant_id, "reputation/sanctions/lift.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def dismiss(
    request: HttpRequest, slug: str, merchant_id: int, sanction_proposal_id: int
) -> HttpResponse:
    """The initiator decides against what the ledger proposes."""
    initiator, _application, row = proposal_for_initiator(
        request.user, slug, merchant_id, sanction_proposal_id
    )
    form = DismissForm(request.POST if request.method == "POST" else None)
    if form.is_bound and act_once(
        request,
        form,
        group_id=row.group_id,
        act="reputation.proposal-dismiss",
        proposal_id=row.pk,
        work=lambda: proposals.dismiss(
            group_id=row.group_id,
            merchant_id=merchant_id,
            proposal_id=row.pk,
            actor_id=initiator.pk,
            reason=form.cleaned_data["reason"],
        ),
    ):
        messages.success(request, _("记下了：这次不处分。"))
        return redirect("reputation:sanctions", slug, merchant_id)
    context = {"proposal": queries.proposal_row(row), "form": form}
    return _asking(request, slug, merchant_id, "reputation/sanctions/dismiss.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def appeal(request: HttpRequest, slug: str, merchant_id: int, sanction_id: int) -> HttpResponse:
    """The shop says what is wrong; three neighbours are drawn."""
    caller, row = sanction_for_shop(request.user, slug, merchant_id, sanction_id)
    form = SanctionAppealForm(request.POST if request.method == "POST" else None)
    if form.is_bound and act_once(
        request,
        form,
        group_id=row.group_id,
        act="reputation.sanction-appeal",
        sanction_id=row.pk,
        work=lambda: sanction_appeals.appeal(
            sanction_id=row.pk, user_id=caller.user_id, text=form.cleaned_data["text"]
        ),
    ):
        messages.success(request, _("申诉交上去了，抽出的三位邻居来定。"))
        return redirect("reputation:sanctions", slug, merchant_id)
    context = {"row": queries.sanction_row(row, at=clock.now()), "form": form}
    return _asking(request, slug, merchant_id, "reputation/sanctions/appeal.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def vote(request: HttpRequest, slug: str, merchant_id: int, sanction_id: int) -> HttpResponse:
    """One of the three drawn neighbours."""
    member, _application, row = appeal_for_panel(request.user, slug, merchant_id, sanction_id)
    form = VoteForm(request.POST if request.method == "POST" else None)
    if form.is_bound and act_once(
        request,
        form,
        group_id=row.group_id,
        act="reputation.sanction-vote",
        appeal_id=row.pk,
        work=lambda: sanction_appeals.vote(
            appeal_id=row.pk,
            member_id=member.pk,
            choice=form.cleaned_data["choice"],
            reason=form.cleaned_data["reason"],
        ),
    ):
        messages.success(request, _("记下了，谢谢。两位意见一样就定了。"))
        return redirect("reputation:sanctions", slug, merchant_id)
    found = queries.sanction_row(row.sanction, at=clock.now())
    return _asking(
        request, slug, merchant_id, "reputation/sanctions/vote.html", {"row": found, "form": form}
    )


def _asking(
    request: HttpRequest, slug: str, merchant_id: int, template: str, context: dict[str, Any]
) -> HttpResponse:
    """A page with one form, on the way to the shop's sanctions."""
    around = frame(request, caller_for(request.user, slug, merchant_id))
    stay = reverse("reputation:sanctions", args=[slug, merchant_id])
    status = 422 if context["form"].errors else 200
    return render(request, template, around | {"stay_url": stay} | context, status=status)


def _proposed(proposal: SanctionProposal | None) -> dict[str, Any]:
    if proposal is None:
        return {}
    return {
        "level": proposal.level,
        "days": proposal.days,
        "broken": proposal.broken,
        "pages": [str(number) for number in proposal.pages],
    }


def _summary(form: SanctionForm) -> dict[str, Any]:
    """What the second tap decides."""
    data = form.cleaned_data
    return {
        "kept": form.kept(),
        "level": Level(data["level"]),
        "rule": Broken(data["broken"]).label,
        "stops": data["level"] in STOPS,
        "loss": True,
    }
