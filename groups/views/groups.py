"""The group's settings: officers keep notice, buildings and points; rules and offices are the
initiator's."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from groups.access import initiator_for, officer_for
from groups.forms.groups import ButtonForm, DeputyForm, NameForm, NoticeForm, RulesForm
from groups.models import Membership
from groups.queries.memberships import member_of
from groups.queries.pages import page_of
from groups.queries.settings import (
    Settings,
    building_of,
    percent_text,
    pickup_point_of,
    settings_of,
)
from groups.services import groups as service
from groups.services import memberships as membership_service
from groups.views.acts import act_once, press_once


@login_required
@require_GET
def settings(request: HttpRequest, slug: str) -> HttpResponse:
    """Everything that is set, and where to change it."""
    actor = officer_for(request.user, slug)
    return _settings(request, actor, settings_of(actor.group_id))


def _settings(
    request: HttpRequest,
    actor: Membership,
    page: Settings,
    *,
    building: NameForm | None = None,
    point: NameForm | None = None,
    deputy: DeputyForm | None = None,
) -> HttpResponse:
    group = actor.group
    wrong = next((form for form in (building, point, deputy) if form is not None), None)
    context = page_of(request, actor, "me") | {
        "page": page,
        "min_discount": percent_text(group.min_discount_bp),
        "commission": percent_text(group.commission_bp),
        "form": wrong,
        "building_form": building or _building_form(),
        "point_form": point or _point_form(),
        "deputy_form": deputy or _deputy_form(page),
    }
    return render(request, "groups/groups/settings.html", context, status=422 if wrong else 200)


def _building_form(data: object = None) -> NameForm:
    return NameForm(
        data,
        auto_id="id_building_%s",
        label=_("加一栋"),
        help_text=_("写成邻居平时叫的样子，例如 3栋"),
    )


def _point_form(data: object = None) -> NameForm:
    return NameForm(
        data, auto_id="id_point_%s", label=_("加一个自提点"), help_text=_("例如 3栋架空层")
    )


def _deputy_form(page: Settings, data: object = None) -> DeputyForm:
    return DeputyForm(data, auto_id="id_deputy_%s", people=page.candidates)


@login_required
@require_http_methods(["GET", "POST"])
def rules(request: HttpRequest, slug: str) -> HttpResponse:
    """Name, compound and rules of the group (G1)."""
    actor = initiator_for(request.user, slug)
    form = RulesForm(
        request.POST if request.method == "POST" else None,
        initial=RulesForm.initial_of(actor.group),
    )
    if form.is_bound and act_once(
        request,
        form,
        group_id=actor.group_id,
        act="groups.rules",
        work=lambda: service.change_rules(
            group_id=actor.group_id,
            actor_id=actor.pk,
            name=form.cleaned_data["name"],
            compound=form.cleaned_data["compound"],
            rules=form.rules(),
        ),
    ):
        messages.success(request, _("群规改好了，从下一个团算起。"))
        return redirect("groups:settings", slug)
    return _form_page(request, actor, form, "groups/groups/rules.html")


@login_required
@require_http_methods(["GET", "POST"])
def notice(request: HttpRequest, slug: str) -> HttpResponse:
    """The one notice on the front page."""
    actor = officer_for(request.user, slug)
    form = NoticeForm(
        request.POST if request.method == "POST" else None, initial={"notice": actor.group.notice}
    )
    if form.is_bound and act_once(
        request,
        form,
        group_id=actor.group_id,
        act="groups.notice",
        work=lambda: service.update_notice(
            group_id=actor.group_id, actor_id=actor.pk, notice=form.cleaned_data["notice"]
        ),
    ):
        messages.success(request, _("换好了，团购页上看得到。"))
        return redirect("groups:settings", slug)
    return _form_page(request, actor, form, "groups/groups/notice.html")


@login_required
@require_POST
def building_new(request: HttpRequest, slug: str) -> HttpResponse:
    actor = officer_for(request.user, slug)
    form = _building_form(request.POST)
    if act_once(
        request,
        form,
        group_id=actor.group_id,
        act="groups.building-new",
        work=lambda: service.add_building(
            group_id=actor.group_id, actor_id=actor.pk, name=form.cleaned_data["name"]
        ),
    ):
        messages.success(request, _("楼栋加好了。"))
        return redirect("groups:settings", slug)
    return _settings(request, actor, settings_of(actor.group_id), building=form)


@login_required
@require_http_methods(["GET", "POST"])
def building(request: HttpRequest, slug: str, building_id: int) -> HttpResponse:
    """Another name for a building."""
    actor = officer_for(request.user, slug)
    row = building_of(actor.group_id, building_id)
    form = NameForm(
        request.POST if request.method == "POST" else None,
        initial={"name": row.name},
        label=_("楼栋名"),
        help_text=_("已经下的单照旧写原来的名字"),
    )
    if form.is_bound and act_once(
        request,
        form,
        group_id=actor.group_id,
        act="groups.building",
        building_id=row.pk,
        work=lambda: service.rename_building(
            group_id=actor.group_id,
            actor_id=actor.pk,
            building_id=row.pk,
            name=form.cleaned_data["name"],
        ),
    ):
        messages.success(request, _("楼栋名改好了。"))
        return redirect("groups:settings", slug)
    return _form_page(request, actor, form, "groups/groups/building.html")


@login_required
@require_POST
def pickup_point_new(request: HttpRequest, slug: str) -> HttpResponse:
    actor = officer_for(request.user, slug)
    form = _point_form(request.POST)
    if act_once(
        request,
        form,
        group_id=actor.group_id,
        act="groups.pickup-point-new",
        work=lambda: service.add_pickup_point(
            group_id=actor.group_id, actor_id=actor.pk, name=form.cleaned_data["name"]
        ),
    ):
        messages.success(request, _("自提点加好了。"))
        return redirect("groups:settings", slug)
    return _settings(request, actor, settings_of(actor.group_id), point=form)


@login_required
@require_POST
def pickup_point_close(request: HttpRequest, slug: str, pickup_point_id: int) -> HttpResponse:
    actor = officer_for(request.user, slug)
    point = pickup_point_of(actor.group_id, pickup_point_id)
    press_once(
        request,
        ButtonForm(request.POST),
        group_id=actor.group_id,
        act="groups.pickup-point-close",
        pickup_point_id=point.pk,
        work=lambda: service.close_pickup_point(
            group_id=actor.group_id, actor_id=actor.pk, pickup_point_id=point.pk
        ),
    )
    messages.success(request, _("停用了。已经写明在这里取的团照旧。"))
    return redirect("groups:settings", slug)


@login_required
@require_POST
def deputy_name(request: HttpRequest, slug: str) -> HttpResponse:
    actor = initiator_for(request.user, slug)
    page = settings_of(actor.group_id)
    form = _deputy_form(page, request.POST)
    if act_once(
        request,
        form,
        group_id=actor.group_id,
        act="groups.deputy-name",
        work=lambda: membership_service.name_deputy(
            group_id=actor.group_id,
            actor_id=actor.pk,
            membership_id=form.cleaned_data["membership"],
        ),
    ):
        messages.success(request, _("副团长定好了。"))
        return redirect("groups:settings", slug)
    return _settings(request, actor, page, deputy=form)


@login_required
@require_POST
def deputy_end(request: HttpRequest, slug: str, membership_id: int) -> HttpResponse:
    actor = initiator_for(request.user, slug)
    deputy = member_of(actor.group_id, membership_id)
    press_once(
        request,
        ButtonForm(request.POST),
        group_id=actor.group_id,
        act="groups.deputy-end",
        membership_id=deputy.pk,
        work=lambda: membership_service.end_deputy(
            group_id=actor.group_id, actor_id=actor.pk, membership_id=deputy.pk
        ),
    )
    messages.success(request, _("这位不再是副团长。"))
    return redirect("groups:settings", slug)


def _form_page(
    request: HttpRequest, actor: Membership, form: RulesForm | NoticeForm | NameForm, template: str
) -> HttpResponse:
    context = page_of(request, actor, "me") | {"form": form}
    return render(request, template, context, status=422 if form.errors else 200)
