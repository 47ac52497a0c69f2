"""Six-digit codes that show whose a phone is: asked for, sent by a worker, tried, used once.

A code lives LIVES, may be tried TRIES times and sent SENDS times, at least RESEND_AFTER apart.
Its row is named by the session that asked, so it is worth nothing elsewhere. Asking does the same
work for every phone: whether anybody has it is looked up by the worker that would send, and again
when the right digits came. The digits are not stored (Code.digits). What guessing
can reach: `docs/security.md`.
"""

from __future__ import annotations

import hmac
import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tuangou.core import clock, limits, sms
from tuangou.core.errors import DomainError
from tuangou.core.events import AppNow
from tuangou.core.models import Code

SIGN_IN, PHONE = "sign_in", "phone"  # Code.purpose

LIVES = timedelta(minutes=10)
TRIES = 5
SENDS = 3
RESEND_AFTER = timedelta(seconds=60)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# (act, most, per) of asking: by phone, by address, by everybody
ASKED_BY_PHONE = (("code.phone.hour", 5, HOUR), ("code.phone.day", 10, DAY))
ASKED_BY_ADDRESS = (("code.address.hour", 60, HOUR),)
ASKED_BY_ALL = (("code.all.hour", 1000, HOUR),)
# wrong digits: by address, by everybody
WRONG_BY_ADDRESS = ("code.wrong.address", 60, HOUR)
WRONG_BY_ALL = ("code.wrong.all", 1000, DAY)

_COUNT_TRY = """
    update core_code set tries = tries + 1
    where id = %s and purpose = %s and used_at is null and tries < %s and expires_at > app_now()
    returning nonce, tries
"""
_USE = "update core_code set used_at = app_now() where id = %s and used_at is null"
_SEND_AGAIN = """
    update core_code set sends = sends + 1, sent_at = app_now()
    where id = %s and used_at is null and tries < %s and sends < %s
        and expires_at > app_now() and sent_at <= app_now() - %s
    returning phone, expires_at
"""


class WrongCode(DomainError):
    code = "wrong_code"
    status = 422


class CodeOver(DomainError):
    """Used, tried too often or too old: a new one has to be asked for."""

    code = "code_over"


class TooSoon(DomainError):
    code = "too_soon"


@dataclass(frozen=True, slots=True)
class Standing:
    """A code that may still be tried, as its page tells it."""

    id: int
    phone: str
    tries_left: int
    resend_in: int  # seconds; 0: now
    may_resend: bool
    expires_at: datetime


def ask(
    *, purpose: str, phone: str, address: str, language: str, user_id: int | None = None
) -> int:
    """Make a code for this phone (E.164) and put its text on the way; the id for the session.

    Counts by phone, address and altogether first. Raises TooMany.
    """
    _count(phone, address)
    nonce = secrets.token_bytes(16)
    with transaction.atomic():
        now = clock.now()
        code = Code.objects.create(
            purpose=purpose,
            phone=phone,
            user_id=user_id,
            nonce=nonce,
            created_at=now,
            sent_at=now,
            expires_at=now + LIVES,
        )
        sms.queue("code", phone=phone, expires_at=code.expires_at, language=language, code=code)
    return code.pk


def ask_again(*, code_id: int, address: str, language: str) -> None:
    """Send the same digits once more. Raises TooSoon, CodeOver, TooMany; counts like asking."""
    standing = standing_code(code_id)
    if standing is None or not standing.may_resend:
        raise CodeOver(_("这个验证码不能再发了，换一个新的：回到上一页重新填手机号"))
    if standing.resend_in:
        raise TooSoon(_too_soon(standing.resend_in))
    _count(standing.phone, address)
    with transaction.atomic(), connection.cursor() as cursor:
        given: list[Any] = [code_id, TRIES, SENDS, RESEND_AFTER]
        cursor.execute(_SEND_AGAIN, given)
        row = cursor.fetchone()
        if row is None:  # another tab was faster
            raise TooSoon(_too_soon(int(RESEND_AFTER.total_seconds())))
        sms.queue("code", phone=row[0], expires_at=row[1], language=language, code_id=code_id)


def standing_code(code_id: int) -> Standing | None:
    """The code of this session if it may still be tried. Two queries."""
    now = clock.now()
    code = Code.objects.filter(
        pk=code_id, used_at=None, tries__lt=TRIES, expires_at__gt=now
    ).first()
    if code is None:
        return None
    wait = (code.sent_at + RESEND_AFTER - now).total_seconds()
    return Standing(
        id=code.pk,
        phone=code.phone,
        tries_left=TRIES - code.tries,
        resend_in=max(0, int(wait + 0.999)),
        may_resend=code.sends < SENDS,
        expires_at=code.expires_at,
    )


def use(*, code_id: int, purpose: str, typed: str, address: str) -> Code:
    """Try these digits; the code, now used, if they are right. At the same moment only one wins.

    Raises WrongCode (which says how many tries are left), CodeOver, TooMany.
    """
    guesses = [(act, key, most, per) for (act, most, per), key in _guessing(address)]
    for act, key, most, per in guesses:
        limits.spend(act, key, most=most, per=per)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_TRY, [code_id, purpose, TRIES])
        row = cursor.fetchone()
        if row is None:
            raise CodeOver(_over())
        nonce, tries = row
        if not hmac.compare_digest(_plain(typed), Code(pk=code_id, nonce=bytes(nonce)).digits()):
            raise _wrong(TRIES - tries)
        cursor.execute(_USE, [code_id])
        if cursor.rowcount != 1:
            raise CodeOver(_over())
    for act, key, _most, _per in guesses:
        limits.give_back(act, key)
    return Code.objects.get(pk=code_id)


def tidy() -> int:
    """Forget codes that are over; their phones may be anybody's."""
    return Code.objects.filter(expires_at__lt=AppNow()).delete()[0]


def _guessing(address: str) -> list[tuple[tuple[str, int, timedelta], str]]:
    return [(WRONG_BY_ADDRESS, address), (WRONG_BY_ALL, "")]


def _count(phone: str, address: str) -> None:
    """The address first: whoever is stopped there uses nothing up for the phone or for all."""
    for limit, key in (
        *((limit, address) for limit in ASKED_BY_ADDRESS),
        *((limit, phone) for limit in ASKED_BY_PHONE),
        *((limit, "") for limit in ASKED_BY_ALL),
    ):
        act, most, per = limit
        limits.spend(act, key, most=most, per=per)


def _plain(typed: str) -> str:
    """Full-width digits, spaces and dashes as people and keyboards make them."""
    text = re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", typed))
    return text if text.isascii() else ""  # compare_digest takes ASCII only


def _wrong(left: int) -> DomainError:
    if left == 0:
        return CodeOver(_("验证码不对，次数用完了。回到上一页重新要一个"))
    n = ngettext("验证码不对，还可以试 %(n)d 次", "验证码不对，还可以试 %(n)d 次", left) % {
        "n": left
    }
    return WrongCode(n, field="code")


def _too_soon(seconds: int) -> str:
    return ngettext("再等 %(n)d 秒就可以重发", "再等 %(n)d 秒就可以重发", seconds) % {"n": seconds}


def _over() -> str:
    return _("这个验证码不能用了：用过、试完或过了 10 分钟。回到上一页重新要一个")
