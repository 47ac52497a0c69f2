"""The calendar of merchant days: asked for, kept, counted with the rounds (O2, G1)."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from groups.models import Group
from groups.models.groups import GroupQuerySet
from merchants.access import Signer
from merchants.models import Application, MerchantDay
from merchants.services import agreements
from merchants.services.days import (
    AskedAlready,
    DayOver,
    KeptForShop,
    ask_day,
    decline_day,
    withdraw_day,
)
from merchants.services.promises import Promises
from orders.models import Round
from orders.queries.console import console
from orders.queries.days import kept_for, month_of
from orders.services import days
from orders.services.days import TooManyMerchantsThatDay, confirm_day
from orders.services.openings import open_round
from tests.factories import (
    NOON,
    initiator_of,
    make_group,
    make_initiator,
    make_member,
    make_merchant,
    make_merchant_day,
    make_round,
    make_user,
)
from tests.orders.stages import at
from tests.threads import together
from tuangou.core import clock, events
from tuangou.core.errors import InvalidInput, InvalidTransition
from tuangou.core.models import Event, Notice

TODAY = NOON.date()


@pytest.fixture
def group(db):
    group = make_group(merchants_per_day=1)
    make_initiator(group)
    return group


def a_shop(group, brand="甲"):
    return make_merchant(group, brand, staff=make_user())


def ask(group, merchant, day=TODAY + timedelta(days=1), when=NOON):
    with at(when):
        return ask_day(
            group_id=group.pk, merchant_id=merchant.pk, day=day, wish="草莓", user_id=make_user().pk
        )


def confirm(row, when=NOON):
    with at(when):
        return confirm_day(merchant_day_id=row.pk, actor_id=initiator_of(row.group).pk)


def opening(rnd):
    with at(NOON):
        return open_round(round_id=rnd.pk, actor_id=rnd.initiator_id)


def draft(group, merchant):
    """Its cut-off is tomorrow."""
    with at(NOON):
        return make_round(group, merchant=merchant, opened=False)


def test_a_kept_day_is_that_merchants(group):
    mine, other = a_shop(group), a_shop(group, "乙")
    confirm(ask(group, mine))
    with pytest.raises(TooManyMerchantsThatDay, match="每天最多 1 个商家"):
        opening(draft(group, other))
    with pytest.raises(TooManyMerchantsThatDay):
        confirm(ask(group, other))
    assert opening(draft(group, mine)).status == "open"


def test_an_open_round_takes_the_day(group):
    mine, other = a_shop(group), a_shop(group, "乙")
    opening(draft(group, mine))
    with pytest.raises(TooManyMerchantsThatDay):
        confirm(ask(group, other))
    assert confirm(ask(group, mine)).status == "confirmed"  # it has the day already


def test_a_day_is_free_again(group):
    """Withdrawn, taken back, or kept for a shop that may not sell."""
    mine, other = a_shop(group), a_shop(group, "乙")
    row = confirm(ask(group, mine))
    initiator = initiator_of(group).user
    assert initiator is not None
    with at(NOON), pytest.raises(KeptForShop):  # an officer says no with a word, or not at all
        withdraw_day(merchant_day_id=row.pk, user_id=initiator.pk)
    with at(NOON):
        withdraw_day(merchant_day_id=row.pk, user_id=mine.staff.get().user_id)
    row = confirm(ask(group, mine))
    with at(NOON):
        decline_day(merchant_day_id=row.pk, actor_id=initiator_of(group).pk, answer="那天有喜事")
    confirm(ask(group, mine))
    Application.objects.filter(merchant=mine).update(status="suspended", reason="x")
    assert opening(draft(group, other)).status == "open"


def test_fewer_places_than_were_promised_never_make_more_rounds(group):
    Group.objects.filter(pk=group.pk).update(merchants_per_day=2)
    mine, other = a_shop(group), a_shop(group, "乙")
    confirm(ask(group, mine))
    confirm(ask(group, other))
    Group.objects.filter(pk=group.pk).update(merchants_per_day=1)
    opening(draft(group, mine))
    with pytest.raises(TooManyMerchantsThatDay):
        opening(draft(group, other))


@pytest.mark.parametrize(("days_ahead", "ok"), [(-1, False), (0, True), (90, True), (91, False)])
def test_days_that_may_be_asked_for(group, days_ahead, ok):
    if ok:
        assert ask(group, a_shop(group), TODAY + timedelta(days=days_ahead)).status == "asked"
    else:
        with pytest.raises(InvalidInput):
            ask(group, a_shop(group), TODAY + timedelta(days=days_ahead))


def test_asked_once_and_only_by_shops_that_sell(group):
    mine = a_shop(group)
    row = ask(group, mine)
    with pytest.raises(AskedAlready):
        ask(group, mine)
    with pytest.raises(IntegrityError, match="merchant_day_asked_once"), transaction.atomic():
        MerchantDay.objects.create(
            group=group,
            application=row.application,
            day=row.day,
            asked_by=row.asked_by,
            asked_at=NOON,
        )
    Application.objects.filter(merchant=mine).update(status="suspended", reason="x")
    with pytest.raises(InvalidTransition):
        ask(group, mine, TODAY + timedelta(days=5))


def test_a_no_has_a_word_and_a_past_day_is_over(group):
    row = ask(group, a_shop(group), TODAY)
    no = partial(decline_day, merchant_day_id=row.pk, actor_id=initiator_of(group).pk)
    with at(NOON), pytest.raises(InvalidInput):
        no(answer=" ")
    for act in (partial(no, answer="x"), partial(withdraw_day, merchant_day_id=row.pk, user_id=1)):
        with at(NOON + timedelta(days=1)), pytest.raises(DayOver):
            act()
    with pytest.raises(DayOver):
        confirm(row, NOON + timedelta(hours=12))  # midnight in Shanghai
    assert row.state_on(TODAY + timedelta(days=1)) == "over"
    with at(NOON):
        no(answer="有喜事")
    with pytest.raises(InvalidTransition):
        confirm(row)
    kinds = Event.objects.filter(kind__startswith="merchant_day").order_by("pk")
    assert list(kinds.values_list("kind", flat=True)) == [
        "merchant_day.asked",
        "merchant_day.declined",
    ]


def test_the_month_counts_what_binds(group, django_assert_num_queries):
    mine, other, third = a_shop(group), a_shop(group, "乙"), a_shop(group, "丙")
    confirm(ask(group, mine))
    ask(group, other)
    ask(group, third, TODAY + timedelta(days=2))
    opening(draft(group, mine))
    with django_assert_num_queries(2):
        month = month_of(group, TODAY.replace(day=1), today=TODAY, all_wishes=True)
    day = month.days[20]
    assert (len(month.days), day.taken, day.left, day.kept) == (30, 1, 0, [])
    assert [brand for _id, _title, brand in day.sells] == ["甲"]
    assert [wish.brand for wish in month.asked] == ["乙", "丙"]
    own = month_of(group, TODAY.replace(day=1), today=TODAY, merchant_id=other.pk)
    assert [wish.brand for wish in own.asked] == ["乙"]
    assert (month.before, month.after) == ("2026-10", "2026-12")


def test_who_is_told(group):
    mine = a_shop(group)
    owner, ziyi = mine.staff.get().user_id, initiator_of(group).user_id
    row = confirm(ask(group, mine))
    with at(NOON):
        withdraw_day(merchant_day_id=row.pk, user_id=owner)
    no = ask(group, mine)
    with at(NOON):
        decline_day(merchant_day_id=no.pk, actor_id=initiator_of(group).pk, answer="有喜事")
    events.drain(group.pk)
    rows = Notice.objects.filter(kind__startswith="merchants.day_").order_by("pk")
    assert list(rows.values_list("kind", "user_id")) == [
        ("merchants.day_asked", ziyi),
        ("merchants.day_confirmed", owner),
        ("merchants.day_withdrawn", ziyi),
        ("merchants.day_asked", ziyi),
        ("merchants.day_declined", owner),
    ]


def test_the_console_says_what_waits_for_an_answer(group, django_assert_num_queries):
    """A day that was asked for, for all officers; a shop's new terms, for the initiator; no more
    statements than without."""
    merchant = a_shop(group)

    def tasks(with_money=True, when=NOON):
        found = console(group, at=when, with_money=with_money).tasks
        return {task.what: (task.url_name, task.url_id) for task in found}

    with django_assert_num_queries(6):
        assert tasks() == {}
    row = ask(group, merchant)
    owner = Signer(("shop",), merchant.staff.get().user_id)
    it = {"group_id": group.pk, "merchant_id": merchant.pk}
    with at(NOON):
        draft = agreements.propose(
            **it, signer=owner, terms=agreements.Terms(Promises("周六到", "", ""))
        )
    days_waiting, to_sign = "商家要了 1天，等你回", f"{merchant.brand}的约定等你签"
    with django_assert_num_queries(6):
        assert tasks() == {
            days_waiting: ("orders:days", 0),
            to_sign: ("merchants:agreement", merchant.pk),
        }
    assert tasks(with_money=False) == {days_waiting: ("orders:days", 0)}
    assert set(tasks(when=NOON + timedelta(days=3))) == {to_sign}
    confirm(row)
    with at(NOON):
        ziyi = initiator_of(group)
        agreements.decline(
            **it,
            signer=Signer(("group",), ziyi.user_id or 0, ziyi.pk),
            content=draft.content_sha256,
            note="不改",
        )
    assert tasks() == {}


def test_the_console_leads_there(client, group):
    merchant = a_shop(group)
    ask(group, merchant)
    client.force_login(initiator_of(group).user)
    with at(NOON):
        page = client.get(reverse("orders:console", args=[group.slug])).content.decode()
    assert f'href="{reverse("orders:days", args=[group.slug])}"' in page
    assert "等你回" in page


def test_the_api_reads_the_month(client, group):
    mine = a_shop(group)
    row = make_merchant_day(group, mine, status="confirmed")
    client.force_login(make_member(group).user)
    read = client.get(reverse("api:days", args=[group.slug, f"{row.day:%Y-%m}"])).json()
    day = read["days"][row.day.day - 1]
    assert day == {
        "day": row.day.isoformat(),
        "merchants": 1,
        "limit": 1,
        "rounds": [],
        "kept": ["甲"],
    }
    assert client.get(reverse("api:days", args=[group.slug, "1990-01"])).status_code == 404


# At the same moment

SHOPS = 3


def asked_and_drafted(wishes: int, rounds: int) -> tuple[list[MerchantDay], list[Round]]:
    group = make_group(merchants_per_day=1)
    make_initiator(group)
    rows = []
    for n in range(wishes):
        rows.append(make_merchant_day(group, a_shop(group, f"愿{n}"), days=1))
    drafts = [
        make_round(group, merchant=a_shop(group, f"团{n}"), opened=False) for n in range(rounds)
    ]
    return rows, drafts


def all_at_once(rows: list[MerchantDay], drafts: list[Round]) -> int:
    """How many were let in; the others were told that the day is full."""
    outcomes = together(
        [
            *(
                partial(confirm_day, merchant_day_id=r.pk, actor_id=initiator_of(r.group).pk)
                for r in rows
            ),
            *(partial(open_round, round_id=r.pk, actor_id=r.initiator_id) for r in drafts),
        ]
    )
    refused = [o for o in outcomes if isinstance(o, TooManyMerchantsThatDay)]
    done = [o for o in outcomes if isinstance(o, MerchantDay | Round)]
    assert len(refused) + len(done) == len(outcomes), outcomes
    return len(done)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_yes_and_opening_at_once_never_exceed_the_number():
    assert all_at_once(*asked_and_drafted(2, 2)) == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_twin_without_the_groups_lock_they_do(monkeypatch):
    """All have counted before anybody is in."""
    rows, _none = asked_and_drafted(SHOPS, 0)
    counted = Barrier(SHOPS, timeout=30)
    count = kept_for

    def count_then_wait(group, day):
        """The second of the two counts: after it nothing is asked any more."""
        found = count(group, day)
        counted.wait()
        return found

    monkeypatch.setattr(GroupQuerySet, "lock", lambda self, pk: self.get(pk=pk))
    monkeypatch.setattr(days, "kept_for", count_then_wait)
    assert all_at_once(rows, []) == SHOPS > 1


# Pages


def test_pages_from_wish_to_answer(client, group):
    owner = make_user("店主")
    mine = make_merchant(group, "甲", staff=owner)
    ziyi = initiator_of(group)
    client.force_login(owner)
    shop = reverse("orders:shop-days", args=[group.slug, mine.pk])
    with transaction.atomic():
        tomorrow = group.local(clock.now()).date() + timedelta(days=1)
    said = {"day": tomorrow.isoformat(), "wish": "草莓", "request_id": str(uuid4())}
    assert client.post(shop, said).status_code == 302
    row = MerchantDay.objects.get()
    assert "等团长回" in client.get(shop).content.decode()
    client.force_login(ziyi.user)
    calendar = reverse("orders:days", args=[group.slug]) + f"?month={tomorrow:%Y-%m}"
    assert "等你回的" in client.get(calendar).content.decode()
    page = reverse("orders:day-answer", args=[group.slug, row.pk])
    no = client.post(page, {"choice": "no", "answer": "", "request_id": str(uuid4())})
    assert no.status_code == 422
    yes = client.post(page, {"choice": "keep", "answer": "好", "request_id": str(uuid4())})
    assert yes.status_code == 302
    client.force_login(make_member(group).user)
    seen = client.get(calendar).content.decode()
    assert "留给甲" in seen
    assert "等你回的" not in seen
    client.force_login(owner)
    assert "团长：好" in client.get(shop).content.decode()
    withdraw = reverse("orders:day-withdraw", args=[group.slug, mine.pk, row.pk])
    assert client.post(withdraw, {"request_id": str(uuid4())}).status_code == 302
    row.refresh_from_db()
    assert row.status == "withdrawn"
    assert client.get(calendar.replace("?month=2", "?month=9")).status_code == 404
