"""Accounts for tests."""

from __future__ import annotations

from itertools import count
from typing import Any

from tuangou.core.models import User

_serial = count(1)  # tests/factories.py counts by itself, so the numbers begin otherwise


def make_user(nickname: str = "邻居", *, password: str | None = None, **fields: Any) -> User:
    """An account with a phone of its own; without a password it signs in by `force_login` only."""
    fields = {"phone": f"+86198{next(_serial):08d}"} | fields
    return User.objects.create_user(password=password, nickname=nickname, **fields)
