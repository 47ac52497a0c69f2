"""The second factor: six digits of an app, a passkey, or a recovery code of paper (allauth.mfa).

Officers (initiator, deputy, merchant's staff) are asked for a fresh proof before money, rulings,
sanctions and member data: ASKED lists those pages by the name of their address. A proof holds
SECOND_FACTOR_AGE on the session that gave it. Where SECOND_FACTOR is "offered", who has set none up
is not asked; where it is "required", she is sent to set one up first.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import segno
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tuangou.core.errors import NotAllowed
from tuangou.core.http import back_link, refusal_response, wants_json
from tuangou.core.models import User

MONEY = {
    "orders:payments",
    "orders:payment-receive",
    "orders:payment-refund",
    "orders:payment-undo",
    "orders:books",
    "orders:round-postings",
    "orders:settlements",
    "orders:shop-settlements",
    "orders:settlement",
    "orders:settlement-draw",
    "orders:settlement-confirm",
    "orders:settlement-confirm-for",
    "orders:settlement-say",
    "orders:settlement-pay",
    "orders:settlement-unpay",
    "orders:settlement-postings",
    "orders:settlement-pdf",
    "orders:settlement-xlsx",
    "orders:round-cancel",
    "orders:return-accept",
    "orders:return-refund",
    "merchants:agreement-new",
    "merchants:agreement-sign",
    "merchants:agreement-paper",
}
SANCTIONS = {
    "merchants:application-reinstate",
    "reputation:complaint-rule",
    "reputation:sanction-new",
    "reputation:sanction-lift",
    "reputation:proposal-dismiss",
    "reputation:consequences-edit",
    "groups:deputy-name",
    "groups:deputy-end",
    "groups:member-remove",
    "groups:member-restore",
    "groups:login-link",
    "groups:login-link-revoke",
}
MEMBER_DATA = {"orders:members", "groups:member", "groups:joining"}
TOKENS = {"account_tokens"}  # a token is worth what its maker may do
API = {
    *("api:round-payments", "api:payment-receive", "api:payment-refund", "api:payment-undo"),
    *("api:books", "api:round-postings", "api:round-cancel", "api:return-accept"),
    *("api:return-refund", "api:members", "api:settlement", "api:settlement-confirm"),
    *("api:settlement-say", "api:settlement-pay", "api:agreement", "api:agreement-sign"),
    "api:complaint-rule",
}
ACCOUNT = {"account_phone"}  # asked of everybody who has a second factor
OPERATOR = "admin"  # every page of the operator's window
ASKED = MONEY | SANCTIONS | MEMBER_DATA | ACCOUNT | TOKENS | API

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
NEXT_KEY = "second_factor_next"

_offices: dict[str, Callable[[int], bool]] = {}


class ProofNeeded(NotAllowed):
    """Asked of programs with a session; pages are redirected."""

    code = "second_factor"


def count_as_office(name: str, holds: Callable[[int], bool]) -> None:
    """`holds(user_id)` says whether this person holds such an office (tuangou.subscriptions)."""
    _offices[name] = holds


def holds_office(user_id: int) -> bool:
    """Whether she is an officer of any group or any merchant's staff."""
    return any(holds(user_id) for holds in _offices.values())


def types_of(user_id: int) -> set[str]:
    """Which second factors she has set up. One query."""
    rows = Authenticator.objects.filter(user_id=user_id, type__in=FACTORS)
    return set(rows.order_by().values_list("type", flat=True).distinct())


def is_proved(request: HttpRequest) -> bool:
    """Whether this session gave a proof lately. No query."""
    user = request.user
    since = time.time() - settings.SECOND_FACTOR_AGE
    records = get_authentication_records(request, user if isinstance(user, User) else None)
    return any(row.get("method") == "mfa" and row["at"] > since for row in records)


class ProofMiddleware:
    """Asks for the proof before a page of ASKED. Costs nothing where none is due: no statement."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        match = request.resolver_match
        name = match.view_name if match else ""
        asked = name in ASKED or (match is not None and OPERATOR in match.app_names)
        if not asked or not isinstance(request.user, User) or is_proved(request):
            return None
        missing = self._missing(request, request.user, name)
        return None if missing is None else _ask(request, has=not missing)

    @staticmethod
    def _missing(request: HttpRequest, user: User, name: str) -> bool | None:
        """None: nothing is asked of her. Else whether she has yet to set a second factor up."""
        has = has_factor(request)
        if not has and (settings.SECOND_FACTOR != "required" or name in ACCOUNT):
            return None
        if name not in ACCOUNT and not _has_rights(user):
            return None
        return not has


def _has_rights(user: User) -> bool:
    return user.is_staff or holds_office(user.pk)


def has_factor(request: HttpRequest) -> bool:
    """Whether she has set one up; known from the session's row, else one query."""
    row = getattr(request.session, "row", None)
    known = getattr(row, "second_factor", None)
    if known is None:
        known = bool(types_of(request.user.pk or 0))
    return bool(known)


def _ask(request: HttpRequest, *, has: bool) -> HttpResponse:
    """To the page of the proof, or of setting up; the page asked for, or for a POST the page it
    came from, comes after it."""
    if wants_json(request):
        return refusal_response(request, ProofNeeded(_("这一步先要在网页上做一次两步验证")))
    reading = request.method in {"GET", "HEAD"}
    to = request.get_full_path() if reading else back_link(request)
    if not has:
        request.session[NEXT_KEY] = to
        messages.warning(request, _("管钱、管人之前，先设好两步验证。设一次，以后 12 小时问一回"))
        return redirect("mfa_index")
    if not reading:
        messages.warning(request, _("刚才那一步还没做。先确认是你本人，回去再按一次"))
    return redirect(f"{proof_url(request.user.pk or 0)}?{urlencode({'next': to})}")


def proof_url(user_id: int) -> str:
    """The page where she proves herself: by code, or by passkey where that is all she has."""
    only_passkey = types_of(user_id) == {Authenticator.Type.WEBAUTHN}
    return reverse("mfa_reauthenticate_webauthn" if only_passkey else "mfa_reauthenticate")


def check_token(*, user_id: int, name: str, proved: bool) -> None:
    """A token made without a proof does nothing that a session would be asked one for.

    `name` of the address. Raises ProofNeeded. No query for a token that was made with one.
    """
    if proved or name not in API:
        return
    due = settings.SECOND_FACTOR == "required" or bool(types_of(user_id))
    if due and holds_office(user_id):
        raise ProofNeeded(_("这个令牌做的时候没有两步验证。在网页上验证一次，再做一个"))


class Adapter(DefaultMFAAdapter):  # type: ignore[misc]
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": gettext_lazy("验证码不对或用过了，等下一个再试"),
        "cannot_generate_recovery_codes": gettext_lazy("先设好两步验证，再要备用码"),
    }

    def get_totp_label(self, user: User) -> str:
        return str(user)

    def get_totp_issuer(self) -> str:
        return _("团购")

    def _get_site_name(self) -> str:
        return _("团购")

    def _get_user_identifier(self, user: User) -> str:
        return str(user)

    def build_totp_svg(self, url: str) -> str:
        out = BytesIO()
        segno.make(url, error="m").save(out, kind="svg", scale=5, border=4, light="white")
        return out.getvalue().decode()

    def generate_authenticator_name(self, user: User, type: Any) -> str:
        n = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return _("通行密钥 %(n)d") % {"n": n}

    def encrypt(self, text: str) -> str:
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _box().decrypt(encrypted_text.encode()).decode()


def _box() -> MultiFernet:
    """TOTP secrets are kept under SECRET_KEY; old keys (SECRET_KEY_FALLBACKS) still open them."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    made = (salted_hmac("tuangou.mfa", "box", secret=key, algorithm="sha256") for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(mac.digest())) for mac in made])
