"""The pages of /accounts/data/: see what is held about me, take it away, erase me."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from time import time
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import (
    get_reauthentication_flows,
    raise_if_reauthentication_required,
)
from django.conf import settings
from django.contrib import auth, messages
from django.contrib.auth.decorators import login_required
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tuangou.core import exports, limits, personal, sms
from tuangou.core.http import person_id
from tuangou.core.personal import Column, Holding
from tuangou.core.scrubbing import phone_forms

AS_FILE = {
    "Content-Type": "application/zip",
    "Content-Disposition": 'attachment; filename="my-data.zip"',
}
SHOWN = 3
PER_HOUR = 10


@dataclass(frozen=True, slots=True)
class Cell:
    label: Any
    value: Any
    kind: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One holding on the page: its first rows; the export has them all."""

    holding: Holding
    rows: list[list[Cell]]

    @property
    def count(self) -> int:
        return len(self.holding.rows)

    @property
    def more(self) -> int:
        return self.count - len(self.rows) if self.rows else 0


@login_required
@never_cache
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Everything held about me, by kind; where to correct it; the way to take it and to go."""
    user_id = person_id(request)
    held = [_shown(holding) for holding in personal.holdings(user_id) if holding.rows]
    return render(
        request,
        "account/data.html",
        {
            "held": [shown for shown in held if shown.rows],
            "counted": [shown for shown in held if not shown.rows],
            "places": personal.places(user_id),
            "exports": exports.ready(user_id),
            "hours": exports.KEPT // timedelta(hours=1),
        },
    )


@login_required
@never_cache
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """「带走一份」: the file at once, or word that it is being packed."""
    user_id = person_id(request)
    if (proof := _proof_first(request)) is not None:
        return proof
    limits.spend("data.export", str(user_id), most=PER_HOUR, per=timedelta(hours=1))
    if not exports.is_small(user_id):
        exports.ask(user_id=user_id)
        messages.info(request, _("照片多，正在打包。好了会给你发消息，在这一页下载。"))
        return redirect("account_data")
    return HttpResponse(exports.archive(user_id), headers=AS_FILE)


@login_required
@never_cache
@require_GET
def download(request: HttpRequest, export_id: int) -> HttpResponseBase:
    """A file that a worker packed; for nobody but her."""
    found = exports.own(person_id(request), export_id)
    if found is None or not default_storage.exists(found.file.name or ""):
        raise Http404
    return FileResponse(default_storage.open(found.file.name or ""), headers=AS_FILE)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def erase(request: HttpRequest) -> HttpResponse:
    """What goes, what stays and why, what stands in the way; then nothing but a fresh proof."""
    user_id = person_id(request)
    obstacles = personal.obstacles(user_id)
    status = 200
    if not obstacles and (proof := _proof_first(request)) is not None:
        return proof
    if request.method == "POST":
        if not obstacles:
            personal.erase(user_id=user_id)
            auth.logout(request)
            return redirect("account_data_erased")
        status = personal.NotYet.status
    context = {"obstacles": obstacles}
    return render(request, "account/data_erase.html", context, status=status)


@never_cache
@require_GET
def erased(request: HttpRequest) -> HttpResponse:
    """The last page she sees; it knows nobody."""
    return render(request, "account/data_erased.html")


def _proof_first(request: HttpRequest) -> HttpResponse | None:
    """She proved within ten minutes that it is she, or the page where she does.

    By password or second factor where she has one (allauth's pages); who signs in by codes alone
    signs in anew. Where no codes are sent either, the link that let her in has to do.
    """
    raise_if_reauthentication_required(request, app="")
    user: Any = request.user
    if get_reauthentication_flows(user) or not (user.phone and sms.is_offered()):
        return None
    shown = [record["at"] for record in get_authentication_records(request, user)]
    if shown and time() - max(shown) < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT:
        return None
    back = reverse("account_data_erase" if "erase" in request.path else "account_data")
    again = f"{reverse('account_login')}?{urlencode({'next': back})}"
    return render(request, "account/data_proof.html", {"again": again})


def _shown(holding: Holding) -> Shown:
    rows = holding.rows[:SHOWN] if holding.columns else []
    return Shown(holding, [[_cell(column, row) for column in holding.columns] for row in rows])


def _cell(column: Column, row: dict[str, Any]) -> Cell:
    value = row[column.key]
    return Cell(column.label, readable(value) if column.kind == "phone" else value, column.kind)


def readable(phone: str | None) -> str:
    """+8613800138000 → 138 0013 8000; other countries as they are."""
    return next((form for form in phone_forms(phone) if form.count(" ") == 2), phone or "")
