"""Notices on their way out, made by hand; and a clock that shows any moment without simulation."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import signing
from django.db import connection, transaction
from django.utils import timezone

from tests.people import make_user
from tuangou.core import events, judging, matrix, notices, outgoing
from tuangou.core.models import Event, Mailbox, Outgoing, User
from tuangou.core.wording import CONFIRM_SALT, token_of

ARRIVED: dict[str, Any] = {
    "title": "周六牛肉团",
    "zone": "Asia/Shanghai",
    "pickup_from": "2036-11-22T09:00:00+00:00",
    "pickup_until": "2036-11-22T11:00:00+00:00",
    "place": "3栋架空层",
    "codes": ["K7-31"],
}


@contextmanager
def clock_shows(moment: datetime) -> Iterator[None]:
    """All of this session sees `moment`, and nothing is taken for simulated."""
    with connection.cursor() as cursor:
        cursor.execute("select set_config('tuangou.now', %s, false)", [moment.isoformat()])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("select set_config('tuangou.now', '', false)")


def mailbox_for(user: User | None, address: str = "") -> Mailbox:
    """Her confirmed mailbox; a member's account may be asked for without further ado."""
    assert user is not None
    now = timezone.now()
    address = address or f"u{user.pk}@mail.example"
    return Mailbox.objects.create(user=user, address=address, asked_at=now, confirmed_at=now)


def happen(
    kind: str = "thing.happened", *, group_id: int | None = None, subject_id: int = 1, **data: Any
) -> Event:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("select app_now()")
            (at,) = cursor.fetchone()
        return events.publish(
            kind, group_id=group_id, subject_id=subject_id, actor_id=None, at=at, **data
        )


def tell(
    *users: User | None,
    kind: str = "core.phone_changed",
    event: Event | None = None,
    path: str = "/settings/",
    **context: Any,
) -> list[Outgoing]:
    """Tell these people; what goes out of it, in order."""
    event = event or happen()
    notices.notify(
        event, user_ids=[user.pk for user in users if user], kind=kind, path=path, context=context
    )
    return list(Outgoing.objects.filter(event=event).order_by("pk"))


def told_token(user: User) -> str:
    """The link at the end of a mail to her."""
    if not Mailbox.objects.filter(user=user).exists():
        mailbox_for(user)
    (row,) = tell(user, kind="orders.asked_after", path="/", title="团", brand="店")
    return token_of(row.pk)


def confirm_token(user: User) -> str:
    mailbox = Mailbox.objects.get(user=user)
    return signing.dumps([user.pk, mailbox.address], salt=CONFIRM_SALT)


# shapes of what is told, and sending it here


def make_reader(phone: str | None = None) -> User:
    """Somebody with a mailbox, and a phone if one is given."""
    user = make_user(phone=phone)
    mailbox_for(user)
    return user


def pump() -> int:
    """All that is due, here; how many messages went out."""
    sent = 0

    def run(ids: list[int]) -> None:
        nonlocal sent
        sent += sum(outgoing.send(pk) for pk in ids)

    outgoing.dispatch_due(run)
    return sent


def states() -> list[tuple[str, str, str]]:
    """Way, state and reason of all there are, in order."""
    return list(Outgoing.objects.order_by("pk").values_list("channel", "state", "reason"))


def noon() -> datetime:
    """The next noon in the installation's zone: never more than a day from now."""
    local = timezone.localtime()
    today = local.replace(hour=12, minute=0, second=0, microsecond=0)
    return today if local < today else today + timedelta(days=1)


def let_noon_pass() -> None:
    """Before a test that asks for noon() again and again: it must be the same one each time."""
    left = (noon() - timezone.now()).total_seconds()
    if left < 60:
        time.sleep(left + 0.1)


OPENED: dict[str, Any] = {"title": "团", "zone": "Asia/Shanghai", "brand": "店"}
GOODS = {"name": "牛腩", "quantity": "2", "unit": "斤"}
REFUND: dict[str, Any] = {
    "title": "团",
    "fen": 100,
    "decision": "",
    "item": "牛腩",
    "quantity": "1",
    "unit": "斤",
}


def placed(who: str = "李四") -> dict[str, Any]:
    return {"title": "团", "who": who, "goods": [GOODS], "kinds": 1, "fen": 1}


def all_true(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it is still true is the rounds' affair: tests/orders/test_reminders.py."""
    kinds = {kind.name: replace(kind, still=None) for kind in matrix.kinds()}
    monkeypatch.setattr(matrix, "_kinds", kinds)


def stand(
    monkeypatch: pytest.MonkeyPatch, *, zone: str = "Asia/Shanghai", sms: bool = True
) -> None:
    """What every group knows of everybody."""
    found = judging.Standing(zone, sms)
    monkeypatch.setattr(judging, "_standing_of", [lambda group_id, user_id: found])
