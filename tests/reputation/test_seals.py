"""R4: page and seal of the ledger stand on what members keep, and cost no page a statement."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from groups.models import Group, Mandate
from orders.models import Order
from orders.services import summaries
from reputation.queries.chain import Witness, head_of, verify, witness_from
from reputation.services import standings
from tests.orders.stages import Stage, at, make_stage
from tests.reputation.scenes import arrive, end
from tests.reputation.test_pages import sign_in
from tuangou.core import events
from tuangou.core.models import Notice

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    """A round that is over, in a month that is published."""
    stage = make_stage()
    order = stage.order()
    arrive(stage, "2")
    end(stage, fetched=[order])
    with at(stage.start + timedelta(days=40)):
        summaries.publish_due(group_id=stage.group.pk)
    events.drain(stage.group.pk)
    return stage


def words(stage: Stage) -> str:
    head = head_of(stage.group.pk)
    assert head is not None
    return f"第 {head.pages} 页，封条 {head.seal}"


def test_receipt_statement_and_months_carry_the_seal(stage):
    slug, order = stage.group.slug, Order.objects.get()
    client = sign_in(stage.member)
    for name, args in (
        ("order", [order.pk]),
        ("statement", []),
        ("summary", []),
        ("summary-month", [f"{stage.round.month:%Y-%m}"]),
    ):
        page = client.get(reverse(f"orders:{name}", args=[slug, *args]))
        assert words(stage) in page.content.decode(), name
    sheet = client.get(reverse("orders:summary-xlsx", args=[slug]))
    notes = load_workbook(BytesIO(sheet.content)).worksheets[-1]
    assert any(words(stage) in str(row[0]) for row in notes.iter_rows(values_only=True))


def test_whoever_is_told_of_a_month_holds_the_seal_of_its_page(stage):
    """The ledger acts on the news before members hear of it."""
    told = Notice.objects.filter(kind="orders.summary_published", user=stage.member.user).get()
    seal = Witness(told.context["page"], told.context["seal"])
    assert witness_from(f"{seal.number} {seal.seal}") == seal
    head = head_of(stage.group.pk)
    assert head is not None
    assert (seal.number, seal.seal) == (head.pages, head.seal)
    assert verify(stage.group.pk, [seal]) == []
    inbox = sign_in(stage.member).get(reverse("groups:notices", args=[stage.group.slug]))
    assert words(stage) in inbox.content.decode()


def test_the_front_page_says_how_the_initiator_stands(stage):
    group = Group.objects.get(pk=stage.group.pk)
    assert group.mandate_standing == {"band": "new", "facts": [["round_run", 1, 1000]]}
    page = sign_in(stage.member).get(reverse("orders:home", args=[group.slug])).content.decode()
    assert "团长的信誉" in page
    assert "按时结团 <b>1</b> 次" in page
    Group.objects.filter(pk=group.pk).update(mandate_standing={"band": "good", "facts": []})
    with at(stage.start + timedelta(days=41)):
        (wrong,) = standings.rebuild(group_id=group.pk)
        assert (wrong.subject, wrong.kept["shown"]["band"]) == ("mandate", "good")
        assert standings.check(group_id=group.pk) == []
    assert Group.objects.get(pk=group.pk).mandate_standing["band"] == "new"


def test_before_the_first_page_there_is_nothing_to_print():
    stage = make_stage()
    page = sign_in(stage.member).get(reverse("orders:home", args=[stage.group.slug]))
    assert "团长的信誉" not in page.content.decode()
    assert "封条" not in page.content.decode()
    assert Mandate.objects.get(group=stage.group).entries == 0
