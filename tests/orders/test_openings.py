"""Rounds up to taking orders (O1, O2): drafts, codes, opening, extending once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.utils.translation import override

from groups.models import Group, Membership, PickupPoint
from merchants.models import Application, Item
from orders.forms import openings as openings_form
from orders.forms.openings import RoundForm
from orders.models import PriceTier, Round
from orders.queries.openings import start_of
from orders.services import openings
from orders.services.days import TooManyMerchantsThatDay
from orders.services.offers import BadOffer, OfferSpec, TierSpec
from orders.services.openings import (
    PREFIX_UNIQUE_FOR,
    BadTimes,
    MerchantNotApproved,
    NoAgreement,
    _new_code,
    draft_round,
    extend_round,
    open_round,
    update_draft,
)
from orders.services.rounds import (
    cancel_round,
)
from tests.factories import (
    NOON,
    agree,
    approve,
    make_deputy,
    make_group,
    make_initiator,
    make_item,
    make_member,
    make_merchant,
    make_order,
    offer_of,
)
from tests.orders.support import (
    check_books,
    closed_at_cut_off,
    events_of,
    fresh,
    moment,
    opened,
    ordered,
    refused,
    spec_for,
)
from tuangou.core.errors import DomainError, InvalidInput, InvalidTransition

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)


@pytest.fixture
def group(db: None) -> Group:
    return make_group()


@pytest.fixture
def ziyi(group: Group) -> Membership:
    return make_initiator(group)


@pytest.fixture
def lan(group: Group, ziyi: Membership) -> Membership:
    return make_member(group, "阿兰")


@pytest.fixture(autouse=True)
def books(db: None):
    yield
    check_books()


# Drafts


def test_a_draft_copies_names_steps_and_store_prices(group, ziyi):
    merchant = make_merchant(group)
    item = make_item(merchant, "牛腩", spec="带筋", unit="斤", store_price_fen=4500)
    offer = OfferSpec(
        item.pk, 3800, Decimal(10), Decimal(4), Decimal(1), [TierSpec(Decimal(8), 3500)]
    )
    with moment(NOON):
        rnd = draft_round(
            group_id=group.pk,
            actor_id=ziyi.pk,
            merchant_id=merchant.pk,
            spec=spec_for(group, offer, note="现切", minimum_households=3, minimum_fen=10_000),
        )
    assert (rnd.status, rnd.created_at, rnd.opened_at) == ("draft", NOON, None)
    assert (rnd.note, rnd.minimum_households, rnd.minimum_fen) == ("现切", 3, 10_000)
    row = offer_of(rnd)
    assert (row.name, row.spec, row.unit, row.step, row.store_price_fen, row.price_fen) == (
        "牛腩",
        "带筋",
        "斤",
        Decimal("0.5"),
        4500,
        3800,
    )
    assert [row.capacity, row.household_limit, row.minimum] == [Decimal(10), Decimal(4), Decimal(1)]
    assert list(row.tiers.values_list("from_quantity", "price_fen")) == [(Decimal(8), 3500)]
    assert len(events_of("round.drafted", rnd.pk)) == 1


def test_the_deputy_drafts_for_the_initiator(group, ziyi):
    deputy = make_deputy(group, ziyi)
    merchant = make_merchant(group)
    with moment(NOON):
        rnd = draft_round(
            group_id=group.pk,
            actor_id=deputy.pk,
            merchant_id=merchant.pk,
            spec=spec_for(group, OfferSpec(make_item(merchant).pk, 3800)),
        )
    assert rnd.initiator_id == ziyi.pk
    assert events_of("round.drafted", rnd.pk)[0].actor_id == deputy.user_id


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"cut_off_at": NOON, "opens_at": NOON - DAY}, "cut_off"),
        ({"opens_at": NOON + DAY}, "cut_off"),
        ({"pickup_from": NOON + DAY - TICK}, "pickup"),
        ({"pickup_until": NOON + DAY + timedelta(hours=20)}, "pickup"),
    ],
    ids=[
        "cut-off is now",
        "cut-off at opening",
        "pick-up before cut-off",
        "pick-up ends as begins",
    ],
)
def test_times_must_follow_each_other(group, ziyi, fields, field):
    merchant = make_merchant(group)
    spec = spec_for(group, OfferSpec(make_item(merchant).pk, 3800), **fields)
    with moment(NOON), refused(BadTimes, field=field):
        draft_round(group_id=group.pk, actor_id=ziyi.pk, merchant_id=merchant.pk, spec=spec)


def test_a_draft_names_a_merchant_place_payee_and_minimum_there_are(group, ziyi):
    merchant = make_merchant(group)
    good = spec_for(group, OfferSpec(make_item(merchant).pk, 3800))
    elsewhere = PickupPoint.objects.get(group=make_group()).pk
    stranger = make_merchant()
    for spec, merchant_id, kind, field in [
        (good, stranger.pk, MerchantNotApproved, ""),
        (replace(good, pickup_point_id=elsewhere), merchant.pk, InvalidInput, "pickup_point"),
        (replace(good, payee="nobody"), merchant.pk, InvalidInput, "payee"),
        (replace(good, minimum_households=0), merchant.pk, InvalidInput, "minimum_households"),
        (replace(good, minimum_fen=-1), merchant.pk, InvalidInput, "minimum_fen"),
    ]:
        with moment(NOON), refused(kind, field=field):
            draft_round(group_id=group.pk, actor_id=ziyi.pk, merchant_id=merchant_id, spec=spec)
    PickupPoint.objects.filter(group=group).update(is_active=False)
    with moment(NOON), refused(InvalidInput, field="pickup_point"):
        draft_round(group_id=group.pk, actor_id=ziyi.pk, merchant_id=merchant.pk, spec=good)


def test_update_draft_replaces_everything_but_merchant_and_code(group, ziyi):
    merchant = make_merchant(group)
    rnd = opened(group, merchant=merchant, opened=False, offers=2, tiers={5: 3500})
    other = make_item(merchant, "牛腱")
    late = datetime(2027, 1, 2, 4, tzinfo=UTC)
    spec = spec_for(
        group,
        OfferSpec(other.pk, 3000, tiers=[TierSpec(Decimal(9), 2900)]),
        title="改过",
        cut_off_at=late,
        pickup_from=late,
        pickup_until=late + DAY,
        payee="merchant",
    )
    with moment(NOON):
        update_draft(round_id=rnd.pk, actor_id=ziyi.pk, spec=spec)
    now = fresh(rnd)
    assert (now.code, now.merchant_id, now.title, now.payee) == (
        rnd.code,
        merchant.pk,
        "改过",
        "merchant",
    )
    assert now.month == date(2027, 1, 1)
    assert list(now.offers.values_list("item_id", "price_fen")) == [(other.pk, 3000)]
    assert list(PriceTier.objects.values_list("price_fen", flat=True)) == [2900]
    assert len(events_of("round.redrafted", rnd.pk)) == 1


def test_only_drafts_are_redrafted(group, ziyi):
    rnd = opened(group)
    spec = spec_for(group, OfferSpec(offer_of(rnd).item_id, 3000))
    with moment(NOON), refused(DomainError, "已经开团"):
        update_draft(round_id=rnd.pk, actor_id=ziyi.pk, spec=spec)
    assert offer_of(rnd).price_fen == 3800


# Codes


def draw(monkeypatch: pytest.MonkeyPatch, letters: str) -> None:
    """The letters that the next codes are drawn from, in turn."""
    drawn = iter(letters)
    monkeypatch.setattr(openings, "secrets", SimpleNamespace(choice=lambda _: next(drawn)))


def test_codes_differ_in_their_first_three_for_180_days(group, ziyi, monkeypatch):
    """The prefix is drawn again while another round of the group had it in 180 days."""
    merchant = make_merchant(group)
    draw(monkeypatch, "ABCDEFABCXYZABDXYZABCXYZ")
    first = opened(group, merchant=merchant, opened=False)
    second = opened(group, merchant=merchant, opened=False)
    assert (first.code, second.code) == ("ABCDEF", "ABDXYZ")
    assert second.remark_code(31) == "ABD-31"
    assert second.pickup_code(31) == "BA-31"
    later = NOON + PREFIX_UNIQUE_FOR
    assert _new_code(group.pk, later) == "ABCXYZ"


def test_whole_codes_are_unique_everywhere(group, ziyi, monkeypatch):
    draw(monkeypatch, "ABCDEFABCDEFABCDEG")
    assert opened(group, opened=False).code == "ABCDEF"
    elsewhere = make_group()
    make_initiator(elsewhere)
    assert opened(elsewhere, opened=False).code == "ABCDEG"


def test_codes_have_no_letters_that_look_alike(group, ziyi):
    with moment(NOON):
        codes = "".join(_new_code(group.pk, NOON) for _ in range(200))
    assert not set(codes) & set("01ILOU")


# Opening (O2)


def test_opening_freezes_prices_commission_and_time(group, ziyi):
    merchant = make_merchant(group)
    rnd = opened(group, merchant=merchant, opened=False, opens_at=NOON - DAY)
    offer = offer_of(rnd)
    Item.objects.filter(pk=offer.item_id).update(
        name="牛腩新名", unit="份", step=Decimal(1), store_price_fen=5000
    )
    with moment(NOON + timedelta(hours=1)):
        open_round(round_id=rnd.pk, actor_id=ziyi.pk)
    now, offer = fresh(rnd), offer_of(rnd)
    assert (now.status, now.opened_at, now.opens_at) == (
        "open",
        NOON + timedelta(hours=1),
        NOON + timedelta(hours=1),
    )
    assert (offer.name, offer.unit, offer.step, offer.store_price_fen) == (
        "牛腩新名",
        "份",
        Decimal(1),
        5000,
    )
    assert len(events_of("round.opened", rnd.pk)) == 1


@pytest.mark.parametrize(
    "status", ["draft", "submitted", "in_review", "rejected", "suspended", "exited"]
)
def test_a_merchant_without_approval_opens_nothing(group, ziyi, status):
    merchant = make_merchant()
    approve(group, merchant, status=status)
    rnd = opened(group, merchant=merchant, opened=False)
    with moment(NOON), refused(MerchantNotApproved, merchant.brand):
        open_round(round_id=rnd.pk, actor_id=ziyi.pk)
    assert fresh(rnd).status == "draft"


def test_a_draft_that_lay_too_long_does_not_open(group, ziyi):
    rnd = opened(group, opened=False)
    with moment(rnd.cut_off_at), refused(BadTimes, field="cut_off"):
        open_round(round_id=rnd.pk, actor_id=ziyi.pk)
    with moment(rnd.cut_off_at - TICK):
        open_round(round_id=rnd.pk, actor_id=ziyi.pk)


def test_a_round_opens_once(group, ziyi):
    rnd = opened(group)
    with moment(NOON), refused(InvalidTransition):
        open_round(round_id=rnd.pk, actor_id=ziyi.pk)
    assert fresh(rnd).opened_at == NOON


def test_at_most_so_many_merchants_close_on_one_local_day(group, ziyi):
    """NOON is 12:00 in Shanghai; the day ends at 16:00 UTC."""
    midnight = NOON.replace(hour=16) + DAY
    first, second, third = (make_merchant(group, brand) for brand in "甲乙丙")
    opened(group, merchant=first, cut_off_in=midnight - TICK - NOON)
    opened(group, merchant=second, cut_off_in=timedelta(hours=13))
    late = opened(group, merchant=third, cut_off_in=midnight - TICK - NOON, opened=False)
    with moment(NOON), refused(TooManyMerchantsThatDay, "2", field="cut_off"):
        open_round(round_id=late.pk, actor_id=ziyi.pk)
    opened(group, merchant=third, cut_off_in=midnight - NOON)
    opened(group, merchant=third, cut_off_in=timedelta(hours=11))
    opened(group, merchant=first, cut_off_in=timedelta(hours=14))  # one of the two once more


def test_drafts_and_ended_rounds_take_no_place_that_day(group, ziyi):
    brands = [make_merchant(group, brand) for brand in "甲乙丙丁"]
    opened(group, merchant=brands[0], opened=False)
    failed = opened(group, merchant=brands[1], minimum_households=5)
    cancelled = opened(group, merchant=brands[2])
    with moment(NOON):
        cancel_round(round_id=cancelled.pk, actor_id=ziyi.pk, reason="断货")
    closed_at_cut_off(failed)
    assert fresh(failed).status == "failed"
    opened(group, merchant=brands[2])
    opened(group, merchant=brands[3])
    with moment(NOON), refused(TooManyMerchantsThatDay):
        open_round(round_id=Round.objects.get(status="draft").pk, actor_id=ziyi.pk)


def test_the_day_is_the_groups_own(ziyi, group):
    """Honolulu's day of that cut-off is another one."""
    Group.objects.filter(pk=group.pk).update(time_zone="Pacific/Honolulu", merchants_per_day=1)
    group.refresh_from_db()
    local_midnight = NOON.replace(hour=10) + DAY
    first, second = make_merchant(group, "甲"), make_merchant(group, "乙")
    opened(group, merchant=first, cut_off_in=local_midnight - TICK - NOON)
    opened(group, merchant=second, cut_off_in=local_midnight - NOON)


def test_commission_is_the_agreement_in_force_at_opening(group, ziyi):
    merchant = make_merchant(group)
    application = Application.objects.get(merchant=merchant)
    for days, bp in ((-1, 300), (1, 900)):
        agree(application, bp, NOON + timedelta(days=days))
    assert opened(group, merchant=merchant).commission_bp == 300
    later = opened(group, merchant=merchant, opens_at=NOON + DAY, cut_off_in=2 * DAY)
    assert later.commission_bp == 900


def test_without_an_agreement_no_round_opens(ziyi, group):
    merchant = make_merchant()
    Application.objects.create(
        group=group, merchant=merchant, status="approved", decided_at=NOON, decided_by=ziyi
    )
    with pytest.raises(NoAgreement, match="还没签完"):
        opened(group, merchant=merchant)


# Extending


@pytest.fixture
def short(group: Group, lan: Membership) -> Round:
    """Closed at its cut-off with one household of two."""
    rnd = opened(group, minimum_households=2)
    ordered(rnd, lan)
    return closed_at_cut_off(rnd)


def extended(rnd: Round, by: timedelta = timedelta(hours=6)) -> Round:
    with moment(rnd.cut_off_at + timedelta(hours=1)):
        extend_round(round_id=rnd.pk, actor_id=rnd.initiator_id, cut_off_at=rnd.cut_off_at + by)
    return fresh(rnd)


def test_a_round_is_extended_once_and_may_still_make_it(group, short):
    rnd = extended(short)
    assert (rnd.status, rnd.cut_off_at, rnd.closed_at) == (
        "open",
        short.cut_off_at + timedelta(hours=6),
        None,
    )
    assert (rnd.opened_at, rnd.extended_at) == (NOON, short.cut_off_at + timedelta(hours=1))
    with moment(rnd.cut_off_at - TICK):
        make_order(rnd, make_member(group))
    assert closed_at_cut_off(rnd).status == "confirmed"
    assert len(events_of("round.extended", rnd.pk)) == 1


def test_an_extended_round_that_misses_again_fails_at_once(short):
    rnd = extended(short)
    assert closed_at_cut_off(rnd).status == "failed"


def test_no_second_extension(group, short):
    rnd = extended(short)
    with moment(rnd.cut_off_at - TICK), refused(InvalidTransition):
        extend_round(
            round_id=rnd.pk, actor_id=rnd.initiator_id, cut_off_at=rnd.cut_off_at + DAY / 8
        )


def test_an_open_or_confirmed_round_is_not_extended(group, lan):
    rnd = opened(group)
    ordered(rnd, lan)
    later = rnd.cut_off_at + timedelta(hours=2)
    with moment(NOON), refused(InvalidTransition):
        extend_round(round_id=rnd.pk, actor_id=rnd.initiator_id, cut_off_at=later)
    closed_at_cut_off(rnd)
    with moment(rnd.cut_off_at), refused(InvalidTransition):
        extend_round(round_id=rnd.pk, actor_id=rnd.initiator_id, cut_off_at=later)


def test_extending_follows_the_clock_and_the_pick_up(short):
    for cut_off_at, words in (
        (short.cut_off_at + timedelta(hours=1), "已经过了"),
        (short.pickup_from + TICK, "自提"),
    ):
        with moment(short.cut_off_at + timedelta(hours=1)), refused(BadTimes, words):
            extend_round(round_id=short.pk, actor_id=short.initiator_id, cut_off_at=cut_off_at)
    extended(short, by=short.pickup_from - short.cut_off_at)


def test_extending_moves_the_month(group, lan):
    """O13: the month of the cut-off in the group's time; midnight in Shanghai is 16:00 UTC."""
    at = datetime(2026, 11, 30, 15, 59, tzinfo=UTC)
    rnd = opened(group, minimum_households=2, cut_off_in=at - NOON)
    ordered(rnd, lan)
    assert closed_at_cut_off(rnd).month == date(2026, 11, 1)
    assert extended(rnd).month == date(2026, 12, 1)


def test_extending_binds_the_merchant_and_the_day_again(group, short):
    """O2. A suspended merchant, or a day that is full meanwhile, takes no new orders."""
    Application.objects.filter(merchant=short.merchant).update(status="suspended", reason="抽检")
    with pytest.raises(MerchantNotApproved):
        extended(short)
    Application.objects.filter(merchant=short.merchant).update(status="approved")
    Group.objects.filter(pk=group.pk).update(merchants_per_day=1)
    opened(group, cut_off_in=2 * DAY)
    with pytest.raises(TooManyMerchantsThatDay):
        extended(short, by=timedelta(hours=19))
    assert fresh(short).status == "closed"
    assert fresh(short).cut_off_at == short.cut_off_at
    extended(short, by=timedelta(hours=6))


# The form


@pytest.fixture
def form(group, ziyi):
    """The form as shown for one shop with one item: `(boxes) -> form with those boxes changed`."""
    merchant = make_merchant(group)
    item = make_item(merchant)
    point = PickupPoint.objects.get(group=group)
    start = start_of(group, merchant.pk, merchant.brand, at=NOON, source=None)
    points = [(point.pk, point.name)]
    shown = RoundForm(None, group=group, start=start, points=points)
    held = {box.html_name: box.value() for box in shown if box.value() not in (None, "", False)}
    held |= {"title": "周六团", "pickup_point": str(point.pk)} | {
        f"on_{item.pk}": "on",
        f"price_{item.pk}": "1.00",
    }

    def with_boxes(**boxes: str) -> RoundForm:
        changed = {
            name if name in shown.fields else f"{name}_{item.pk}": typed
            for name, typed in boxes.items()
        }
        return RoundForm(held | changed, group=group, start=start, points=points)

    return with_boxes


def test_the_proposed_title_follows_the_pick_up_day_until_it_is_changed(form):
    brand = form().start.brand  # noon of Friday 20 November: fetched two days later
    assert form().start.title == f"周日{brand}团"
    for typed, day, kept in [
        (f"周日{brand}团", "2026-11-22", f"周日{brand}团"),
        (f"周日{brand}团", "2026-11-24", f"周二{brand}团"),
        (f"周三{brand}团", "2026-11-24", f"周二{brand}团"),  # of a round that was copied
        ("周日牛肉团", "2026-11-24", "周日牛肉团"),
    ]:
        filled = form(title=typed, pickup_date=day)
        assert filled.is_titled_for_her == (typed != "周日牛肉团")
        assert filled.is_valid(), filled.errors
        assert filled.spec(opens_at=NOON).title == kept
    assert not form(title="").is_valid()


def test_a_title_is_proposed_in_her_language(form, group):
    start = form().start
    with override("en"):
        title = start_of(group, start.merchant_id, "Ma", at=NOON, source=None).title
    assert "Ma" in title
    assert "Sun" in title


@pytest.mark.parametrize("box", ["price", "capacity", "limit"])
def test_a_typed_nought_reaches_the_service_which_refuses_it(form, group, ziyi, box):
    """It was once taken for an empty box: no price at all, or no limit where one was meant."""
    filled = form(**{box: "0"})
    assert filled.is_valid(), filled.errors
    spec = filled.spec(opens_at=NOON)
    merchant_id = Item.objects.get(pk=spec.offers[0].item_id).merchant_id
    with moment(NOON), refused(BadOffer):
        draft_round(
            group_id=group.pk,
            actor_id=ziyi.pk,
            merchant_id=merchant_id,
            spec=spec,
            copied_from_id=None,
        )


def test_an_empty_limit_is_no_limit(form):
    filled = form(capacity="", limit="", minimum="0")
    assert filled.is_valid(), filled.errors
    (offer,) = filled.spec(opens_at=NOON).offers
    assert (offer.capacity, offer.household_limit, offer.minimum) == (None, None, None)


@pytest.mark.parametrize(
    ("boxes", "missing"),
    [({"tier_from": "20"}, "tier_price"), ({"tier_price": "0.90"}, "tier_from")],
)
def test_half_a_tier_is_asked_for_whole(form, boxes, missing):
    half = form(**boxes)
    assert not half.is_valid()
    assert [name.rpartition("_")[0] for name in half.errors] == [missing]


@pytest.mark.parametrize("day", [date.min, date.max])
def test_the_ends_of_the_calendar_are_refused_and_break_nothing(day):
    moment = openings_form._moment(day, time(0), Group(time_zone="Asia/Shanghai"))
    assert abs(moment.date() - day) <= timedelta(days=3)
