"""The house rules: everyone reads and accepts, officers write the next version (G7). And what
a member agreed to."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from groups.access import membership_for, officer_for
from groups.forms.rules import AcceptRulesForm, ConsentForm, HouseRulesForm
from groups.models import Membership, Purpose
from groups.queries.joining import consents_of, rules_history
from groups.queries.pages import page_of
from groups.services import rules as service
from groups.views.acts import act_once


@login_required
@require_GET
def show(request: HttpRequest, slug: str) -> HttpResponse:
    """The version in force, with earlier ones beneath."""
    return _show(request, membership_for(request.user, slug))


def _show(
    request: HttpRequest, member: Membership, wrong: AcceptRulesForm | None = None
) -> HttpResponse:
    versions = rules_history(member.group_id)
    newest = versions[0] if versions else None
    context = page_of(request, member, "me") | {
        "rules": newest,
        "earlier": versions[1:],
        "form": wrong,
        "accept_form": AcceptRulesForm(initial={"version": newest.version if newest else 0}),
    }
    return render(request, "groups/rules/show.html", context, status=422 if wrong else 200)


@login_required
@require_POST
def accept(request: HttpRequest, slug: str) -> HttpResponse:
    member = membership_for(request.user, slug)
    form = AcceptRulesForm(request.POST)
    if act_once(
        request,
        form,
        group_id=member.group_id,
        act="groups.rules-accept",
        work=lambda: service.accept_rules(
            membership_id=member.pk, version=form.cleaned_data["version"]
        ),
    ):
        messages.success(
            request, _("记下了，你看过群规第 %(n)d 版。") % {"n": form.cleaned_data["version"]}
        )
        return redirect("orders:home", slug)
    return _show(request, member, form)


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    """What is written here is the next version."""
    officer = officer_for(request.user, slug)
    versions = rules_history(officer.group_id)
    form = HouseRulesForm(
        request.POST if request.method == "POST" else None,
        initial={"text": versions[0].text if versions else ""},
    )
    if form.is_bound and act_once(
        request,
        form,
        group_id=officer.group_id,
        act="groups.rules-write",
        work=lambda: service.write_rules(
            group_id=officer.group_id, actor_id=officer.pk, text=form.cleaned_data["text"]
        ),
    ):
        messages.success(request, _("群规保存好了，群友下次来会看到。"))
        return redirect("groups:house-rules", slug)
    context = page_of(request, officer, "me") | {"form": form, "version": len(versions) + 1}
    return render(request, "groups/rules/edit.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def consents(request: HttpRequest, slug: str) -> HttpResponse:
    """What I agreed to, and taking back what ordering can do without."""
    member = membership_for(request.user, slug)
    form = ConsentForm(request.POST) if request.method == "POST" else None
    if form and act_once(
        request,
        form,
        group_id=member.group_id,
        act="groups.consent",
        work=lambda: service.change_consent(
            membership_id=member.pk, purpose=Purpose.SMS, given=form.cleaned_data["given"]
        ),
    ):
        messages.success(request, _("记下了。"))
        return redirect("groups:consents", slug)
    given = consents_of(member.pk)
    context = page_of(request, member, "me") | {
        "rows": given,
        "sms": any(c.purpose == Purpose.SMS and c.withdrawn_at is None for c in given),
        "form": form,
    }
    return render(request, "groups/rules/consents.html", context, status=422 if form else 200)
