"""One form, one act: the same request id gives the same answer, also when that was a refusal."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from tuangou.core import clock
from tuangou.core.errors import Conflict, DomainError
from tuangou.core.models import RequestKey

T = TypeVar("T")

KEPT = timedelta(days=30)

_replayed: ContextVar[bool] = ContextVar("replayed", default=False)

_TAKE = """
    insert into core_requestkey (group_id, user_id, key, act, body_sha256, created_at)
    values (%s, %s, %s, %s, %s, app_now())
    on conflict do nothing
    returning id
"""


def once(
    *,
    group_id: int | None,
    user_id: int | None,
    key: UUID,
    act: str,
    body: Mapping[str, Any],
    work: Callable[[], T],
    replay: Callable[[], T],
) -> T:
    """Do `work` for this key, or give again what it gave (O4).

    The key is taken first; a twin sent at the same moment waits for it, then gets `replay()`,
    which finds the row that `work` made. A DomainError from `work` undoes the work, is kept and
    raised, and raised again for every later copy. The same key with another act or body raises
    Conflict. A crash leaves no key: sending again is safe.

    Opens the transaction itself (RuntimeError inside another one, except in simulated time):
    a refusal must be committed before it is raised.
    """
    digest = body_digest(body)
    # Only a crash goes through this block, and ends the step it plays in: no savepoint for it.
    alone = not clock.is_simulated()
    with transaction.atomic(durable=alone, savepoint=alone):
        key_id = _take(group_id, user_id, key, act, digest)
        _replayed.set(key_id is None)
        if key_id is None:
            refusal = _earlier_refusal(group_id, user_id, key, act, digest)
            if refusal is None:
                return replay()
        else:
            try:
                with transaction.atomic():
                    return work()
            except DomainError as error:
                refusal = error
                RequestKey.objects.filter(pk=key_id).update(refusal=_stored(error))
    raise refusal


def was_replayed() -> bool:
    """Whether the last act of this request was a copy of one answered before."""
    return _replayed.get()


def begin() -> None:
    """A new request on this thread: nothing was replayed yet."""
    _replayed.set(False)


def body_digest(body: Mapping[str, Any]) -> bytes:
    """SHA-256 of the cleaned body: keys sorted, 2, 2.0 and Decimal("2.000") alike."""
    canonical = json.dumps(
        body, default=_plain, sort_keys=True, ensure_ascii=False, separators=(",", ":")
    )
    return hashlib.sha256(canonical.encode()).digest()


def tidy_keys() -> int:
    """Forget keys after 30 days; phones that come back later than that start anew."""
    return RequestKey.objects.filter(created_at__lt=clock.now() - KEPT).delete()[0]


def _take(
    group_id: int | None, user_id: int | None, key: UUID, act: str, digest: bytes
) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [group_id, user_id, str(key), act, digest])
        row = cursor.fetchone()
    return row[0] if row else None


def _earlier_refusal(
    group_id: int | None, user_id: int | None, key: UUID, act: str, digest: bytes
) -> DomainError | None:
    keys = RequestKey.objects.filter(group_id=group_id, key=key)
    earlier = keys.get(user__isnull=True) if user_id is None else keys.get(user_id=user_id)
    if earlier.act != act or bytes(earlier.body_sha256) != digest:
        return Conflict(_("这张表单已经提交过，内容不一样。打开新的页面再填"))
    return _raised_again(earlier.refusal) if earlier.refusal else None


def _stored(error: DomainError) -> dict[str, Any]:
    details = json.loads(json.dumps(error.details, default=str))
    return {
        "code": error.code,
        "message": error.message,
        "field": error.field,
        "details": details,
    }


def _raised_again(stored: dict[str, Any]) -> DomainError:
    kind = next((kind for kind in _kinds(DomainError) if kind.code == stored["code"]), DomainError)
    return kind(stored["message"], field=stored["field"], **stored["details"])


def _kinds(base: type[DomainError]) -> Iterator[type[DomainError]]:
    for kind in base.__subclasses__():
        yield kind
        yield from _kinds(kind)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, UUID | bytes | bytearray):
        return str(value)
    raise TypeError(f"A body holds plain values, not {type(value).__name__}")
