"""The merchant's answer, the clocks, and what is credited while it is late (O11)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from merchants.models import MerchantStaff
from merchants.services.papers import PaperFile, read_paper
from orders.models import (
    AnswerFile,
    Posting,
    ProvisionalCredit,
    Return,
    ReturnAnswer,
    ReturnMark,
)
from orders.queries.payments import money_of_order
from orders.queries.returns import return_view
from orders.services import answers, payments, returns
from orders.services.answers import AlreadyAnswered, due_returns, mark_if_due
from orders.services.ledger import balance_of_order
from orders.services.return_rules import BadReturn, NotOpen
from tests.core.test_images import picture
from tests.factories import make_group, make_user
from tests.orders.settling import complete, settle
from tests.orders.stages import Stage, accounts_of, at, filled, make_stage
from tests.orders.support import check_books
from tuangou.core.models import Event, User

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def stage() -> Stage:
    return make_stage()


@pytest.fixture
def asked(stage: Stage) -> Return:
    """¥38.00 of a paid order of ¥76.00, wanted back in money."""
    order = stage.collected(quantity=2)
    stage.receive(order, 7600)
    return stage.ask(order)


def staff_of(stage: Stage) -> int:
    merchant = stage.round.merchant
    staff = MerchantStaff.objects.filter(merchant=merchant).first()
    if staff is None:
        staff = MerchantStaff.objects.create(merchant=merchant, user=make_user(), role="owner")
    return staff.user_id


def answer(stage: Stage, ret: Return, when: timedelta = HOUR, **fields: Any) -> Return:
    with at(ret.requested_at + when):
        return answers.answer_return(
            **filled(
                {
                    "return_id": ret.pk,
                    "user_id": staff_of(stage),
                    "kind": "apology",
                    "text": "对不起，装车时压坏了。",
                    "request_id": uuid4(),
                },
                fields,
            )
        )


def scan(moment: datetime) -> list[tuple[int, list[str]]]:
    """What the beat does at a moment."""
    with at(moment):
        return [(pk, mark_if_due(return_id=pk)) for pk in due_returns()]


def reject(stage: Stage, ret: Return, when: timedelta) -> Return:
    with at(ret.requested_at + when):
        return returns.reject_return(
            return_id=ret.pk,
            actor_id=stage.initiator.pk,
            decision="照片里看不出问题",
            request_id=uuid4(),
        )


class TestAnswer:
    @pytest.mark.parametrize("kind", ["apology", "explanation"])
    def test_is_a_row_with_who_and_when(self, stage, asked, kind):
        answer(stage, asked, kind=kind)
        said = ReturnAnswer.objects.get(ret=asked)
        assert (said.kind, said.answered_by_id) == (kind, staff_of(stage))
        assert said.answered_at == asked.requested_at + HOUR

    def test_with_a_remedy(self, stage, asked):
        answer(stage, asked, kind="remedy", remedy_fen=2000)
        step = return_view(asked.pk).steps[-1]
        assert (step.label, step.fen, step.who) == (
            "商家答复：道歉并补偿",
            2000,
            stage.round.merchant.brand,
        )

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"kind": "silence"}, "kind"),
            ({"text": "  "}, "text"),
            ({"text": "长" * 501}, "text"),
            ({"kind": "remedy"}, "remedy"),
            ({"kind": "remedy", "remedy_fen": 0}, "remedy"),
            ({"kind": "remedy", "remedy_fen": 3801}, "remedy"),
            ({"kind": "apology", "remedy_fen": 100}, "remedy"),
        ],
    )
    def test_what_cannot_be_read(self, stage, asked, fields, field):
        with pytest.raises(BadReturn) as refused:
            answer(stage, asked, **fields)
        assert refused.value.field == field
        assert not ReturnAnswer.objects.exists()

    def test_once(self, stage, asked):
        answer(stage, asked)
        with pytest.raises(AlreadyAnswered):
            answer(stage, asked)

    def test_sent_twice_is_one(self, stage, asked):
        key = uuid4()
        for _ in range(2):
            answer(stage, asked, request_id=key)
        assert Event.objects.filter(kind="return.answered").count() == 1

    def test_not_after_the_decision(self, stage, asked):
        reject(stage, asked, HOUR)
        with pytest.raises(NotOpen):
            answer(stage, asked, when=2 * HOUR)

    def test_late_is_better_than_never(self, stage, asked):
        scan(asked.requested_at + 30 * HOUR)
        answer(stage, asked, when=31 * HOUR)
        assert [step.kind for step in return_view(asked.pk).steps] == [
            "return.requested",
            "return.answer_late",
            "return.answered",
        ]

    def test_is_never_changed(self, stage, asked):
        answer(stage, asked)
        with (
            pytest.raises(DatabaseError, match=r"append-only|permission denied"),
            transaction.atomic(),
        ):
            ReturnAnswer.objects.update(kind="denial")


class TestEvidence:
    """A denial shows something; both sides and the initiator see it, nobody else (R3)."""

    @pytest.fixture(autouse=True)
    def media(self, tmp_path: Path, settings) -> Path:
        settings.MEDIA_ROOT = tmp_path
        return tmp_path

    def shown(self, n: int = 1) -> list[PaperFile]:
        return [read_paper(picture()) for _ in range(n)]

    def test_a_denial_needs_some(self, stage, asked):
        with pytest.raises(BadReturn, match="否认要附证据") as refused:
            answer(stage, asked, kind="denial")
        assert refused.value.field == "evidence"
        with pytest.raises(BadReturn, match="最多 4 份"):
            answer(stage, asked, kind="denial", evidence=self.shown(5))
        assert not ReturnAnswer.objects.exists()
        key = uuid4()
        pdf = read_paper(BytesIO(b"%PDF-1.4\n%%EOF\n"))
        for _ in range(2):
            answer(stage, asked, kind="denial", evidence=[*self.shown(2), pdf], request_id=key)
        files = AnswerFile.objects.order_by("position")
        assert [(f.position, f.kind) for f in files] == [
            (1, "picture"),
            (2, "picture"),
            (3, "pdf"),
        ]
        step = return_view(asked.pk).steps[-1]
        assert [(f.id, f.is_picture) for f in step.files] == [
            (f.pk, f.kind == "picture") for f in files
        ]

    def test_twin_without_the_rule_a_bare_denial_stands(self, stage, asked, monkeypatch):
        monkeypatch.setattr(answers, "_check_evidence", lambda _kind, _files: None)
        answer(stage, asked, kind="denial")
        assert not AnswerFile.objects.exists()

    def test_the_shop_sends_it_and_who_sees_the_return_sees_it(self, stage, asked, client):
        shop = User.objects.get(pk=staff_of(stage))
        client.force_login(shop)
        path = reverse("orders:shop-return", args=[stage.group.slug, asked.pk])
        sent = {"kind": "denial", "text": "称过了", "request_id": str(uuid4()), "remedy": ""}
        assert "否认要附证据" in client.post(path, sent).content.decode()
        photo = picture()
        photo.name = "a.jpg"
        again = sent | {"evidence": photo, "request_id": str(uuid4())}
        assert client.post(path, again).status_code == 302
        file = AnswerFile.objects.get()
        address = reverse("orders:return-file", args=[stage.group.slug, file.pk])
        assert address in client.get(path).content.decode()
        for person, wanted in ((stage.member, 200), (stage.initiator, 200), (stage.neighbour, 404)):
            reader = Client()
            reader.force_login(person.user)
            answered = reader.get(address)
            assert answered.status_code == wanted
            if wanted == 200:
                assert answered["Content-Type"] == "image/webp"
                assert "sandbox" in answered["Content-Security-Policy"]
        page = reverse("orders:return", args=[stage.group.slug, asked.pk])
        reader = Client()
        reader.force_login(stage.member.user)
        assert address in reader.get(page).content.decode()


class TestClocks:
    @pytest.mark.parametrize(
        ("after", "marks"),
        [
            (24 * HOUR - timedelta(microseconds=1), []),
            (24 * HOUR, ["answer_24"]),
            (48 * HOUR - timedelta(microseconds=1), ["answer_24"]),
            (48 * HOUR, ["answer_24", "answer_48"]),
            (72 * HOUR - timedelta(microseconds=1), ["answer_24", "answer_48"]),
            (72 * HOUR, ["answer_24", "answer_48", "decision_72"]),
        ],
    )
    def test_to_the_microsecond(self, asked, after, marks):
        assert [m for _pk, found in scan(asked.requested_at + after) for m in found] == marks

    @pytest.mark.parametrize(
        ("zone", "local"),
        [
            ("Asia/Shanghai", "2026-01-30T23:30"),
            ("Asia/Shanghai", "2028-02-28T12:00"),
            ("Asia/Shanghai", "2026-12-31T08:00"),
            ("Europe/Berlin", "2026-03-27T20:00"),  # 02:00 does not exist on the 29th
            ("Europe/Berlin", "2026-10-23T20:00"),  # 02:30 comes twice on the 25th
            ("America/New_York", "2026-03-06T20:00"),
            ("Pacific/Apia", "2026-02-26T20:00"),
            ("Australia/Lord_Howe", "2026-04-03T20:00"),  # by half an hour
        ],
    )
    def test_hours_that_pass_whatever_calendar_and_clock_do(self, zone, local):
        """Day by day through month ends and clock changes: due when so many hours have passed."""
        due = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
        before = make_stage(due).pickup - due
        stage = make_stage(due - before - 2 * HOUR, group=make_group(time_zone=zone))
        ret = stage.ask(stage.collected(), when=due)
        for hours, mark in ((24, "answer_24"), (48, "answer_48"), (72, "decision_72")):
            assert scan(due + hours * HOUR - timedelta(seconds=1)) == []
            assert scan(due + hours * HOUR) == [(ret.pk, [mark])]
        assert (ret.answer_due_at - due, ret.decide_due_at - due) == (24 * HOUR, 72 * HOUR)

    def test_once_however_often_it_is_scanned(self, asked):
        for _ in range(3):
            scan(asked.requested_at + 80 * HOUR)
        assert ReturnMark.objects.count() == 3
        assert Event.objects.filter(kind="return.answer_late").count() == 1

    def test_after_three_days_without_a_beat_the_last_is_told_once(self, asked):
        scan(asked.requested_at + 100 * HOUR)
        (late,) = Event.objects.filter(kind="return.answer_late")
        assert late.data["hours"] == 48
        assert Event.objects.filter(kind="return.decision_late").count() == 1
        assert ProvisionalCredit.objects.count() == 1

    def test_who_answered_has_no_clock_but_the_initiator_has(self, stage, asked):
        answer(stage, asked)
        assert scan(asked.requested_at + 71 * HOUR) == []
        assert scan(asked.requested_at + 72 * HOUR) == [(asked.pk, ["decision_72"])]

    def test_what_is_decided_has_no_clock(self, stage, asked):
        stage.accept(asked, 3000)
        assert scan(asked.requested_at + 100 * HOUR) == []
        with at(asked.requested_at + 100 * HOUR):
            assert mark_if_due(return_id=asked.pk) == []

    def test_what_lies_in_a_round_that_was_settled_has(self, stage, asked):
        complete(stage)
        settle(stage)
        marks = ["answer_24", "answer_48", "decision_72"]
        assert scan(asked.requested_at + 100 * HOUR) == [(asked.pk, marks)]

    def test_the_database_keeps_one_mark_of_a_kind(self, asked):
        scan(asked.requested_at + 24 * HOUR)
        with pytest.raises(IntegrityError, match="return_mark_once"), transaction.atomic():
            ReturnMark.objects.create(
                group_id=asked.group_id, ret=asked, kind="answer_24", at=asked.requested_at
            )


class TestProvisionalCredit:
    def late(self, ret: Return) -> ProvisionalCredit:
        scan(ret.requested_at + 24 * HOUR)
        return ProvisionalCredit.objects.get(ret=ret)

    def test_is_booked_from_its_own_row(self, stage, asked):
        credit = self.late(asked)
        legs = Posting.objects.filter(source="provisional", source_id=credit.pk)
        assert dict(legs.values_list("account", "amount_fen")) == {
            "member": -3800,
            "merchant": 3800,
        }
        assert money_of_order(asked.order_id).credit_fen == 3800
        assert return_view(asked.pk).credited_fen == 3800
        check_books()

    def test_moves_neither_commission_nor_return_rate(self, stage, asked):
        before = accounts_of(stage.round)["commission"]
        self.late(asked)
        assert accounts_of(stage.round)["commission"] == before
        assert not Return.objects.counted().exists()

    @pytest.mark.parametrize("granted", [0, 1000, 3800])
    def test_with_the_decision_is_the_decision(self, stage, asked, granted):
        """Twin stage: the same decision without the credit leaves the same books."""
        self.late(asked)
        with at(asked.requested_at + 30 * HOUR):
            returns.accept_return(
                return_id=asked.pk,
                actor_id=stage.initiator.pk,
                accepted_fen=granted,
                decision="按照片定",
                request_id=uuid4(),
            )
        other = make_stage()
        order = other.collected(quantity=2)
        other.receive(order, 7600)
        other.accept(other.ask(order), granted)
        assert accounts_of(stage.round) == accounts_of(other.round)
        assert balance_of_order(asked.order_id) == -granted
        assert ProvisionalCredit.objects.get().ended_at == asked.requested_at + 30 * HOUR
        check_books()

    def test_is_taken_back_when_the_return_is_refused(self, stage, asked):
        self.late(asked)
        reject(stage, asked, 30 * HOUR)
        assert balance_of_order(asked.order_id) == 0
        step = return_view(asked.pk).steps[-2]
        assert (step.label, step.fen) == ("先记的退款收回", 3800)

    def test_and_when_it_is_withdrawn(self, stage, asked):
        self.late(asked)
        with at(asked.requested_at + 30 * HOUR):
            returns.withdraw_return(
                return_id=asked.pk, actor_id=stage.member.pk, request_id=uuid4()
            )
        assert balance_of_order(asked.order_id) == 0
        check_books()

    @pytest.mark.parametrize("wish", ["replace", "make_up", "tell"])
    def test_not_for_who_wants_no_money(self, stage, wish):
        ret = stage.ask(stage.collected(), wish=wish)
        scan(ret.requested_at + 24 * HOUR)
        assert not ProvisionalCredit.objects.exists()
        assert ReturnMark.objects.count() == 1

    def test_not_where_the_merchant_answered(self, stage, asked):
        answer(stage, asked, when=24 * HOUR - timedelta(seconds=1))
        scan(asked.requested_at + 100 * HOUR)
        assert not ProvisionalCredit.objects.exists()

    def test_is_not_credited_twice_nor_changed(self, stage, asked):
        credit = self.late(asked)
        again = ProvisionalCredit(
            group_id=asked.group_id, ret=asked, amount_fen=1, credited_at=credit.credited_at
        )
        twice = pytest.raises(IntegrityError, match="one_provisional_per_return")
        with twice, transaction.atomic():
            again.save(force_insert=True)
        with pytest.raises(IntegrityError, match="keeps its amount"), transaction.atomic():
            ProvisionalCredit.objects.update(amount_fen=1)

    def test_twin_without_the_settling_it_is_paid_double(self, stage, asked, monkeypatch):
        self.late(asked)
        monkeypatch.setattr(answers, "end_credit", lambda **_: 0)
        stage.accept(asked, 3800)
        assert balance_of_order(asked.order_id) == -7600

    def test_what_was_paid_out_of_it_is_owed_again_when_refused(self, stage, asked):
        """It is money like any credit; refunds still stay within what was paid."""
        self.late(asked)
        with at(asked.requested_at + 25 * HOUR):
            payments.pay_back(
                order_id=asked.order_id,
                user_id=stage.payee_id,
                amount_fen=3800,
                request_id=uuid4(),
            )
        reject(stage, asked, 30 * HOUR)
        assert money_of_order(asked.order_id).owed_fen == 3800
        check_books()


def test_quantity_is_credited_as_billed():
    stage = make_stage(price_fen=333)
    order = stage.collected(quantity="2.5")
    ret = stage.ask(order, quantity="1.5")
    scan(ret.requested_at + 24 * HOUR)
    assert ProvisionalCredit.objects.get().amount_fen == 500
    assert Decimal(balance_of_order(order.pk)) == 833 - 500
