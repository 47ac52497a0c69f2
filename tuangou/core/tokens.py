"""Tokens for programs: made by a person, shown once, kept as a SHA-256, revoked at any time."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from tuangou.core import clock
from tuangou.core.errors import DomainError, InvalidInput
from tuangou.core.models import ApiToken, Scope, User

MARK = "tg_"
SHOWN = 8
MOST_LIVING = 20
USED_EVERY = timedelta(hours=1)


class TooManyTokens(DomainError):
    """A person keeps at most MOST_LIVING living tokens."""

    code = "too_many_tokens"


@transaction.atomic
def make_token(
    *,
    user_id: int,
    name: str,
    scopes: Iterable[str],
    expires_at: datetime | None = None,
    proved: bool = False,
) -> tuple[ApiToken, str]:
    """A token and its secret, which is told here and never again: 256 random bits.

    `proved`: the session that makes it gave its second factor (core.factors).
    Raises InvalidInput, TooManyTokens.
    """
    name = " ".join(name.split())
    if not name or len(name) > 40:
        raise InvalidInput(_("给令牌起个名字，最多 40 个字"), field="name")
    chosen = set(scopes)
    if not chosen or not chosen <= set(Scope.values):
        raise InvalidInput(_("至少选一种用途"), field="scopes")
    User.objects.select_for_update(no_key=True).get(pk=user_id)
    at = clock.now()
    if expires_at is not None and expires_at <= at:
        raise InvalidInput(_("到期的日子要在今天之后"), field="expires")
    if living_tokens(user_id=user_id, at=at).count() >= MOST_LIVING:
        raise TooManyTokens(_("最多 %(most)d 个令牌，先停用不用的") % {"most": MOST_LIVING})
    secret = MARK + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user_id=user_id,
        name=name,
        scopes=" ".join(scope for scope in Scope.values if scope in chosen),
        sha256=digest_of(secret),
        prefix=secret[:SHOWN],
        proved=proved,
        created_at=at,
        expires_at=expires_at,
    )
    return token, secret


def revoke_token(*, user_id: int, token_id: int) -> bool:
    """This person's token is dead from now on; whether there was such a living one."""
    living = ApiToken.objects.filter(user_id=user_id, pk=token_id, revoked_at__isnull=True)
    return bool(living.update(revoked_at=clock.now()))


def revoke_all(*, user_id: int) -> int:
    """All tokens of a person are dead from now on; how many there were."""
    living = ApiToken.objects.filter(user_id=user_id, revoked_at__isnull=True)
    return living.update(revoked_at=clock.now())


def tokens_of(user_id: int) -> list[ApiToken]:
    """Her tokens, newest first, dead ones too. One query."""
    return list(ApiToken.objects.filter(user_id=user_id).order_by("-pk")[:100])


def living_tokens(*, user_id: int, at: datetime) -> QuerySet[ApiToken]:
    return ApiToken.objects.filter(_alive(at), user_id=user_id)


def find_token(secret: str) -> ApiToken | None:
    """The living token of an active person behind this secret, or None.

    One statement whatever is sent: the digest is looked up, so nothing is compared bit by bit, and
    unknown, revoked and expired secrets cost the same. Noting the use is a second statement, at
    most once an hour.
    """
    at = timezone.now()
    token = (
        ApiToken.objects.select_related("user")
        .filter(_alive(at), sha256=digest_of(secret), user__is_active=True)
        .first()
    )
    if token is not None and (token.last_used_at is None or at - token.last_used_at > USED_EVERY):
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=at)
    return token


def digest_of(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()


def _alive(at: datetime) -> Q:
    return Q(revoked_at__isnull=True) & (Q(expires_at__isnull=True) | Q(expires_at__gt=at))
