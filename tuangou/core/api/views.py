"""The ground of every address of the API: who calls, how often, with what scope and which key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tuangou.core import factors, requests
from tuangou.core.api.errors import KeyMissing, ScopeMissing
from tuangou.core.api.wire import Rate
from tuangou.core.models import ApiToken, Scope, User

KEY_HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotency-Replayed"

T = TypeVar("T")


class ApiView(APIView):
    """One address. Its methods are decorated with `core.api.schema.operation`, which documents
    them and names the scope they need. `field_names`: how fields of services are called here."""

    throttle_classes = [Rate]
    http_method_names = ["get", "head", "post"]
    field_names: ClassVar[Mapping[str, str]] = {}
    key: UUID

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """As DRF's, but strangers are counted too; then language, scope and key."""
        requests.begin()
        self.format_kwarg = None
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(
            request
        )
        self._speak(request)
        self.perform_authentication(request)
        self._speak(request)
        self.check_throttles(request)
        self.check_permissions(request)
        method = getattr(self, (request.method or "").lower(), None)
        if method is not None and self._is_known(request):
            self._check_scope(request, getattr(method, "scope", ""))
            if request.method == "POST":
                self.key = self._read_key(request)

    def _is_known(self, request: Request) -> bool:
        return (request.method or "").lower() in self.http_method_names

    def _speak(self, request: Request) -> None:
        """The language asked for, else the person's own."""
        person = getattr(request, "_user", None)
        language = translation.get_language_from_request(request._request)
        if not request.headers.get("Accept-Language") and isinstance(person, User):
            language = person.language
        translation.activate(language)

    def _check_scope(self, request: Request, scope: str) -> None:
        token = request.auth
        if not scope or not isinstance(token, ApiToken):
            return
        if token.grants(Scope.OFFICER):
            match = request.resolver_match
            name = match.view_name if match else ""
            factors.check_token(user_id=token.user_id, name=name, proved=token.proved)
        if not token.grants(scope):
            label = Scope(scope).label
            raise ScopeMissing(_("这个令牌没有「%(scope)s」这个用途，换一个。") % {"scope": label})

    def _read_key(self, request: Request) -> UUID:
        try:
            return UUID(request.headers.get(KEY_HEADER, ""))
        except ValueError as error:
            raise KeyMissing(
                _("每个 POST 都要带请求头 %(header)s，写一个新的 UUID。") % {"header": KEY_HEADER},
                field=KEY_HEADER,
            ) from error

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        done = super().finalize_response(request, response, *args, **kwargs)
        done.headers.setdefault("Cache-Control", "no-store")
        done.headers["Content-Language"] = translation.get_language() or "zh-hans"
        patch_vary_headers(done, ("Authorization", "Accept-Language", "Cookie"))
        if request.method == "POST" and requests.was_replayed():
            done.headers[REPLAYED_HEADER] = "true"
        return done

    @property
    def person(self) -> User:
        user = self.request.user
        if not isinstance(user, User):
            raise NotAuthenticated
        return user

    def body(self, kind: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        """What was sent, checked. Raises ValidationError (422)."""
        form = kind(data=self.request.data)
        form.is_valid(raise_exception=True)
        data: dict[str, Any] = form.validated_data
        return data

    def once(
        self,
        act: str,
        *,
        group_id: int | None,
        body: Mapping[str, Any],
        work: Callable[[], T],
        replay: Callable[[], T],
    ) -> T:
        """Do an act whose service takes no request id: once per key."""
        return requests.once(
            group_id=group_id,
            user_id=self.person.pk,
            key=self.key,
            act=f"api.{act}",
            body=body,
            work=work,
            replay=replay,
        )


def answer(kind: type[serializers.Serializer[Any]], row: Any, status: int = 200) -> Response:
    """A row in its documented shape."""
    return Response(kind(row).data, status=status)
