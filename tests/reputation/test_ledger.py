"""R4: what happened is written down once, in order, with its proof, and stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import IntegrityError
from django.urls import reverse

from groups.models import Mandate
from merchants.models import Application
from merchants.services import expiry
from orders.models import Delivery, PublishedSummary, ReturnMark, Round
from orders.services import inspections, summaries
from orders.services.answers import due_returns, mark_if_due
from orders.services.rounds import cancel_round, complete_round
from reputation import handlers
from reputation.models import Book, Entry, Evidence, Kind
from reputation.models.entries import hash_of, moment, seal_of
from reputation.queries.chain import head_of, verify
from reputation.services import ledger
from reputation.services.ledger import NoSuchPage
from tests.factories import NOON, make_document, offer_of
from tests.orders.goods import not_passed
from tests.orders.guarded import Guard, check_guards
from tests.orders.stages import Stage, at, make_stage
from tests.orders.test_deliveries import arrive as bare_arrival
from tests.reputation.scenes import a_book, about, arrive, end, held_against, pages
from tests.reputation.test_pages import sign_in
from tests.threads import together
from tuangou.core import events
from tuangou.core.errors import InvalidInput
from tuangou.core.models import Event

ONE, TWO = "0" * 63 + "1", "0" * 63 + "2"


@pytest.fixture
def stage(db: None) -> Stage:
    return make_stage()


def scan(when: datetime) -> None:
    with at(when):
        for return_id in due_returns():
            mark_if_due(return_id=return_id)


class TestRounds:
    def test_complete_and_on_time(self, stage):
        order = stage.order()
        stage.receive(order, 7600)
        arrive(stage, "2")
        end(stage, fetched=[order])
        assert pages(stage) == [("on_time", 1000), ("round_run", 1000)]
        first = Entry.objects.get(group=stage.group, kind="on_time")
        delivery = Delivery.objects.get(round=stage.round)
        assert (first.evidence, first.evidence_id) == ("orders_delivery", delivery.pk)
        assert (first.merchant_id, first.round_id) == (stage.round.merchant_id, stage.round.pk)
        assert (first.at, first.by_id) == (stage.round.pickup_until, stage.initiator.user_id)
        application = Application.objects.get(group=stage.group, merchant=stage.round.merchant)
        assert (application.band, application.entries) == ("new", 2)
        assert application.standing_facts == [["on_time", 1, 1000], ["inspection_passed", 1, 200]]
        assert application.score_bp == 6875
        assert Mandate.objects.get(group=stage.group).score_bp == 6667

    def test_short_and_late_are_two_facts_and_who_failed_it_is_named(self, stage):
        paid, owing, missed = stage.order(), stage.order(stage.neighbour), stage.order()
        stage.receive(paid, 7600)
        arrive(stage, "5.5", late=timedelta(minutes=31))
        end(stage, when=stage.round.pickup_until + timedelta(days=4), fetched=[paid, owing])
        assert pages(stage) == [
            *(("short", -500), ("late", -500), ("round_slow", -500)),
            *(("not_collected", -500), ("paid_late", -500)),
        ]
        who = {entry.kind: entry for entry in Entry.objects.filter(subject="member")}
        assert (who["not_collected"].member, who["not_collected"].evidence_id) == (
            *(missed.member, missed.pk),
        )
        assert (who["paid_late"].member, who["paid_late"].evidence_id) == (
            *(owing.member, owing.pk),
        )

    def test_half_an_hour_is_not_late_and_nothing_is_worse_than_short(self, stage):
        stage.order()
        arrive(stage, "2", late=timedelta(minutes=30))
        end(stage)
        assert pages(stage, subject="merchant") == [("on_time", 1000)]
        empty = make_stage()
        empty.order()
        arrive(empty, "0")
        end(empty)
        assert pages(empty, subject="merchant") == [("nothing_came", -1000)]

    def test_news_that_comes_twice_is_written_once(self, stage):
        order = stage.order()
        arrive(stage, "2")
        end(stage, fetched=[order])
        before = pages(stage)
        handlers.enter_round(Event.objects.get(kind="round.completed"))
        assert pages(stage) == before
        again = Entry.objects.get(kind="on_time")
        book = Book.objects.get()
        again.pk, again.number, again.previous = None, book.pages + 1, book.head
        with pytest.raises(IntegrityError, match="entry_once_per_evidence"):
            again.save(force_insert=True)

    def test_what_happened_before_there_was_a_ledger_is_written_down_later(self, stage):
        """By the command; what was entered meanwhile stays where it is, and twice is once."""
        order = stage.order()
        arrive(stage, "1.5")
        events.drain(stage.group.pk)  # inspected and entered
        stage.hand_over(order)
        with at(stage.round.pickup_until):
            complete_round(round_id=stage.round.pk, actor_id=stage.initiator.pk)
        for new in (3, 0):
            out = StringIO()
            call_command("fill_ledger", stdout=out)
            assert out.getvalue() == f"{stage.group.slug}: {new} pages.\n"
        events.drain(stage.group.pk)
        assert pages(stage) == [("short", -500), ("round_run", 1000), ("paid_late", -500)]
        assert verify(stage.group.pk) == []


class TestCalledOff:
    def call_off(self, stage: Stage, fault: str) -> None:
        stage.order()
        stage.confirm()
        page = reverse("orders:round-cancel", args=[stage.group.slug, stage.round.pk])
        client = sign_in(stage.initiator)
        assert client.post(page, {"reason": "没货"}).status_code == 422
        assert client.post(page, {"reason": "没货", "fault": "x"}).status_code == 422
        assert client.post(page, {"reason": "没货", "fault": fault}).status_code == 302
        events.drain(stage.group.pk)

    def test_for_the_merchants_reason(self, stage):
        self.call_off(stage, "merchant")
        assert pages(stage) == [("failed_by_merchant", -1000)]
        entry = Entry.objects.get()
        assert (entry.evidence, entry.evidence_id) == ("orders_round", stage.round.pk)
        assert entry.by_id == stage.initiator.user_id
        round_page = reverse("orders:round", args=[stage.group.slug, stage.round.pk])
        assert "商家的原因" in sign_in(stage.member).get(round_page).content.decode()
        ledger_page = reverse("reputation:ledger", args=[stage.group.slug])
        assert "商家的原因没成团" in sign_in(stage.member).get(ledger_page).content.decode()

    def test_for_another_reason_nothing_is_remembered(self, stage):
        self.call_off(stage, "nobody")
        assert pages(stage) == []

    def test_only_of_a_round_that_had_come_about(self, stage):
        named = {"round_id": stage.round.pk, "actor_id": stage.initiator.pk, "reason": "没货"}
        with pytest.raises(InvalidInput, match="成团以后"):
            cancel_round(**named, fault="merchant")
        with pytest.raises(IntegrityError, match="round_fault_of_one_that_came_about"):
            Round.objects.filter(pk=stage.round.pk).update(cancel_fault="merchant")


class TestReturns:
    def test_accepted(self, stage):
        order = stage.collected()
        ret = stage.ask(order)
        stage.accept(ret, 1900)
        events.drain(stage.group.pk)
        assert pages(stage) == [("return_accepted", -100)]
        entry = Entry.objects.get(kind="return_accepted")
        assert (entry.evidence, entry.evidence_id) == ("orders_return", ret.pk)
        assert entry.household_no == order.household_id

    def test_what_grants_nothing_is_no_entry(self, stage):
        stage.accept(stage.ask(stage.collected(), wish="tell"), 0)
        events.drain(stage.group.pk)
        assert pages(stage) == []

    def test_answered_and_decided_late_once_each(self, stage):
        ret = stage.ask(stage.collected())
        for hours in (24, 48, 72):
            scan(ret.requested_at + timedelta(hours=hours))
            events.drain(stage.group.pk)
        assert pages(stage) == [("answered_late", -200), ("decided_late", -500)]
        late, slow = Entry.objects.exclude(kind="inspection_passed").order_by("number")
        assert late.evidence_id == ReturnMark.objects.get(kind="answer_24").pk
        assert (slow.mandate, slow.merchant) == (Mandate.objects.get(), None)


class TestTheRest:
    @pytest.mark.parametrize(
        ("verdict", "page"),
        [("passed", ("inspection_passed", 200)), ("failed", ("inspection_failed", -1000))],
    )
    def test_inspection(self, stage, verdict, page):
        stage.order()
        stage.confirm()
        bare_arrival(stage, {offer_of(stage.round).pk: Decimal(2)}, inspection=None)
        with at(stage.round.pickup_from):
            made = inspections.record_inspection(
                round_id=stage.round.pk,
                actor_id=stage.initiator.pk,
                found=inspections.ALL_WELL if verdict == "passed" else not_passed(stage),
                request_id=uuid4(),
            )
        events.drain(stage.group.pk)
        entry = Entry.objects.get()
        assert (entry.kind, entry.weight_milli, entry.evidence_id) == (*page, made.pk)

    def test_a_paper_lapses_the_day_after_unless_another_took_its_place(self, stage):
        shop = stage.round.merchant
        paper = make_document(shop, "food", valid_until=NOON.date())
        make_document(shop, "licence", valid_until=NOON.date())
        make_document(shop, "licence", valid_until=NOON.date() + timedelta(days=900))
        for days in (0, 1, 2, 40):
            with at(NOON + timedelta(days=days)):
                expiry.tell_due()
            events.drain(stage.group.pk)
        assert pages(stage) == [("document_lapsed", -500)]
        entry = Entry.objects.get()
        assert (entry.evidence_id, entry.at) == (paper.pk, NOON + timedelta(days=1))

    def test_a_published_month_is_sealed_each_version_anew(self, stage):
        stage.order()
        stage.confirm()
        with at(NOON + timedelta(days=40)):
            summaries.publish_due(group_id=stage.group.pk)
        events.drain(stage.group.pk)
        first = PublishedSummary.objects.get()
        PublishedSummary.objects.create(
            group=stage.group, month=first.month, version=2, published_at=NOON, figures={"a": 1}
        )
        handlers.enter_month(
            Event(
                kind="summary.published",
                group_id=stage.group.pk,
                subject_id=PublishedSummary.objects.get(version=2).pk,
                happened_at=NOON,
            )
        )
        assert pages(stage) == [("month_sealed", 0)] * 2
        digests = set(Entry.objects.values_list("digest", flat=True))
        assert len(digests) == 2
        assert "" not in digests
        assert verify(stage.group.pk) == []

    def test_a_correction_strikes_out_and_only_once(self, stage):
        order = stage.order()
        fact = about(stage, Kind.INSPECTION_FAILED, Evidence.ORDER, order.pk)
        with at(NOON):
            ledger.enter(group_id=stage.group.pk, facts=[fact])
        shop = Application.objects.get(group=stage.group, merchant=stage.round.merchant)
        assert shop.score_bp == 3333
        for _ in range(2):
            done = ledger.strike_out(
                group_id=stage.group.pk,
                number=1,
                evidence=Evidence.ORDER,
                evidence_id=order.pk,
                at=NOON + timedelta(days=1),
            )
        shop.refresh_from_db()
        assert (done.number, done.corrects, shop.score_bp, shop.entries) == (2, 1, 5000, 0)
        assert Entry.objects.count() == 2
        for number in (2, 77):
            with pytest.raises(NoSuchPage):
                ledger.strike_out(
                    group_id=stage.group.pk,
                    number=number,
                    evidence=Evidence.ORDER,
                    evidence_id=order.pk,
                    at=NOON,
                )


# Repair (R6)


@pytest.mark.django_db
def test_a_remedy_gives_back_a_part_and_is_sealed_with_what_it_repairs():
    stage = make_stage()
    order = stage.order()
    with at(stage.start + timedelta(hours=2)):
        ruling = held_against(stage, order, repaired=True)
    repaired = Entry.objects.get(kind="repaired")
    assert (repaired.repairs, repaired.weight_milli, repaired.written()["repairs"]) == (
        *(ruling.number, 800, ruling.number),
    )
    shop = Application.objects.get(group=stage.group, merchant=stage.round.merchant)
    assert shop.standing_facts == [["ruling", 1, -2999], ["repaired", 1, 800]]
    assert (shop.score_bp, shop.entries) == (2381, 1)  # 1 against 1 + 3 - 0.8, hardly worn
    assert verify(stage.group.pk) == []


@pytest.mark.django_db(transaction=True)
def test_what_repairs_names_a_ruling_of_the_same_account_and_what_happens_without_that():
    stage = make_stage()
    order, other = stage.order(), stage.order()
    ruling = held_against(stage, order)
    fact = about(stage, Kind.SHORT, Evidence.ORDER, order.pk)
    ledger.enter(group_id=stage.group.pk, facts=[fact])
    last = Entry.objects.order_by("-number")[0]
    insert = (
        "insert into reputation_entry (group_id, number, subject, merchant_id, kind, weight_milli,"
        " weights_version, evidence, evidence_id, digest, at, previous, hash, repairs)"
        " values (%s, %s, 'merchant', %s, %s, %s, 1, 'orders_order', %s, '', now(), %s, %s, %s)"
    )
    shop = stage.round.merchant_id
    here = (stage.group.pk, last.number + 1, shop, "repaired", 9, other.pk, last.hash, ONE)
    off = "drop trigger reputation_entry_repairs on reputation_entry"
    check_guards(
        *(
            Guard("reputation_entry", name, insert, (*values, repairs), off=without)
            for name, values, repairs, without in (
                ("entry_repairs_a_ruling", here, last.number, off),
                ("entry_repairs_iff_repaired", here, None, ""),
                ("entry_repairs_iff_repaired", swap(here, 3, "late"), ruling.number, ""),
                ("entry_repairs_iff_repaired", swap(here, 4, -9), ruling.number, ""),
            )
        )
    )


# The chain


def test_the_bytes_that_are_sealed_never_change():
    """Worked out by hand in docs/ledger.md: a new Python or PostgreSQL must give the same."""
    said: dict[str, int | str | None] = {
        "group": 1,
        "number": 1,
        "subject": "merchant",
        "subject_id": 2,
        "kind": "on_time",
        "weight": 1000,
        "weights": 1,
        "evidence": "orders_delivery",
        "evidence_id": 3,
        "digest": "",
        "round": 4,
        "household": None,
        "by": 5,
        "at": moment(datetime(2026, 11, 20, 12, 0, 0, 7, tzinfo=UTC)),
        "corrects": None,
        "repairs": None,
        "previous": "0" * 64,
    }
    assert hash_of(said) == GOLDEN
    assert seal_of(GOLDEN) == GOLDEN_SEAL


GOLDEN = "3bb4d0c83156f0da56334eeed27d42d840c34a56dd11383553ce3d15d1ee5dd0"
GOLDEN_SEAL = "7etd-1j1h"


@pytest.mark.django_db(transaction=True)
def test_two_at_once_leave_no_gap():
    stage = a_book(orders=2)
    order = stage.order()
    kinds = [Kind.ON_TIME, Kind.SHORT, Kind.LATE, Kind.ANSWERED_LATE]
    done = together(
        [
            partial(
                ledger.enter,
                group_id=stage.group.pk,
                facts=[about(stage, kind, Evidence.ORDER, order.pk)],
            )
            for kind in [*kinds, *kinds]
        ]
    )
    assert sorted(len(pages) for pages in done) == [0, 0, 0, 0, 1, 1, 1, 1]
    numbers = list(Entry.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, 21))
    assert verify(stage.group.pk) == []
    head = head_of(stage.group.pk)
    assert head is not None
    assert head.pages == 20


@pytest.mark.django_db(transaction=True)
def test_what_the_database_refuses_and_what_happens_without_it():
    stage = a_book(orders=1)
    order = stage.order()
    other = make_stage()
    last = Entry.objects.order_by("-number")[0]
    shop = stage.round.merchant_id
    insert = (
        "insert into reputation_entry (group_id, number, subject, merchant_id, kind, weight_milli,"
        " weights_version, evidence, evidence_id, digest, at, previous, hash, corrects)"
        " values (%s, %s, 'merchant', %s, %s, 0, 1, 'orders_order', %s, '', now(), %s, %s, %s)"
    )
    next_ = last.number + 1
    follows = "drop trigger reputation_entry_follows on reputation_entry"
    here = (stage.group.pk, next_, shop, "late", order.pk, last.hash, ONE, None)
    check_guards(
        *(
            Guard("reputation_entry", name, insert, values, off=off)
            for name, values, off in (
                ("entry_follows_the_last", swap(here, 1, next_ + 1), follows),
                ("entry_follows_the_last", swap(here, 5, TWO), follows),
                ("entry_has_evidence", swap(here, 4, 999_999), follows),
                ("entry_once_per_evidence", swap(here, 4, last.evidence_id), ""),
                ("entry_hash_shape", swap(here, 6, "nonsense"), ""),
                ("entry_corrects_iff_correction", swap(here, 7, 1), ""),
                (
                    "reputation_entry_merchant_known_in_group",
                    swap(here, 2, other.round.merchant_id),
                    "",
                ),
            )
        ),
        Guard(
            "reputation_entry",
            "is append-only",
            "update reputation_entry set weight_milli = 900 where number = 1",
            off="alter table reputation_entry disable trigger user",
        ),
    )


def swap(values: tuple[object, ...], place: int, value: object) -> tuple[object, ...]:
    return (*values[:place], value, *values[place + 1 :])


@pytest.mark.django_db
def test_placing_and_paying_leave_the_book_alone():
    """Nobody who orders waits for the ledger: its lock is taken by handlers only."""
    stage = make_stage()
    order = stage.order()
    stage.receive(order, 7600)
    stage.arrive()
    stage.hand_over(order)
    assert not Book.objects.exists()
