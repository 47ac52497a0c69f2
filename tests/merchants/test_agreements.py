"""Terms that both sides sign, change seven days ahead, and everybody reads (M5, G7)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from hypothesis import HealthCheck, given
from hypothesis import settings as budget
from hypothesis import strategies as st

from groups.models import Group
from groups.services.rules import write_rules
from merchants.access import Signer
from merchants.models import Agreement, AgreementDraft, AgreementSignature, Application
from merchants.models.agreements import NOTICE, starts_at
from merchants.queries.agreements import of_merchant
from merchants.services import agreement_news, agreements
from merchants.services.agreements import AgreementChanged, NothingToSign, OneForBoth, Terms
from merchants.services.promises import Promises
from tests.core.test_images import picture
from tests.databases import owner_cursor
from tests.factories import (
    NOON,
    agree,
    make_group,
    make_initiator,
    make_member,
    make_merchant,
    make_user,
)
from tests.orders.stages import at
from tuangou.core import clock, events
from tuangou.core.errors import InvalidInput
from tuangou.core.models import Event, Notice

PLAIN = Promises("", "", "")
WORDS = Promises("周六三点前到", "冰袋", "坏了就退")


class Deal:
    """A group, a shop that sells there since January, and both who sign."""

    def __init__(self, *, owner: bool = True, **fields):
        self.group = make_group(**fields)
        self.ziyi = make_initiator(self.group)
        self.owner = make_user("老马")
        self.merchant = make_merchant(self.group, staff=self.owner if owner else None)
        self.key: dict[str, Any] = {"group_id": self.group.pk, "merchant_id": self.merchant.pk}
        self.for_group = Signer(("group",), self.ziyi.user_id or 0, self.ziyi.pk)
        self.for_shop = Signer(("shop",), self.owner.pk)

    @property
    def application(self) -> Application:
        return Application.objects.get(**self.key)

    def propose(self, commission_bp=600, *, promises=PLAIN, by=None, when=NOON, **terms):
        with at(when):
            return agreements.propose(
                **self.key,
                signer=by or self.for_group,
                terms=Terms(promises, commission_bp, **terms),
            )

    def sign(self, draft, *, by=None, when=NOON):
        with at(when):
            content = draft.content_sha256
            return agreements.sign(**self.key, signer=by or self.for_shop, content=content)

    def page(self, when=NOON):
        self.group.refresh_from_db()
        version = self.group.rules_version
        return of_merchant(self.group.pk, self.merchant.pk, at=when, rules_version=version)


@pytest.fixture
def deal(db):
    return Deal()


def test_a_change_is_signed_by_both_and_begins_seven_days_later(deal):
    draft = deal.propose(600, promises=WORDS)
    assert deal.page().current.commission_bp == 500
    assert Agreement.objects.count() == 1
    agreement = deal.sign(draft, when=NOON + timedelta(hours=1))
    assert agreement.valid_from == datetime(2026, 11, 27, 16, tzinfo=UTC)  # midnight in Shanghai
    page = deal.page()
    assert page.current.commission_bp == 500
    (coming,) = page.coming
    assert coming.changes[0] == "佣金从 5% 改成 6%"
    assert coming.changes[1:] == [
        "怎么送：加上「周六三点前到」",
        "怎么包：加上「冰袋」",
        "什么情况退：加上「坏了就退」",
    ]
    assert [(n.side, n.who) for n in coming.names] == [
        ("group", deal.ziyi.masked_name),
        ("shop", ""),
    ]
    later = deal.page(agreement.valid_from)
    assert (later.current.commission_bp, later.coming, len(later.past)) == (600, [], 1)


def test_what_the_other_has_changed_meanwhile_is_not_signed(deal):
    first = deal.propose(600)
    second = deal.propose(700)
    assert first.content_sha256 != second.content_sha256
    with pytest.raises(AgreementChanged, match="看完新的再签"):
        deal.sign(first)
    assert deal.sign(second).commission_bp == 700
    with pytest.raises(NothingToSign):
        deal.sign(second)


def test_the_same_words_again_are_another_text(deal):
    """The page of yesterday cannot sign the version of today, though both say the same."""
    assert deal.propose(600).content_sha256 != deal.propose(600).content_sha256


def test_a_shop_proposes_its_promises_and_no_commission(deal):
    draft = deal.propose(3000, promises=WORDS, by=deal.for_shop)
    assert (draft.commission_bp, draft.side) == (500, "shop")
    with pytest.raises(NothingToSign, match="等对方签"):
        deal.sign(draft)
    assert deal.sign(draft, by=deal.for_group) is not None


def test_nobody_signs_for_both(deal):
    both = Signer(("group", "shop"), deal.ziyi.user_id, deal.ziyi.pk)
    draft = deal.propose(by=both)
    with pytest.raises(OneForBoth):
        deal.sign(draft, by=both)
    assert deal.sign(draft) is not None


def test_nothing_new_is_not_signed(deal):
    with pytest.raises(InvalidInput, match="一样"):
        deal.propose(500)


def test_a_refusal_ends_a_version_and_what_held_holds(deal):
    draft = deal.propose()
    with at(NOON):
        agreements.decline(
            **deal.key, signer=deal.for_shop, content=draft.content_sha256, note="太高了"
        )
    with pytest.raises(NothingToSign):
        deal.sign(draft)
    page = deal.page()
    assert (page.draft, page.refused.note, page.current.commission_bp) == (None, "太高了", 500)


def test_new_house_rules_leave_it_valid_and_may_be_signed_anew(deal):
    write_rules(group_id=deal.group.pk, actor_id=deal.ziyi.pk, text="一")
    deal.sign(deal.propose(500, when=NOON - 20 * NOTICE), when=NOON - 20 * NOTICE)
    assert deal.page().rules_moved is False
    write_rules(group_id=deal.group.pk, actor_id=deal.ziyi.pk, text="二")
    page = deal.page()
    assert (page.rules_moved, page.current.rules_version) == (True, 1)
    renewed = deal.sign(deal.propose(500))
    assert deal.page(renewed.valid_from).current.changes == ["群规从第 1 版换成第 2 版"]
    assert deal.page(renewed.valid_from).rules_moved is False


@pytest.mark.parametrize(("days", "ok"), [(6, False), (7, True), (366, True), (367, False)])
def test_the_day_that_is_wanted_lies_ahead(deal, days, ok):
    wanted = deal.group.local(NOON).date() + timedelta(days=days)
    if not ok:
        with pytest.raises(InvalidInput) as refusal:
            deal.propose(not_before=wanted)
        assert refusal.value.field == "not_before"
        return
    agreement = deal.sign(deal.propose(not_before=wanted))
    first = deal.group.local(agreement.valid_from).date()
    assert first == max(wanted, deal.group.local(NOON).date() + timedelta(days=8))


def test_two_changes_signed_on_one_day_follow_each_other(deal):
    first = deal.sign(deal.propose(600))
    second = deal.sign(deal.propose(700))
    assert second.valid_from - first.valid_from == timedelta(days=1)


# On paper


def test_a_shop_without_an_account_signs_on_paper(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    deal = Deal(owner=False)
    draft = deal.propose()
    said: dict[str, Any] = {"content": draft.content_sha256, "photo": b"webp"}
    with at(NOON):
        agreement = agreements.record_paper(**deal.key, actor_id=deal.ziyi.pk, **said)
    name = AgreementSignature.objects.get(draft=draft, side="shop")
    assert (name.way, name.member_id, name.photo.read()) == ("paper", deal.ziyi.pk, b"webp")
    assert agreement is not None
    assert agreement.commission_bp == 600
    known = Deal()
    with at(NOON), pytest.raises(InvalidInput, match="请店主自己"):
        agreements.record_paper(**known.key, actor_id=known.ziyi.pk, **said)


# Seven days, on every clock

ZONES = (
    "Asia/Shanghai",
    "America/Sao_Paulo",
    "America/New_York",
    "Asia/Beirut",
    "Pacific/Apia",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "Pacific/Kiritimati",
)
SINCE = datetime(2017, 1, 1, tzinfo=UTC)


@budget(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    zone=st.sampled_from([ZoneInfo(name) for name in ZONES]),
    seconds=st.integers(0, 15 * 366 * 86400),
    wait=st.none() | st.integers(0, 400),
    last=st.none() | st.integers(-800, 800),
)
def test_a_change_begins_at_a_local_midnight_seven_days_on(zone, seconds, wait, last):
    signed = SINCE + timedelta(seconds=seconds)
    here = signed.astimezone(zone)
    wanted = None if wait is None else here.date() + timedelta(days=wait)
    before = None if last is None else signed + timedelta(days=last)
    start = starts_at(zone, signed, not_before=wanted, last=before)
    there = start.astimezone(zone)
    assert there.replace(tzinfo=None) >= here.replace(tzinfo=None) + NOTICE
    assert there.hour <= 1  # midnight, or what the clock shows where there is none
    assert wanted is None or there.date() >= wanted
    assert before is None or start > before
    if wanted is None and before is None:
        assert there.date() - here.date() in (timedelta(days=7), timedelta(days=8))


def test_month_and_year_ends_are_ordinary_days():
    zone = ZoneInfo("Asia/Shanghai")
    for signed, first in (
        (datetime(2028, 2, 24, 4, tzinfo=UTC), date(2028, 3, 3)),  # a leap year
        (datetime(2026, 12, 27, 16, tzinfo=UTC), date(2027, 1, 4)),  # midnight: seven days exactly
        (datetime(2026, 12, 27, 15, 59, tzinfo=UTC), date(2027, 1, 4)),
    ):
        start = starts_at(zone, signed, not_before=None, last=None)
        assert start.astimezone(zone).date() == first


# What the database itself refuses


def write(deal, draft, **fields):
    """Past the services."""
    said = {
        "group_id": deal.group.pk,
        "application": deal.application,
        "draft": draft,
        "commission_bp": 600,
        "valid_from": NOON + timedelta(days=9),
    }
    with transaction.atomic():
        Agreement.objects.create(**said | fields)


def put_name(deal, draft, **fields):
    said = {"side": "shop", "way": "app", "user": deal.owner, "signed_at": NOON}
    said |= {"content_sha256": draft.content_sha256}
    with transaction.atomic():
        AgreementSignature.objects.create(group_id=deal.group.pk, draft=draft, **said | fields)


def test_the_database_wants_both_names_the_same_words_and_seven_days(deal):
    draft = deal.propose()
    with pytest.raises(IntegrityError, match="not by both sides"):
        write(deal, draft)
    with pytest.raises(IntegrityError, match="merchants_agreementsignature_content"):
        put_name(deal, draft, content_sha256="0" * 64)
    put_name(deal, draft)
    with pytest.raises(IntegrityError, match="not what the text says"):
        write(deal, draft, commission_bp=601)
    with pytest.raises(IntegrityError, match="not what the text says"):
        write(deal, None)
    with pytest.raises(IntegrityError, match="less than seven days"):
        write(deal, draft, valid_from=NOON + timedelta(days=7, seconds=-1))
    put_name(deal, draft, refused=True)
    with pytest.raises(IntegrityError, match="not by both sides"):
        write(deal, draft)


@pytest.mark.django_db(transaction=True)
def test_twin_without_the_trigger_one_side_agrees_with_itself():
    deal = Deal()
    draft = deal.propose()
    with owner_cursor() as cursor:
        cursor.execute("drop trigger merchants_agreement_is_signed on merchants_agreement")
    write(deal, draft, valid_from=NOON)
    (name,) = deal.page().current.names
    assert name.side == "group"


# News


def test_both_sides_and_the_group_are_told_in_time(deal):
    member = make_member(deal.group)
    far = deal.group.local(NOON).date() + timedelta(days=30)
    agreement = deal.sign(deal.propose(not_before=far))
    kinds = list(Event.objects.filter(kind__startswith="agreement").values_list("kind", flat=True))
    assert kinds == ["agreement.proposed", "agreement.signed"]
    with at(agreement.valid_from - timedelta(days=9)):
        agreement_news.tell_due()
    assert not Event.objects.filter(kind="agreement.coming").exists()
    for hours in (0, 1):  # told once, however often the clock looks
        with at(agreement.valid_from - timedelta(days=8) + timedelta(hours=hours)):
            agreement_news.tell_due()
    assert Event.objects.filter(kind="agreement.coming").count() == 1
    assert member.user_id


def told(kind):
    rows = Notice.objects.filter(kind=f"merchants.{kind}")
    return set(rows.values_list("user_id", flat=True))


def test_who_is_told_what(deal):
    """A change next week is told to all when it is signed: the seven days are whole."""
    member = make_member(deal.group)
    draft = deal.propose()
    events.drain(deal.group.pk)
    assert told("agreement_proposed") == {deal.owner.pk}
    agreement = deal.sign(draft)
    events.drain(deal.group.pk)
    assert told("agreement_signed") == {deal.ziyi.user_id}
    assert told("agreement_coming") == {deal.ziyi.user_id, member.user_id, deal.owner.pk}
    notice = Notice.objects.filter(kind="merchants.agreement_coming")[0]
    assert notice.context["start"] == agreement.valid_from.isoformat()
    again = deal.propose(700, promises=WORDS, by=deal.for_shop)
    with at(NOON):
        agreements.decline(
            **deal.key, signer=deal.for_group, content=again.content_sha256, note="不改"
        )
    events.drain(deal.group.pk)
    assert told("agreement_proposed") == {deal.owner.pk, deal.ziyi.user_id}
    assert told("agreement_declined") == {deal.owner.pk}


# Pages


def address(deal, name, *more):
    return reverse(f"merchants:{name}", args=[deal.group.slug, deal.merchant.pk, *more])


def test_pages_from_proposal_to_signature(client, deal, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    member = make_member(deal.group)
    client.force_login(deal.ziyi.user)
    form = {"commission": "6", "delivery": "周六到", "request_id": str(uuid4())}
    answer = client.post(address(deal, "agreement-new"), form)
    assert answer.status_code == 302
    draft = AgreementDraft.objects.get(number=2)
    client.force_login(member.user)
    assert "佣金从 5%" not in client.get(address(deal, "agreement")).content.decode()
    client.force_login(deal.owner)
    page = client.get(address(deal, "agreement")).content.decode()
    assert "等你签" in page
    assert draft.content_sha256 in page
    stale = {"content": "0" * 64, "request_id": str(uuid4())}
    late = client.post(address(deal, "agreement-sign"), stale)
    assert late.status_code == 409
    assert "看完新的再签" in late.content.decode()
    ok = {"content": draft.content_sha256, "request_id": str(uuid4())}
    assert client.post(address(deal, "agreement-sign"), ok).status_code == 302
    client.force_login(member.user)
    page = client.get(address(deal, "agreement")).content.decode()
    assert "起要变" in page
    assert "佣金从 5% 改成 6%" in page


def test_pages_of_paper(client, db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    deal = Deal(owner=False)
    draft = deal.propose()
    client.force_login(deal.ziyi.user)
    page = client.get(address(deal, "agreement-paper")).content.decode()
    assert draft.content_sha256 in page
    said = {"content": draft.content_sha256, "request_id": str(uuid4())}
    none = client.post(address(deal, "agreement-paper"), said)
    assert none.status_code == 422
    sheet = picture(kind="JPEG")
    sheet.name = "sheet.jpg"
    assert client.post(address(deal, "agreement-paper"), said | {"file": sheet}).status_code == 302
    name = AgreementSignature.objects.get(way="paper")
    file = client.get(address(deal, "agreement-paper-file", name.pk))
    assert file.headers["Content-Type"] == "image/webp"
    assert "sandbox" in file.headers["Content-Security-Policy"]
    client.force_login(make_member(deal.group).user)
    assert client.get(address(deal, "agreement-paper-file", name.pk)).status_code == 403


@pytest.mark.parametrize("past", [1, 4])
def test_the_page_takes_as_many_statements_for_many_versions(
    client, deal, past, django_assert_num_queries
):
    for n in range(past):
        agree(deal.application, 100 * n, NOON + timedelta(days=n))
    client.force_login(make_member(deal.group).user)
    client.get(address(deal, "agreement"))
    with django_assert_num_queries(8):
        client.get(address(deal, "agreement"))


def test_the_api_reads_what_the_page_shows(client, deal):
    now = clock.now()  # as the API's: signed at noon of 20 November it begins on the 28th
    deal.sign(deal.propose(600, promises=WORDS, when=now), when=now)
    client.force_login(make_member(deal.group).user)
    path = reverse("api:agreement", args=[deal.group.slug, deal.merchant.pk])
    read = client.get(path).json()
    assert read["current"]["commission_bp"] == 500
    assert read["coming"][0]["changes"][0] == "佣金从 5% 改成 6%"
    assert [one["side"] for one in read["coming"][0]["signatures"]] == ["group", "shop"]


def test_nobody_s_group_reads_another_s(client, deal):
    Group.objects.filter(pk=deal.group.pk).update(rules_version=0)
    client.force_login(make_member(make_group()).user)
    assert client.get(address(deal, "agreement")).status_code == 404
