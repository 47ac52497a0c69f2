"""How often something may be tried: counted in PostgreSQL, for all processes, without Redis.

A window belongs to one act and one key. Its first try opens it for `per`; the try after the
`most`-th is refused until it ends, then the next try opens a new one. Tries at the end of one
window and the start of the next may touch: in any span of length `per` fewer than 2 × most pass,
and over t hours at most most × (t ÷ per + 1). `docs/security.md` does the arithmetic of guessing
with these bounds.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.utils.crypto import salted_hmac
from django.utils.translation import ngettext

from tuangou.core import clock
from tuangou.core.errors import TooMany
from tuangou.core.models import Limit

# A try of a running window waits for the row of the one before it: none is lost, none counts twice.
_SPEND = """
    insert into core_limit as had (act, key_sha256, tries, ends_at)
    values (%(act)s, %(key)s, 1, app_now() + %(per)s)
    on conflict (act, key_sha256) do update set
        tries = case when had.ends_at > app_now() then had.tries + 1 else 1 end,
        ends_at = case when had.ends_at > app_now() then had.ends_at else excluded.ends_at end
    returning tries, ends_at, app_now()
"""


def spend(act: str, key: str, *, most: int, per: timedelta) -> int:
    """Count one try of `act` by `key`; how many are left in this window.

    Raises TooMany, which says when to come back, from the try after the `most`-th on. One
    statement, committed by itself: call it before the work and outside its transaction
    (RuntimeError inside one, except in simulated time), or a refusal would take the count back.
    Keys (phones, addresses, ids) are kept as a keyed SHA-256 only.
    """
    alone = not clock.is_simulated()
    with transaction.atomic(durable=alone, savepoint=False), connection.cursor() as cursor:
        given: dict[str, Any] = {"act": act, "key": _digest(act, key), "per": per}
        cursor.execute(_SPEND, given)
        tries, ends_at, now = cursor.fetchone()
    if tries > most:
        raise too_many(ends_at, now)
    return int(most - tries)


def forget(act: str, key: str) -> None:
    """Start anew, where a success shows that the tries before were hers (a password at last)."""
    Limit.objects.filter(act=act, key_sha256=_digest(act, key)).delete()


def give_back(act: str, key: str) -> None:
    """Take one try back: it was no guess. For limits that count only what went wrong."""
    tried = Limit.objects.filter(act=act, key_sha256=_digest(act, key), tries__gt=0)
    tried.update(tries=F("tries") - 1)


def tidy() -> int:
    """Drop windows that are over; how many there were."""
    return Limit.objects.filter(ends_at__lte=clock.now()).delete()[0]


def too_many(ends_at: datetime, now: datetime) -> TooMany:
    """The refusal of a window that ends at `ends_at`."""
    seconds = max(1, math.ceil((ends_at - now).total_seconds()))
    return TooMany(_sentence(seconds), retry_after=seconds)


def _sentence(seconds: int) -> str:
    """Seconds up to two minutes, minutes up to two hours, then hours; always rounded up."""
    if seconds <= 120:
        n = seconds
        return ngettext("试得太多了，%(n)d 秒后再来", "试得太多了，%(n)d 秒后再来", n) % {"n": n}
    if seconds <= 7200:
        n = math.ceil(seconds / 60)
        return ngettext("试得太多了，%(n)d 分钟后再来", "试得太多了，%(n)d 分钟后再来", n) % {
            "n": n
        }
    n = math.ceil(seconds / 3600)
    return ngettext("试得太多了，%(n)d 小时后再来", "试得太多了，%(n)d 小时后再来", n) % {"n": n}


def _digest(act: str, key: str) -> bytes:
    return salted_hmac(f"tuangou.limits.{act}", key, algorithm="sha256").digest()
