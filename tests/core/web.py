"""The site's addresses and a few that go wrong on purpose."""

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from rest_framework.decorators import api_view, permission_classes
from rest_framework.permissions import AllowAny

from tuangou import urls
from tuangou.core import tasks
from tuangou.core.errors import DomainError, InvalidInput, NotAllowed
from tuangou.core.http import RequestForm
from tuangou.core.models import User

REFUSALS = {
    "rule": DomainError("已截单（20:00），问团长"),
    "right": NotAllowed("只有团长能改"),
    "input": InvalidInput("数量要大于 0", field="quantity"),
}


def refuse(request: HttpRequest, kind: str) -> HttpResponse:
    raise REFUSALS[kind]


@api_view(["GET", "POST"])
@permission_classes([AllowAny])
def refuse_api(request, kind: str):
    raise REFUSALS[kind]


@api_view(["GET"])
@permission_classes([AllowAny])
def query_api(request):
    User.objects.count()


def forbidden(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


def crash(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError("secret detail")


def query(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(User.objects.count()))


def lock(request: HttpRequest, user_id: int) -> HttpResponse:
    with transaction.atomic():
        connection.cursor().execute("set local lock_timeout = '50ms'")
        User.objects.select_for_update().get(pk=user_id)
    return HttpResponse("locked")


def slow(request: HttpRequest) -> HttpResponse:
    with transaction.atomic():
        connection.cursor().execute("set local statement_timeout = '50ms'; select pg_sleep(5)")
    return HttpResponse("slept")


def enqueue(request: HttpRequest) -> HttpResponse:
    try:
        tasks.handle.delay(handling_ids=[1])
    except Exception:
        return HttpResponse("swallowed")
    return HttpResponse("sent")


def form(request: HttpRequest) -> HttpResponse:
    shown = RequestForm(request.POST)
    shown.is_valid()
    shown.refuse(REFUSALS["rule"])
    return HttpResponse(shown.as_p(), status=422)


urlpatterns = [
    path("test/refuse/<str:kind>/", refuse),
    path("api/test/refuse/<str:kind>/", refuse_api),
    path("api/test/query/", query_api),
    path("test/forbidden/", forbidden),
    path("test/crash/", crash),
    path("test/query/", query),
    path("test/lock/<int:user_id>/", lock),
    path("test/slow/", slow),
    path("test/enqueue/", enqueue),
    path("test/form/", form),
    *urls.urlpatterns,
]
handler400, handler429, handler500 = urls.handler400, urls.handler429, urls.handler500
