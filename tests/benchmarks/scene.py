"""What the web benches sell: a group with members that are signed in, and open rounds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from groups.models import Group
from orders.models import Offer, Round
from tests.factories import make_group, make_initiator, make_member, make_round
from tuangou.core.models import User


@dataclass(frozen=True, slots=True)
class Scene:
    group: Group
    sessions: list[str]
    rounds: list[Round]
    offers: list[list[int]]  # per round, in order


def make_scene(
    *, members: int, rounds: int, offers: int = 30, capacity: int | None = None
) -> Scene:
    """A group whose members have a session each; rounds of so many offers, open for a day."""
    group = make_group(merchants_per_day=20, member_limit=2000)
    make_initiator(group)
    sessions = [_signed_in(make_member(group, f"邻居{n}").user) for n in range(members)]
    made = [
        make_round(group, offers=offers, capacity=capacity, cut_off_in=timedelta(days=1 + n // 10))
        for n in range(rounds)
    ]
    ids = [
        list(Offer.objects.filter(round=rnd).order_by("position").values_list("pk", flat=True))
        for rnd in made
    ]
    return Scene(group, sessions, made, ids)


def _signed_in(user: User | None) -> str:
    """A session row as signing in makes it."""
    assert user is not None
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    key: str = store.session_key
    return key
