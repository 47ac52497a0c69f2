"""Codes drawn and approvals withdrawn while rounds are made (O1, O2)."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from itertools import chain, repeat
from threading import Barrier, get_ident
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction

from groups.models import Group
from groups.models.groups import GroupQuerySet
from merchants.models import Application
from merchants.models.applications import ApplicationQuerySet
from orders.models import Round
from orders.services import openings
from orders.services.offers import OfferSpec
from orders.services.openings import MerchantNotApproved, draft_round, open_round
from tests.databases import owner_cursor
from tests.factories import (
    initiator_of,
    make_group,
    make_initiator,
    make_item,
    make_merchant,
    make_round,
)
from tests.orders.support import spec_for
from tests.threads import together
from tuangou.core import clock

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

DRAFTERS = 6


def draft_at_once(group: Group) -> list[Any]:
    merchant, actor = make_merchant(group), initiator_of(group)
    with transaction.atomic():
        at = clock.now()
    day = timedelta(days=1)
    spec = spec_for(
        group,
        OfferSpec(make_item(merchant).pk, 3800),
        opens_at=at,
        cut_off_at=at + day,
        pickup_from=at + day,
        pickup_until=at + 2 * day,
    )
    draft = partial(
        draft_round, group_id=group.pk, actor_id=actor.pk, merchant_id=merchant.pk, spec=spec
    )
    return together([draft] * DRAFTERS)


def same_prefix_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every thread draws ABC first; only if it draws again, a prefix of its own."""
    tails = "DEFGHJKMNPQRSTVW"
    drawn: dict[int, Any] = {}

    def choice(alphabet: str) -> str:
        me = get_ident()
        if me not in drawn:
            own = tails[len(drawn)]
            drawn[me] = chain("ABC", own * 3, repeat(own))
        return str(next(drawn[me]))

    monkeypatch.setattr(openings, "secrets", SimpleNamespace(choice=choice))


def make_people() -> Group:
    group = make_group()
    make_initiator(group)
    return group


def test_prefixes_drawn_at_once_differ(monkeypatch):
    group = make_people()
    same_prefix_first(monkeypatch)
    draft_at_once(group)
    prefixes = {code[:3] for code in Round.objects.values_list("code", flat=True)}
    assert len(prefixes) == Round.objects.count() == DRAFTERS


def test_twin_without_the_groups_lock_two_rounds_share_a_remark_code(monkeypatch):
    group = make_people()
    same_prefix_first(monkeypatch)
    looked = Barrier(DRAFTERS, timeout=30)
    new_code = openings._new_code

    def draw_then_wait(group_id: int, at: Any) -> str:
        code = new_code(group_id, at)
        looked.wait()
        return code

    monkeypatch.setattr(openings, "_new_code", draw_then_wait)
    monkeypatch.setattr(GroupQuerySet, "lock", lambda self, pk: self.get(pk=pk))
    draft_at_once(group)
    assert {code[:3] for code in Round.objects.values_list("code", flat=True)} == {"ABC"}
    assert Round.objects.count() == DRAFTERS


# A merchant suspended while her round opens


def suspend(application: Application) -> None:
    """What suspending does: hold group, then approval, then change it."""
    with transaction.atomic():
        Group.objects.lock(application.group_id)
        held = Application.objects.lock(application.group_id, application.merchant_id)
        held.move_to("suspended", at=clock.now(), reason="抽检不合格")


def test_opening_and_suspending_at_once_take_turns():
    """Either the round was opened before, or it is refused; never opened after the suspension."""
    for _ in range(5):
        group = make_people()
        rnd = make_round(group, opened=False)
        application = Application.objects.get(group=group)
        opened, _suspended = together(
            [
                partial(open_round, round_id=rnd.pk, actor_id=rnd.initiator_id),
                partial(suspend, application),
            ]
        )
        application.refresh_from_db()
        assert application.status == "suspended"
        rnd.refresh_from_db()
        if isinstance(opened, MerchantNotApproved):
            assert rnd.status == "draft"
        else:
            assert isinstance(opened, Round), opened
            assert rnd.paused_at is not None, "the suspension found it open"


def test_twin_without_the_locks_a_suspended_merchant_opens(monkeypatch):
    """Nor the trigger, which looks at the approval once more."""
    with owner_cursor() as cursor:
        cursor.execute("alter table orders_round disable trigger orders_round_needs_papers")
    group = make_people()
    rnd = make_round(group, opened=False)
    application = Application.objects.get(group=group)
    checked, suspended = Barrier(2, timeout=30), Barrier(2, timeout=30)
    check = openings._check_merchant

    def check_then_wait(held: Application) -> None:
        check(held)
        checked.wait()
        suspended.wait()

    def suspend_after_the_check() -> None:
        checked.wait()
        suspend(application)
        suspended.wait()

    monkeypatch.setattr(openings, "_check_merchant", check_then_wait)
    monkeypatch.setattr(GroupQuerySet, "lock", lambda self, pk: self.get(pk=pk))
    monkeypatch.setattr(
        ApplicationQuerySet,
        "lock",
        lambda self, group_id, merchant_id: self.get(group_id=group_id, merchant_id=merchant_id),
    )
    opened, _ = together(
        [
            partial(open_round, round_id=rnd.pk, actor_id=rnd.initiator_id),
            suspend_after_the_check,
        ]
    )
    assert opened.status == "open"
    application.refresh_from_db()
    assert application.status == "suspended"
    assert Round.objects.get(pk=rnd.pk).paused_at is None, "orders come, at a suspended merchant"
