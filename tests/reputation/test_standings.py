"""M7: what stands on the approval row and the mandate is what the ledger gives."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from groups.models import Group, Mandate, Membership
from merchants.models import Application
from orders.models import Order
from reputation import tasks
from reputation.models import Evidence, Kind
from reputation.queries.chain import export_lines
from reputation.queries.formula import standing
from reputation.queries.standings import entries_about
from reputation.services import ledger, standings
from tests.factories import make_member
from tests.orders.stages import Stage, at, make_stage
from tests.reputation.scenes import a_book, about, arrive, end, held_against
from tests.reputation.test_tampering import CHECKER

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def stage() -> Stage:
    stage = make_stage()
    order = stage.order()
    arrive(stage, "2")
    end(stage, fetched=[order])
    return stage


def shop_of(stage: Stage) -> Application:
    return Application.objects.get(group=stage.group, merchant=stage.round.merchant)


def test_time_alone_moves_a_standing_and_the_night_writes_it_down(stage, monkeypatch):
    before = shop_of(stage)
    with at(stage.round.pickup_until + 180 * DAY):
        assert standings.check(group_id=stage.group.pk) == []
        sent: list[dict[str, int]] = []
        monkeypatch.setattr(tasks.rebuild_standing, "delay", lambda **call: sent.append(call))
        tasks.rebuild_standings()
        assert sent == [{"group_id": stage.group.pk}]
        tasks.rebuild_standing(**sent[0], from_a_newer_version=True)
        assert standings.check(group_id=stage.group.pk) == []
    after = shop_of(stage)
    assert (before.score_bp, after.score_bp) == (6875, 6154)
    assert after.standing_as_of == stage.round.pickup_until + 180 * DAY
    assert (after.band, after.formula_version) == ("new", 1)
    assert Mandate.objects.get(group=stage.group).score_bp == 6000


def test_a_kept_standing_that_is_not_what_the_entries_give_is_found_and_mended(stage):
    Application.objects.filter(pk=shop_of(stage).pk).update(band="good")
    Mandate.objects.filter(group=stage.group).update(score_bp=9999)
    with at(stage.round.pickup_until):
        found = standings.check(group_id=stage.group.pk)
        assert [(one.subject, one.kept["band"], one.rebuilt["band"]) for one in found] == [
            ("merchant", "good", "new"),
            ("mandate", "new", "new"),
        ]
        with pytest.raises(CommandError, match="2 standings"):
            call_command("rebuild_standings", "--check", stderr=StringIO())
        out = StringIO()
        call_command("rebuild_standings", stdout=out, stderr=StringIO())
        assert out.getvalue() == "2 standings were wrong.\n"
        assert standings.check(group_id=stage.group.pk) == []


def test_news_of_nobody_moves_nothing(stage):
    before = shop_of(stage)
    assert ledger.enter(group_id=stage.group.pk, facts=[]) == []
    month = about(stage, Kind.MONTH_SEALED, Evidence.ROUND, stage.round.pk)
    ledger.enter(group_id=stage.group.pk, facts=[month])
    after = shop_of(stage)
    assert (after.score_bp, after.standing_as_of) == (before.score_bp, before.standing_as_of)


def test_the_independent_checker_gives_the_same_standing(stage, tmp_path):
    """From an export alone, at a moment long after, with rulings that remedies made good in part:
    every merchant and the mandate."""
    book = a_book(orders=2)
    order = Order.objects.filter(round=book.round)[0]
    held_against(book, order, weight=-1000, repaired=True, hours=30)
    late = about(book, Kind.PAID_LATE, Evidence.ORDER, order.pk)
    ledger.enter(group_id=book.group.pk, facts=[late])
    moment = book.start + 200 * DAY
    with at(moment):
        standings.rebuild(group_id=book.group.pk)
    export = tmp_path / "ledger.jsonl"
    reader = Membership.objects.with_office().get(pk=make_member(book.group).pk)
    lines = list(export_lines(book.group.pk, reader))
    assert '"withheld"' in "".join(lines)
    export.write_text("".join(lines), encoding="ascii")
    done = subprocess.run(
        [sys.executable, "-I", str(CHECKER), str(export), "--at", f"{moment:%Y-%m-%dT%H:%M:%SZ}"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    shop = shop_of(book)
    assert f"merchant {shop.merchant_id}: {shop.band} {shop.score_bp}" in done.stdout.splitlines()
    assert done.stdout.splitlines()[-1].endswith("nothing was changed")
    assert "1 pages are withheld: only their place was checked" in done.stdout
    assert shop.band == "watch"


def test_one_query_for_whoever_it_is(stage, django_assert_num_queries):
    with django_assert_num_queries(1):
        entries = entries_about(stage.group.pk, "merchant", stage.round.merchant_id)
    assert standing(entries, stage.round.pickup_until).n == 2
    facts = json.dumps(shop_of(stage).standing_facts)
    assert facts == '[["on_time", 1, 1000], ["inspection_passed", 1, 200]]'


def test_void_groups_are_left_alone(stage):
    assert standings.groups_to_rebuild() == [stage.group.pk]
    Group.objects.filter(pk=stage.group.pk).update(status="void")
    assert standings.groups_to_rebuild() == []
