"""Texts to phones. A request only writes a row; the beat tick hands it to a worker, who sends.

Backends (SMS_BACKEND): `console` prints, for development; `http` posts signed JSON to a gateway of
the installer's own; `off` sends nothing, and pages do not offer it. A text is put together when it
is sent, and its row is blanked when it is sent or too late. Tried again with growing pauses until
then; a copy too many is harmless, it carries the same code.

The gateway gets POST SMS_URL, body {"id", "phone", "text", "signature"}, and a header
X-Tuangou-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256(SMS_SECRET, "<t>.<body>")>. It answers
2xx when it has taken the text (the same `id` twice is the same text), 4xx when it never will
(408, 425 and 429: later), anything else when it cannot now.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import requests
import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.template import Context
from django.template.loader import get_template
from django.utils import translation

from tuangou.core import clock
from tuangou.core.events import AppNow
from tuangou.core.logs import mask
from tuangou.core.models import Code, Sms, User
from tuangou.core.senders import Never, NotNow

TIMEOUT = (5, 5)  # seconds to connect, seconds of silence
LEASE = timedelta(seconds=30)
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=1)
KEPT = timedelta(days=7)
LATER = {408, 425, 429}

log = structlog.get_logger("tuangou.sms")


def is_offered() -> bool:
    """Whether this installation can send texts at all."""
    return bool(settings.SMS_BACKEND != "off")


def queue(
    kind: str,
    *,
    phone: str,
    expires_at: datetime,
    language: str,
    code: Code | None = None,
    code_id: int | None = None,
    **context: Any,
) -> None:
    """Put a text on its way: `core/sms/<kind>.txt`, in the transaction of what it tells of."""
    get_template(f"core/sms/{kind}.txt")
    Sms.objects.create(
        kind=kind,
        phone=phone,
        code_id=code.pk if code else code_id,
        context=context,
        language=language,
        created_at=AppNow(),
        due_at=AppNow(),
        expires_at=expires_at,
    )


def dispatch_due(hand_over: Callable[[list[int]], None], *, limit: int = 200) -> int:
    """Hand due texts to `hand_over`, with a lease; blank those that are too late. How many."""
    now = clock.now()
    Sms.objects.filter(done_at=None, expires_at__lte=now).update(**_BLANK, last_error="too late")
    with transaction.atomic():
        due = Sms.objects.select_for_update(skip_locked=True).filter(done_at=None, due_at__lte=now)
        ids = list(due.order_by("due_at", "pk").values_list("pk", flat=True)[:limit])
        Sms.objects.filter(pk__in=ids).update(due_at=now + LEASE)
    if ids:
        hand_over(ids)
    return len(ids)


def send(sms_id: int) -> bool:
    """Send one text if it is still wanted; whether it went out. The network is outside every
    transaction."""
    open_ = Sms.objects.filter(pk=sms_id, done_at=None, expires_at__gt=AppNow())
    if not open_.update(attempts=F("attempts") + 1, due_at=clock.now() + LEASE):
        return False
    row = Sms.objects.select_related("code").get(pk=sms_id)
    if not _is_wanted(row):
        _finish(row)
        return False
    try:
        _deliver(row)
    except NotNow as error:
        pause = min(FIRST_PAUSE * 2 ** (row.attempts - 1), LONGEST_PAUSE)
        Sms.objects.filter(pk=row.pk, done_at=None).update(
            due_at=clock.now() + pause, last_error=mask(str(error))[:200]
        )
        log.warning("sms_delayed", sms=row.pk, attempts=row.attempts, error=str(error))
        return False
    except Never as error:
        _finish(row, str(error))
        log.error("sms_refused", sms=row.pk, error=str(error))
        return False
    _finish(row)
    log.info("sms_sent", sms=row.pk, kind=row.kind, attempts=row.attempts)
    return True


def tidy() -> int:
    """Forget texts a week after they were done; they are blank by then."""
    return Sms.objects.filter(done_at__lt=clock.now() - KEPT).delete()[0]


_BLANK: dict[str, Any] = {"done_at": AppNow(), "due_at": None, "phone": "", "context": {}}


def _finish(row: Sms, error: str = "") -> None:
    Sms.objects.filter(pk=row.pk).update(**_BLANK, last_error=mask(error)[:200])


def _is_wanted(row: Sms) -> bool:
    """A code for signing in goes to phones that have an account, and only here is that asked."""
    if row.code is None or row.code.purpose != "sign_in":
        return True
    return User.objects.filter(phone=row.phone, is_active=True).exists()


def text_of(row: Sms) -> str:
    context = dict(row.context)
    if row.code is not None:
        context["code"] = row.code.digits()
    with translation.override(row.language):
        backend: Any = get_template(f"core/sms/{row.kind}.txt")
        rendered: str = backend.template.render(Context(context, autoescape=False))
    return " ".join(rendered.split())


def _deliver(row: Sms) -> None:
    deliver(row.pk, phone=row.phone, text=text_of(row))


def deliver(number: int | str, *, phone: str, text: str) -> None:
    """Give one text to the gateway; `number` tells a copy from another. Raises NotNow, Never."""
    if settings.SMS_BACKEND == "console":
        sys.stderr.write(f"\n=== SMS {phone}: {text} ===\n")
        sys.stderr.flush()
    elif settings.SMS_BACKEND == "http":
        _post({"id": number, "phone": phone, "text": text})
    else:
        raise Never("SMS_BACKEND is off")


def _post(body: dict[str, Any]) -> None:
    data = json.dumps(body | {"signature": settings.SMS_SIGNATURE}, ensure_ascii=False).encode()
    stamp = int(time.time())
    signed = hmac.new(settings.SMS_SECRET.encode(), f"{stamp}.".encode() + data, hashlib.sha256)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "X-Tuangou-Signature": f"t={stamp},v1={signed.hexdigest()}",
    }
    try:
        answer = requests.post(
            settings.SMS_URL, data=data, headers=headers, timeout=TIMEOUT, allow_redirects=False
        )
    except requests.RequestException as error:
        raise NotNow(type(error).__name__) from None  # its text may hold the address with a key
    if answer.ok and not answer.is_redirect:
        return
    said = f"HTTP {answer.status_code}"
    if 400 <= answer.status_code < 500 and answer.status_code not in LATER:
        raise Never(said)
    raise NotNow(said)
