"""The pages of /accounts/data/: see what is held about me, take it away, erase me."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from django.contrib import auth, messages
from django.contrib.auth.decorators import login_required
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tuangou.core import exports, limits, personal
from tuangou.core.http import person_id
from tuangou.core.personal import Column, Holding

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
    raise_if_reauthentication_required(request, app="")
    limits.spend("data.export", str(user_id), most=PER_HOUR, per=timedelta(hours=1))
    if not exports.is_small(user_id):
        exports.ask(user_id=user_id)
        messages.info(request, _("照片多，正在打包。好了会给你发消息，在这一页下载。"))
        return redirect("my-data")
    return _as_file(HttpResponse(exports.archive(user_id), content_type="application/zip"))


@login_required
@never_cache
@require_GET
def download(request: HttpRequest, export_id: int) -> HttpResponseBase:
    """A file that a worker packed; for nobody but her."""
    found = exports.own(person_id(request), export_id)
    if found is None or not default_storage.exists(found.file.name):
        raise Http404
    return _as_file(FileResponse(default_storage.open(found.file.name)))


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def erase(request: HttpRequest) -> HttpResponse:
    """What goes, what stays and why, what stands in the way; then nothing but a fresh proof."""
    user_id = person_id(request)
    obstacles = personal.obstacles(user_id)
    status = 200
    if not obstacles:
        raise_if_reauthentication_required(request, app="")
    if request.method == "POST":
        if not obstacles:
            personal.erase(user_id=user_id)
            auth.logout(request)
            return redirect("my-data-erased")
        status = personal.NotYet.status
    context = {"obstacles": obstacles}
    return render(request, "account/data_erase.html", context, status=status)


@never_cache
@require_GET
def erased(request: HttpRequest) -> HttpResponse:
    """The last page she sees; it knows nobody."""
    return render(request, "account/data_erased.html")


def _as_file(response: Any) -> Any:
    response["Content-Type"] = "application/zip"
    response["Content-Disposition"] = 'attachment; filename="my-data.zip"'
    return response


def _shown(holding: Holding) -> Shown:
    rows = holding.rows[:SHOWN] if holding.columns else []
    return Shown(holding, [[_cell(column, row) for column in holding.columns] for row in rows])


def _cell(column: Column, row: dict[str, Any]) -> Cell:
    return Cell(column.label, row[column.key], column.kind)
