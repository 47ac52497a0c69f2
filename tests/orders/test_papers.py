"""A round opens only when its merchant's papers last to the end of the pick-up (M3, O2)."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from merchants.models import Application, Document
from merchants.services import applications
from merchants.services.documents import withdraw_document
from orders.models import Round
from orders.services import openings
from orders.services.openings import MerchantNotApproved, PapersDoNotLast, open_round
from tests.databases import owner_cursor
from tests.factories import (
    NOON,
    initiator_of,
    make_document,
    make_group,
    make_merchant,
    make_round,
    make_user,
)
from tests.orders.stages import at
from tests.threads import together

TODAY = NOON.date()
LAST = TODAY + timedelta(days=2)


def a_draft(*, required=("licence", "food"), licence=None, food=LAST, **fields) -> Round:
    """A draft of a merchant approved on these papers; the pick-up ends on 22 November."""
    group = make_group()
    merchant = make_merchant(group, staff=make_user())
    Application.objects.filter(merchant=merchant).update(papers_required=list(required))
    make_document(merchant, "licence", valid_until=licence)
    make_document(merchant, "food", valid_until=food, **fields)
    with at(NOON):
        rnd = make_round(group, merchant=merchant, opened=False)
    assert group.local(rnd.pickup_until).date() == LAST
    return rnd


def opening(rnd, when=NOON):
    with at(when):
        return open_round(round_id=rnd.pk, actor_id=rnd.initiator_id)


def by_hand(rnd) -> None:
    """Past the services, as the table would be written by somebody who forgot them."""
    with at(NOON):
        Round.objects.filter(pk=rnd.pk).update(status="open")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("papers", "opens"),
    [
        ({}, True),
        ({"food": None}, True),
        ({"food": LAST - timedelta(days=1)}, False),  # ends before the pick-up does
        ({"food": TODAY - timedelta(days=1)}, False),  # is over
        ({"licence": LAST - timedelta(days=1)}, False),
        ({"licence": LAST}, True),
        ({"valid_from": TODAY}, True),
        ({"valid_from": TODAY + timedelta(days=1)}, False),  # not yet
        ({"withdrawn_at": NOON}, False),
        ({"required": ("licence", "health")}, False),
        ({"required": (), "food": TODAY - timedelta(days=400)}, True),  # approved before papers
    ],
)
def test_the_service_and_the_database_say_the_same(papers, opens):
    rnd = a_draft(**papers)
    if opens:
        assert opening(rnd).status == "open"
        Round.objects.filter(pk=rnd.pk).update(status="closed", closed_at=NOON)
        by_hand(rnd)
    else:
        with pytest.raises(IntegrityError, match="orders_round_needs_papers"), transaction.atomic():
            by_hand(rnd)
        with pytest.raises(PapersDoNotLast, match="到不了自提结束那天"):
            opening(rnd)


@pytest.mark.django_db
def test_a_report_lasts_a_year():
    rnd = a_draft(required=("report",))
    report = make_document(rnd.merchant, "report", valid_from=LAST - timedelta(days=366))
    with pytest.raises(PapersDoNotLast, match="检测报告"):
        opening(rnd)
    Document.objects.filter(pk=report.pk).update(withdrawn_at=NOON)
    make_document(rnd.merchant, "report", valid_from=LAST - timedelta(days=365))
    assert opening(rnd).status == "open"


@pytest.mark.django_db
def test_the_database_alone_refuses_a_merchant_that_is_not_approved():
    rnd = a_draft()
    Application.objects.filter(merchant=rnd.merchant).update(status="in_review")
    with pytest.raises(IntegrityError, match="not approved"), transaction.atomic():
        by_hand(rnd)


@pytest.mark.django_db
def test_a_round_once_closed_is_not_extended_without_papers():
    rnd = a_draft(food=LAST)
    opening(rnd)
    closed = rnd.cut_off_at
    Round.objects.filter(pk=rnd.pk).update(status="closed", closed_at=NOON)
    Document.objects.filter(merchant=rnd.merchant, kind="food").update(withdrawn_at=NOON)
    with at(closed), pytest.raises(PapersDoNotLast):
        openings.extend_round(
            round_id=rnd.pk, actor_id=rnd.initiator_id, cut_off_at=closed + timedelta(hours=1)
        )


# At the same moment

ROUNDS = 4


def against(rnd, act):
    """Opening beside something that forbids it: what each gave, and how it ended."""
    outcomes = together([lambda: open_round(round_id=rnd.pk, actor_id=rnd.initiator_id), act])
    rnd.refresh_from_db()
    return outcomes[0], rnd.status


def fresh_draft() -> Round:
    group = make_group()
    merchant = make_merchant(group, staff=make_user())
    Application.objects.filter(merchant=merchant).update(papers_required=["food"])
    make_document(merchant, "food")
    return make_round(group, merchant=merchant, opened=False)


def take_back(rnd):
    paper = Document.objects.get(merchant=rnd.merchant, kind="food")
    return withdraw_document(
        merchant_id=rnd.merchant_id, document_id=paper.pk, user_id=paper.added_by_id
    )


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_opening_against_a_withdrawn_approval():
    """Whichever comes first: an open round means the approval stood when it opened."""
    for _ in range(ROUNDS):
        rnd = fresh_draft()
        key = {"group_id": rnd.group_id, "merchant_id": rnd.merchant_id}
        officer = initiator_of(rnd.group).pk
        outcome, status = against(
            rnd, lambda key=key, by=officer: applications.start_review(**key, actor_id=by)
        )
        opened = isinstance(outcome, Round)
        assert opened or isinstance(outcome, MerchantNotApproved), outcome
        assert status == ("open" if opened else "draft")


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_opening_against_a_paper_taken_back(monkeypatch):
    """The service has looked before the paper goes: the database waits for it and refuses."""
    look = openings._check_papers

    def look_then_lose(group, application, rnd, moment):
        look(group, application, rnd, moment)
        (outcome,) = together([lambda: take_back(rnd)])
        assert isinstance(outcome, Document)

    rnd = fresh_draft()
    monkeypatch.setattr(openings, "_check_papers", look_then_lose)
    with pytest.raises(PapersDoNotLast, match="刚刚变了"):
        open_round(round_id=rnd.pk, actor_id=rnd.initiator_id)
    rnd.refresh_from_db()
    assert rnd.status == "draft"


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_twin_without_the_trigger_it_opens_on_a_paper_that_is_gone(monkeypatch):
    with owner_cursor() as cursor:
        cursor.execute("drop trigger orders_round_needs_papers on orders_round")
    look = openings._check_papers

    def look_then_lose(group, application, rnd, moment):
        look(group, application, rnd, moment)
        together([lambda: take_back(rnd)])

    rnd = fresh_draft()
    monkeypatch.setattr(openings, "_check_papers", look_then_lose)
    open_round(round_id=rnd.pk, actor_id=rnd.initiator_id)
    rnd.refresh_from_db()
    assert rnd.status == "open"
    assert not Document.objects.standing().filter(merchant=rnd.merchant).exists()
