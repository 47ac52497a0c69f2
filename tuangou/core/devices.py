"""Devices somebody is signed in on: shown, ended one by one or all, told of when they are new."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from tuangou.core import clock, events, notices
from tuangou.core.http import person_id
from tuangou.core.models import Event, Session
from tuangou.core.sessions import device_name, end_other_sessions


@dataclass(frozen=True, slots=True)
class Device:
    mark: str  # names the row on the page; the session's key never leaves the server
    name: str
    ip: str
    signed_in_at: datetime
    last_seen_at: datetime
    is_this: bool


def devices_of(user_id: int, this_key: str | None) -> list[Device]:
    """This device first, then by last visit (kept to the hour). One query."""
    rows = Session.objects.filter(user_id=user_id, expire_date__gt=timezone.now())
    found = [
        Device(
            mark=_mark(row.session_key),
            name=row.device,
            ip=row.ip or "",
            signed_in_at=row.created_at,
            last_seen_at=row.last_seen_at,
            is_this=row.session_key == this_key,
        )
        for row in rows.order_by("-last_seen_at", "-created_at", "session_key")
    ]
    return sorted(found, key=lambda device: not device.is_this)


def end_one(*, user_id: int, mark: str) -> int:
    """Sign one of her devices out; 0 if it is gone already or not hers."""
    mine = Session.objects.filter(user_id=user_id).values_list("session_key", flat=True)
    keys = [key for key in mine if constant_time_compare(_mark(key), mark)]
    return Session.objects.filter(user_id=user_id, session_key__in=keys).delete()[0]


def end_others(*, user_id: int, keep_key: str | None) -> int:
    """Sign her out everywhere but here."""
    return end_other_sessions(user_id=user_id, keep_key=keep_key)


def note_sign_in(*, user_id: int, session: Any) -> None:
    """Publish `session.started` when she is signed in elsewhere too: the new one may not be her."""
    others = Session.objects.filter(user_id=user_id, expire_date__gt=timezone.now())
    if not others.exclude(session_key=session.session_key).exists():
        return
    with transaction.atomic():
        events.publish(
            "session.started",
            group_id=None,
            subject_id=user_id,
            actor_id=user_id,
            at=clock.now(),
            device=device_name(getattr(session, "user_agent", "")),
        )


def tell_signed_in(event: Event) -> None:
    """Handler of `session.started`."""
    context = {"device": event.data["device"]}
    notices.notify(
        event,
        user_ids=[event.subject_id],
        kind="core.signed_in",
        path="/accounts/devices/",
        context=context,
    )


def tell_phone_changed(event: Event) -> None:
    """Handler of `phone.changed`."""
    notices.notify(
        event,
        user_ids=[event.subject_id],
        kind="core.phone_changed",
        path="/accounts/devices/",
        context={},
    )


def _mark(session_key: str) -> str:
    return salted_hmac("tuangou.devices", session_key, algorithm="sha256").hexdigest()[:24]


@login_required
@require_GET
@never_cache
def index(request: HttpRequest) -> HttpResponse:
    """Where I am signed in, by what, and the ways to change it."""
    rows = devices_of(person_id(request), request.session.session_key)
    return render(request, "account/devices.html", {"devices": rows, "person": request.user})


@login_required
@require_POST
def end(request: HttpRequest) -> HttpResponse:
    if end_one(user_id=person_id(request), mark=request.POST.get("device", "")):
        messages.success(request, _("那台设备已退出登录"))
    else:
        messages.info(request, _("那台设备已经不在登录状态"))
    return redirect("account_devices")


@login_required
@require_POST
def end_elsewhere(request: HttpRequest) -> HttpResponse:
    n = end_others(user_id=person_id(request), keep_key=request.session.session_key)
    messages.success(
        request,
        ngettext("别处 %(n)d 台设备已退出登录", "别处 %(n)d 台设备已退出登录", n) % {"n": n},
    )
    return redirect("account_devices")
