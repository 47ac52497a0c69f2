"""Who calls: a token in the Authorization header, or a signed-in browser with its CSRF token."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.core.internal.httpkit import get_client_ip
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from tuangou.core import limits
from tuangou.core.api.errors import CsrfFailed, TokenRefused
from tuangou.core.models import ApiToken, Scope, User
from tuangou.core.tokens import find_token

LONGEST = 100
WRONG_TOKENS = 60  # a minute and address


class Token(BaseAuthentication):
    """`Authorization: Bearer tg_…`. Unknown, revoked, expired and erased are one answer."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        kind, _blank, secret = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer":
            return None
        token = find_token(secret.strip()[:LONGEST])
        if token is None:
            address = get_client_ip(request._request) or ""
            limits.spend("api.wrong_token", address, most=WRONG_TOKENS, per=timedelta(minutes=1))
            raise TokenRefused(_("这个令牌不能用：写错了、停用了或到期了。去「令牌」页看看。"))
        user = token.user
        user.puts_offices_aside = not token.grants(Scope.OFFICER)
        return user, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class Session(SessionAuthentication):
    """The session of the pages. What changes something needs the CSRF token, as a form does."""

    def enforce_csrf(self, request: Any) -> None:
        try:
            super().enforce_csrf(request)
        except PermissionDenied as error:
            raise CsrfFailed(_("带上 X-CSRFToken：登录的页面里有。程序用令牌，不用它。")) from error
