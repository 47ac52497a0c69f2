"""Sessions as rows that know their person and device; session and user come in one query."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any, cast

from allauth.core.internal.httpkit import get_client_ip
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import auth
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import CreateError, UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.middleware import SessionMiddleware as DjangoSessionMiddleware
from django.db import DatabaseError, IntegrityError, OperationalError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.functional import SimpleLazyObject

from tuangou.core.kept import Kept
from tuangou.core.models import Session, User

SEEN_EVERY = timedelta(hours=1)
_FACTORS = Authenticator.objects.filter(
    user_id=OuterRef("user_id"), type__in=(Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
)


def _rows(
    session_key: str, now: datetime, oldest: datetime, idle_since: datetime
) -> QuerySet[Session]:
    living = Session.objects.filter(
        session_key=session_key,
        expire_date__gt=now,
        created_at__gt=oldest,
        last_seen_at__gt=idle_since,
    )
    return living.select_related("user").annotate(second_factor=Exists(_FACTORS))


_ROW = Kept(_rows)
_DEVICES = (
    ("iPad", r"iPad"),
    ("iPhone", r"iPhone"),
    ("HarmonyOS", r"HarmonyOS|OpenHarmony"),
    ("Android", r"Android"),
    ("Windows", r"Windows"),
    ("Mac", r"Macintosh"),
    ("Linux", r"Linux"),
)
_BROWSERS = (
    ("WeChat", r"MicroMessenger"),
    ("Edge", r"Edg/"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Chrome", r"Chrome/|CriOS/"),
    ("Safari", r"Safari/"),
)


def device_name(user_agent: str) -> str:
    """ "iPhone · WeChat": enough for a person to know her own phone; "" if nothing is known."""
    found = [
        next((name for name, mark in table if re.search(mark, user_agent)), "")
        for table in (_DEVICES, _BROWSERS)
    ]
    return " · ".join(name for name in found if name)


class SessionStore(DatabaseStore):
    """Keeps the session row and its user once loaded, and writes the columns of its own."""

    row: Session | None = None
    user_agent: str = ""
    ip: str | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _get_session_from_db(self) -> Session | None:
        """The living row with its user and whether she has a second factor, in one query. Idle and
        overlong sessions do not live."""
        now = timezone.now()
        self.row = _ROW.first(
            session_key=self.session_key or "",
            now=now,
            oldest=now - timedelta(seconds=settings.SESSION_COOKIE_AGE),
            idle_since=now - timedelta(seconds=settings.SESSION_IDLE_AGE),
        )
        if self.row is None:
            self._session_key = None
        else:
            self._note_visit(self.row, now)
        return self.row

    def _note_visit(self, row: Session, now: datetime) -> None:
        if now - row.last_seen_at > SEEN_EVERY:
            Session.objects.filter(pk=row.pk).update(last_seen_at=now, ip=self.ip or row.ip)

    def user(self, user_id: str) -> User | None:
        """The user that came with the row, if it is this one and may still sign in."""
        user = self.row.user if self.row else None
        return user if user is not None and str(user.pk) == str(user_id) else None

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        now = timezone.now()
        return Session(
            session_key=self._get_or_create_session_key(),  # type: ignore[attr-defined]
            session_data=self.encode(data),
            expire_date=self.get_expiry_date(),
            user_id=data.get(auth.SESSION_KEY),
            device=device_name(self.user_agent),
            user_agent=self.user_agent[:200],
            ip=self.ip,
            created_at=now,
            last_seen_at=now,
        )

    def save(self, must_create: bool = False) -> None:
        """As Django's, but an update leaves device and first visit alone, and an absent database
        is not taken for a deleted session."""
        if self.session_key is None:
            return self.create()
        data = self._get_session(no_load=must_create)  # type: ignore[attr-defined]
        row = self.create_model_instance(data)
        try:
            with transaction.atomic():
                if must_create:
                    row.save(force_insert=True)
                else:
                    row.save(
                        force_update=True, update_fields=["session_data", "expire_date", "user"]
                    )
        except OperationalError:
            raise
        except IntegrityError as error:
            raise (CreateError if must_create else UpdateError) from error
        except DatabaseError as error:
            if must_create:
                raise
            raise UpdateError from error
        return None


class SessionMiddleware(DjangoSessionMiddleware):
    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        store = cast(SessionStore, request.session)
        store.user_agent = request.headers.get("User-Agent", "")
        store.ip = get_client_ip(request)


class UserMiddleware(AuthenticationMiddleware):
    """request.user from the session row, still checked against her password's hash."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: _cached_user(request))  # type: ignore[assignment]


def _cached_user(request: HttpRequest) -> User | AnonymousUser:
    if not hasattr(request, "_cached_user"):
        request._cached_user = _user_of(request)  # type: ignore[attr-defined]
    user: User | AnonymousUser = request._cached_user  # type: ignore[attr-defined]
    return user


def _user_of(request: HttpRequest) -> User | AnonymousUser:
    """Django's auth.get_user without its second query; it is asked whenever anything differs."""
    session = cast(SessionStore, request.session)
    user_id = session.get(auth.SESSION_KEY)
    if user_id is None:
        return AnonymousUser()
    user = session.user(user_id)
    known_backend = session.get(auth.BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS
    hashed = session.get(auth.HASH_SESSION_KEY, "")
    if (
        user is not None
        and user.is_active
        and known_backend
        and constant_time_compare(hashed, user.get_session_auth_hash())
    ):
        return user
    return auth.get_user(request)


def end_other_sessions(*, user_id: int, keep_key: str | None) -> int:
    """Sign this person out everywhere else; the number of sessions ended."""
    others = Session.objects.filter(user_id=user_id).exclude(session_key=keep_key)
    return others.delete()[0]


def tidy_sessions() -> int:
    """Delete sessions that can no longer be used."""
    now = timezone.now()
    dead = Session.objects.filter(expire_date__lte=now) | Session.objects.filter(
        last_seen_at__lte=now - timedelta(seconds=settings.SESSION_IDLE_AGE)
    )
    return dead.delete()[0]
