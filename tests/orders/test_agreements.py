"""A round opens on the agreement in force, with its commission, and keeps its terms (M5, O2)."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from merchants.access import Signer
from merchants.models import Agreement, AgreementSignature, Application
from merchants.models.applications import ApplicationQuerySet
from merchants.services import agreements
from merchants.services.promises import Promises
from orders.models import Round
from orders.services import openings
from orders.services.openings import NoAgreement, extend_round, open_round
from tests.databases import owner_cursor
from tests.factories import (
    NOON,
    initiator_of,
    make_group,
    make_initiator,
    make_merchant,
    make_round,
    make_user,
)
from tests.orders.stages import at, make_stage
from tests.threads import together
from tuangou.core import clock

DAY = timedelta(days=1)


def a_draft(*, opens_in=timedelta(0)) -> Round:
    """A draft of a shop at 5 %, that opens now or later by the clock that holds."""
    group = make_group()
    make_initiator(group)
    merchant = make_merchant(group, staff=make_user("老马"))
    with transaction.atomic():
        now = clock.now()
    fields = {"opens_at": now + opens_in} if opens_in else {}
    return make_round(group, merchant=merchant, opened=False, cut_off_in=opens_in + DAY, **fields)


def sign_change(rnd, commission_bp=900):
    """Both sign another commission; it begins in seven days."""
    key = {"group_id": rnd.group_id, "merchant_id": rnd.merchant_id}
    ziyi = initiator_of(rnd.group)
    owner = Application.objects.get(**key).merchant.staff.get().user_id
    draft = agreements.propose(
        **key,
        signer=Signer(("group",), ziyi.user_id or 0, ziyi.pk),
        terms=agreements.Terms(Promises("", "", ""), commission_bp),
    )
    signer = Signer(("shop",), owner)
    return agreements.sign(**key, signer=signer, content=draft.content_sha256)


def opening(rnd):
    return open_round(round_id=rnd.pk, actor_id=rnd.initiator_id)


@pytest.mark.django_db
def test_the_database_compares_the_commission():
    with at(NOON):
        rnd = a_draft()
        with (
            pytest.raises(IntegrityError, match="agreed are 500 basis points, not 501"),
            transaction.atomic(),
        ):
            Round.objects.filter(pk=rnd.pk).update(status="open", commission_bp=501)
        other = make_merchant(brand="新店")
        Application.objects.create(
            group=rnd.group,
            merchant=other,
            status="approved",
            decided_at=NOON,
            decided_by=rnd.initiator,
        )
        bare = make_round(rnd.group, merchant=other, opened=False)
        with pytest.raises(NoAgreement, match="还没签完"):
            opening(bare)
        with (
            pytest.raises(IntegrityError, match="agreed are no basis points"),
            transaction.atomic(),
        ):
            Round.objects.filter(pk=bare.pk).update(status="open")
        assert opening(rnd).commission_bp == 500


@pytest.mark.django_db
def test_a_round_that_was_open_keeps_its_terms():
    with at(NOON):
        rnd = a_draft()
        opening(rnd)
        agreement = sign_change(rnd)
    Round.objects.filter(pk=rnd.pk).update(
        status="closed", closed_at=NOON, pickup_from=NOON + 30 * DAY, pickup_until=NOON + 31 * DAY
    )
    with at(agreement.valid_from + DAY):
        extended = extend_round(
            round_id=rnd.pk,
            actor_id=rnd.initiator_id,
            cut_off_at=agreement.valid_from + 2 * DAY,
        )
        next_one = make_round(rnd.group, merchant=rnd.merchant)
    assert (extended.commission_bp, next_one.commission_bp) == (500, 900)


@pytest.mark.django_db
def test_each_member_reads_the_rate_and_what_it_is_in_yuan(client):
    stage = make_stage()
    order = stage.order(stage.member)
    assert stage.member.user is not None
    client.force_login(stage.member.user)
    slug = stage.group.slug
    page = client.get(reverse("orders:order", args=[slug, order.pk])).content.decode()
    assert "商家从这一单付给团长约 ¥3.80（5%）" in page
    page = client.get(reverse("orders:round", args=[slug, stage.round.pk])).content.decode()
    assert "商家付给团长 5%" in page
    assert "你每买 ¥100，团长得 ¥5.00。" in page


# At the same moment: a round that opens in ten days, a change that begins before


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_opening_against_a_signature():
    """Whichever comes first: the round has what was in force for its day when it opened."""
    for _ in range(3):
        rnd = a_draft(opens_in=10 * DAY)
        opened, signed = together([partial(opening, rnd), partial(sign_change, rnd)])
        assert isinstance(opened, Round), opened
        assert isinstance(signed, Agreement), signed
        assert opened.commission_bp in (500, 900)
        names = AgreementSignature.objects.filter(draft=signed.draft)
        assert opened.opened_at is not None
        before = opened.opened_at < max(name.signed_at for name in names)
        assert opened.commission_bp == (500 if before else 900)


def look_then_sign(monkeypatch) -> Round:
    """The service has read the commission before the other one is signed, and holds nothing."""
    look = openings._commission_bp

    def read_then_lose(application, moment):
        found = look(application, moment)
        (outcome,) = together([lambda: sign_change(rnd)])
        assert isinstance(outcome, Agreement), outcome
        return found

    rnd = a_draft(opens_in=10 * DAY)
    monkeypatch.setattr(
        ApplicationQuerySet,
        "lock",
        lambda self, group_id, merchant_id: self.get(group_id=group_id, merchant_id=merchant_id),
    )
    monkeypatch.setattr(openings, "_commission_bp", read_then_lose)
    return rnd


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_the_database_refuses_what_is_no_longer_agreed(monkeypatch):
    rnd = look_then_sign(monkeypatch)
    with pytest.raises(NoAgreement, match="刚刚变了"):
        opening(rnd)
    rnd.refresh_from_db()
    assert rnd.status == "draft"


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_twin_without_lock_and_trigger_it_opens_at_the_old_commission(monkeypatch):
    with owner_cursor() as cursor:
        cursor.execute("drop trigger orders_round_needs_agreement on orders_round")
    rnd = look_then_sign(monkeypatch)
    opening(rnd)
    rnd.refresh_from_db()
    assert (rnd.status, rnd.commission_bp) == ("open", 500)
