"""Founding a group in three steps and a look at it all; the draft is kept with the session."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from groups.access import officer_for
from groups.forms.foundings import BuildingsForm, FoundForm, GroundForm, NumbersForm, StepForm
from groups.models import Group
from groups.queries.memberships import GroupRow, founded_last, groups_of, latest_of
from groups.queries.pages import page_of
from groups.services import foundings as service
from groups.services.groups import Founder
from tuangou.core import requests
from tuangou.core.errors import DomainError
from tuangou.core.http import person_id, request_id_of

DRAFT = "founding"
STEPS = ("found", "found-buildings", "found-rules", "found-check")


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ground(request: HttpRequest) -> HttpResponse:
    """1: what it is called and where it is."""
    groups = groups_of(person_id(request))
    return _step(request, 1, GroundForm(*_given(request, "ground"), groups=groups), "ground")


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def buildings(request: HttpRequest) -> HttpResponse:
    """2: the doors, and hers."""
    known = latest_of(person_id(request))
    initial = {
        "nickname": known.nickname if known else getattr(request.user, "nickname", ""),
        "real_name": known.real_name if known else "",
    }
    form = BuildingsForm(*_given(request, "buildings"), initial=initial)
    return _step(request, 2, form, "buildings")


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: HttpRequest) -> HttpResponse:
    """3: numbers and house rules, filled in as most groups have them."""
    form = NumbersForm(*_given(request, "rules"), initial=NumbersForm.defaults())
    return _step(request, 3, form, "rules")


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """Everything once more; one button founds the group."""
    groups = groups_of(person_id(request))
    forms = _filled(request, groups)
    for step, form in zip(STEPS, forms, strict=False):
        if not form.is_valid():
            return redirect(step)
    plan = _plan(request, *forms)
    button = FoundForm(request.POST if request.method == "POST" else None)
    if button.is_bound and button.is_valid():
        try:
            group = _found(request, button, plan)
        except DomainError as refusal:
            button.refuse(refusal)
        else:
            request.session.pop(DRAFT, None)
            messages.success(request, _("群建好了，你是团长，也是第一位群友。"))
            return redirect("groups:start", group.slug)
    parent = next((row.name for row in groups if row.id == plan.parent_id), "")
    context = {"form": button, "plan": plan, "numbers": forms[2], "parent": parent}
    return render(
        request, "groups/foundings/check.html", context, status=422 if button.errors else 200
    )


@login_required
@require_GET
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """The first day: doors, a merchant, the first round, and the neighbours."""
    officer = officer_for(request.user, slug)
    return render(request, "groups/foundings/start.html", page_of(request, officer, "console"))


def _draft(request: HttpRequest) -> dict[str, dict[str, str]]:
    kept = request.session.get(DRAFT)
    return kept if isinstance(kept, dict) else {}


def _given(request: HttpRequest, name: str) -> tuple[Any, ...]:
    """What was posted now, or what the draft remembers and was right, or nothing."""
    if request.method == "POST":
        return (request.POST,)
    kept = _draft(request).get(name)
    return (kept,) if kept else ()


def _step(request: HttpRequest, number: int, form: StepForm, name: str) -> HttpResponse:
    """Kept as typed, right or wrong; on to the next step when it is right."""
    if request.method == "POST":
        request.session[DRAFT] = _draft(request) | {name: form.kept()}
        if form.is_valid():
            return redirect(STEPS[number])
    context = {
        "form": form,
        "number": number,
        "back_url": STEPS[number - 2] if number > 1 else "",
    }
    status = 422 if request.method == "POST" else 200
    return render(request, f"groups/foundings/{name}.html", context, status=status)


def _filled(
    request: HttpRequest, groups: list[GroupRow]
) -> tuple[GroundForm, BuildingsForm, NumbersForm]:
    draft = _draft(request)
    return (
        GroundForm(draft.get("ground", {}), groups=groups),
        BuildingsForm(draft.get("buildings", {})),
        NumbersForm(draft.get("rules", {})),
    )


def _plan(
    request: HttpRequest, first: GroundForm, second: BuildingsForm, third: NumbersForm
) -> service.Plan:
    doors = second.cleaned_data
    return service.Plan(
        name=first.cleaned_data["name"],
        compound=first.cleaned_data["compound"],
        parent_id=int(first.cleaned_data.get("parent") or 0) or None,
        founder=Founder(
            user_id=person_id(request),
            nickname=doors["nickname"],
            real_name=doors["real_name"],
            building=doors["building"],
            unit=doors["unit"],
            room=doors["room"],
        ),
        buildings=tuple(doors["buildings"]),
        points=(doors["point"],),
        rules=third.rules(),
        house_rules=third.cleaned_data["house_rules"].strip(),
    )


def _found(request: HttpRequest, form: FoundForm, plan: service.Plan) -> Group:
    return requests.once(
        group_id=None,
        user_id=person_id(request),
        key=request_id_of(form),
        act="groups.found",
        body={"name": plan.name, "compound": plan.compound},
        work=lambda: service.found(plan=plan),
        replay=lambda: founded_last(person_id(request)),
    )
