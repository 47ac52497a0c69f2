"""The ledger, standings and chains for programs: the same as the pages say."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from merchants.models import Application, Item
from reputation.models import Entry, Kind
from reputation.queries.chain import export_lines
from reputation.services import standings
from tests.api.client import Api
from tests.orders.stages import Stage, at, make_stage
from tests.reputation.scenes import a_book, arrive, end, held_against

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    stage = make_stage()
    order = stage.order()
    arrive(stage, "2")
    end(stage, fetched=[order])
    with at(stage.pickup):
        held_against(stage, order, repaired=True, hours=100)
    return stage


def test_the_ledger_in_pieces_and_of_one_shop(stage):
    api = Api(stage.member)
    first = api.get("ledger?limit=2").json()
    assert [row["kind"] for row in first["results"]] == ["repaired", "ruling"]
    assert first["results"][0]["repairs"] == first["results"][1]["number"]
    rest = api.http.get(first["next"], headers=api.headers()).json()
    assert {row["kind"] for row in rest["results"]} == {"paid_late", "round_run"}
    shop = stage.round.merchant_id
    only = api.get(f"ledger?merchant={shop}").json()["results"]
    assert {row["subject"] for row in only} == {"merchant"}
    assert api.get("ledger?merchant=999999").status_code == 404
    assert api.get("ledger?view=nonsense").status_code == 422
    assert api.get("ledger?cursor=x").status_code == 422


def test_the_export_is_the_whole_book(stage):
    pages = Api(stage.initiator).get("ledger/export").json()["pages"]
    assert [json.dumps(page) + "\n" for page in pages] == list(export_lines(stage.group.pk))


def test_what_was_written_about_another_member_is_kept_back(stage):
    late = Entry.objects.get(kind=Kind.PAID_LATE)
    own = next(one for one in (stage.member, stage.neighbour) if one.pk == late.member_id)
    other = next(one for one in (stage.member, stage.neighbour) if one.pk != late.member_id)
    for reader, shown in ((own, True), (other, False)):
        pages = Api(reader).get("ledger/export").json()["pages"]
        page = pages[late.number - 1]
        assert (page.get("subject_id") == late.member_id) is shown
        assert shown or set(page) == {"number", "withheld", "previous", "hash"}
        rows = {row["number"]: row for row in Api(reader).get("ledger").json()["results"]}
        row = rows.pop(late.number)
        assert row["evidence_id"] == (late.evidence_id if shown else None)
        assert bool(row["who"]) is shown
        assert all(other["evidence_id"] for other in rows.values())
        assert len(pages) == Entry.objects.count()


def test_standings_say_what_the_rows_keep():
    stage = a_book(orders=1)
    api, shop = Api(stage.member), stage.round.merchant_id
    with at(stage.start + timedelta(days=1)):
        standings.rebuild(group_id=stage.group.pk)  # entered by the real clock
        found = api.get(f"merchants/{shop}/standing").json()
        mandate = api.get("initiator/standing").json()
    kept = Application.objects.get(group=stage.group, merchant_id=shop)
    assert (found["band"], found["entries"], found["formula_version"]) == (
        *(kept.band, kept.entries, 1),
    )
    assert len(found["facts"]) == 3
    assert (mandate["band"], mandate["facts"], mandate["history"]) == ("new", [], [])


def test_chains_say_what_is_missing(stage):
    api, shop = Api(stage.member), stage.round.merchant_id
    item = Item.objects.filter(merchant_id=shop)[0]
    chain = api.get(f"merchants/{shop}/items/{item.pk}/chain").json()
    assert [link["key"] for link in chain["links"]] == [
        *("you", "voucher", "initiator", "merchant", "goods", "neighbours", "own"),
    ]
    assert chain["missing"] == sum(not link["holds"] for link in chain["links"])
    whole = api.get(f"merchants/{shop}/chain").json()
    assert "goods" not in [link["key"] for link in whole["links"]]
    head = api.get("summary").json()["ledger"]
    assert head["page"] == Entry.objects.count()
