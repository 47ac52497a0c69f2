"""A program: JSON in and out, a key on every POST."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from django.test import Client

from groups.models import Membership
from tuangou.core.models import ApiToken, User
from tuangou.core.tokens import make_token

ALL = ("read", "order", "officer")


def token_for(user: User | None, *scopes: str, proved: bool = True) -> tuple[ApiToken, str]:
    assert user is not None
    return make_token(user_id=user.pk, name="程序", scopes=scopes or ALL, proved=proved)


class Api:
    """`Api(member)` speaks for her with a token of all scopes, or of `scopes`."""

    def __init__(self, who: Membership | User | None, *scopes: str, slug: str = "") -> None:
        user = who.user if isinstance(who, Membership) else who
        self.slug = slug or (who.group.slug if isinstance(who, Membership) else "")
        self.secret = token_for(user, *scopes)[1] if user else ""
        self.http = Client(raise_request_exception=False)

    def address(self, path: str) -> str:
        return path if path.startswith("/api/") else f"/api/v1/groups/{self.slug}/{path}"

    def headers(self, **more: str) -> dict[str, str]:
        known = {"Authorization": f"Bearer {self.secret}"} if self.secret else {}
        return known | more

    def get(self, path: str, **headers: str) -> Any:
        return self.http.get(self.address(path), headers=self.headers(**headers))

    def post(self, path: str, body: Any = None, *, key: object = None, **headers: str) -> Any:
        sent = self.headers(**{"Idempotency-Key": str(key or uuid4())} | headers)
        data = body if isinstance(body, str | bytes) else json.dumps(body or {})
        return self.http.post(
            self.address(path), data, content_type="application/json", headers=sent
        )

    def everything(self, path: str) -> list[Any]:
        """All pieces of a list, by following `next`."""
        rows: list[Any] = []
        following: str | None = path
        while following:
            piece = self.get(following).json()
            rows += piece["results"]
            following = piece["next"]
        return rows
