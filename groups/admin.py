"""The operator's window: everything can be looked at, nothing changed. Staff accounts only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from groups.models import (
    Building,
    CompoundLink,
    Consent,
    Deputy,
    Group,
    Household,
    HouseRules,
    Invitation,
    Joining,
    Load,
    Mandate,
    Membership,
    PickupPoint,
)

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Model]
else:
    _ModelAdmin = admin.ModelAdmin


class OperatorSite(admin.AdminSite):
    """Signing in, out and changing a password stay with the pages everyone uses, limits and all."""

    site_header = site_title = _("团购 · 运维")
    index_title = _("只看，不改")
    site_url = "/"
    enable_nav_sidebar = False

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Where a page sends who may not see it: strangers sign in, others find nothing."""
        if request.user.is_authenticated:
            raise Http404
        return redirect_to_login(request.GET.get("next", "/"))

    def logout(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # type: ignore[override]
        return redirect("account_logout")

    def password_change(  # type: ignore[override]
        self, request: HttpRequest, extra_context: Any = None
    ) -> HttpResponse:
        return redirect("account_change_password")


class ReadOnly(_ModelAdmin):
    """Rows to look at. Every change goes through a service, with its event."""

    actions = None
    list_per_page = 50
    show_full_result_count = False
    view_on_site = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(getattr(request.user, "is_staff", False) and request.user.is_active)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


site = OperatorSite(name="admin")


def show(
    model: type[Model], *columns: str, find: tuple[str, ...] = (), sift: tuple[str, ...] = ()
) -> None:
    """Register a model with the columns of its list, newest first."""
    related = [c.name for c in model._meta.fields if c.name in columns and c.is_relation]
    look = {
        "list_display": columns,
        "search_fields": find,
        "list_filter": sift,
        "ordering": ("-pk",),
        "list_select_related": related or False,
    }
    site.register(model, type(f"{model.__name__}Admin", (ReadOnly,), look))


show(
    Group,
    "slug",
    "name",
    "compound",
    "status",
    "created_at",
    find=("slug", "name"),
    sift=("status",),
)
show(Building, "group", "name", "position", find=("name",))
show(PickupPoint, "group", "name", "is_active")
show(Household, "group", "building", "unit", "room", "activated_at", find=("room",))
show(
    Membership,
    "group",
    "nickname",
    "real_name",
    "status",
    "activated_at",
    find=("nickname", "real_name", "user__phone"),
    sift=("status",),
)
show(Mandate, "group", "membership", "origin", "started_at", "ended_at")
show(Deputy, "group", "membership", "started_at", "ended_at")
show(Load, "group", "source", "steps_done", "steps_total", "started_at", "finished_at")
show(Invitation, "group", "invited_by", "made_at", "expires_at", "used_at", "revoked_at")
show(CompoundLink, "group", "number", "made_by", "made_at", "closed_at")
show(Joining, "group", "membership", "way", "waits_for", "asked_at", "decided_at", sift=("way",))
show(Consent, "group", "membership", "purpose", "version", "given_at", "withdrawn_at")
show(HouseRules, "group", "version", "written_by", "written_at")
