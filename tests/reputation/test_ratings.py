"""Ratings and comments: who may, when, what counts, and what nobody changes later (R1, G5)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client

from groups.models import Membership
from merchants.models import Application
from merchants.queries.rated import rated_of
from orders.models import Order
from reputation.access.ratings import Reader
from reputation.models import Comment, Entry, Rating, RatingPhoto
from reputation.queries import counts
from reputation.queries.comments import comments_of
from reputation.queries.ratings import rate_page, ratings_page
from reputation.services import comments, ratings, words
from reputation.services.ratings import (
    AnsweredAlready,
    BadRating,
    NotInHand,
    NotYours,
    Opinion,
    RatingClosed,
)
from tests.core.test_images import picture
from tests.databases import owner_cursor
from tests.factories import make_member
from tests.orders.stages import Stage, at, line_of, make_stage
from tests.reputation.said import AFTER, DAY, a_shop_hand, comment, enter, rate
from tuangou.core import events
from tuangou.core.errors import InvalidInput, NotAllowed

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage(settings, tmp_path) -> Stage:
    settings.MEDIA_ROOT = tmp_path
    return make_stage()


@pytest.fixture
def order(stage: Stage) -> Order:
    return stage.collected()


def kept(stage: Stage) -> Any:
    events.drain(stage.group.pk)
    return Application.objects.get(group=stage.group, merchant_id=stage.round.merchant_id).rated


class TestWho:
    def test_the_buyer_after_the_pick_up_for_thirty_days(self, stage):
        order = stage.order()
        with pytest.raises(NotInHand):
            rate(stage, order)
        stage.arrive()
        stage.hand_over(order)
        with pytest.raises(NotYours):
            rate(stage, order, by=stage.neighbour)
        with pytest.raises(RatingClosed):
            rate(stage, order, when=stage.pickup + timedelta(days=30))
        rating = rate(stage, order, 4, when=stage.pickup + timedelta(days=29), words=("嫩",))
        assert (rating.stars, rating.words, rating.counted) == (4, ["嫩"], True)
        assert rating.household_no == order.household_id

    def test_what_nobody_should_send_is_a_sentence(self, stage, order):
        for said in (
            {"stars": 0},
            {"stars": 6},
            {"words": ("没有的词",)},
            {"text": "字" * 301},
            {"photos": (b"x",) * 5},
        ):
            whole: dict[str, Any] = {"stars": 5} | said
            with pytest.raises(InvalidInput):
                rate(stage, order, **whole)
        with at(stage.pickup + AFTER):
            for opinions in ([], [Opinion(0, 5)], [Opinion(line_of(order).pk, 5)] * 2):
                with pytest.raises(BadRating):
                    ratings.rate(
                        order_id=order.pk,
                        actor_id=order.member_id,
                        opinions=opinions,
                        request_id=uuid4(),
                    )
        assert not Rating.objects.exists()

    def test_sent_twice_is_one(self, stage, order):
        said = {
            "order_id": order.pk,
            "actor_id": order.member_id,
            "opinions": [Opinion(line_of(order).pk, 5)],
            "request_id": uuid4(),
        }
        with at(stage.pickup + AFTER):
            assert ratings.rate(**said) == ratings.rate(**said)

    def test_the_database_asks_for_goods_in_hand(self, stage, order):
        row = Rating(
            group=stage.group,
            line=line_of(order),
            round=stage.round,
            merchant_id=stage.round.merchant_id,
            item_id=line_of(order).offer.item_id,
            member=stage.neighbour,
            household_no=stage.neighbour.household_id,
            stars=5,
            counted=True,
            given_at=stage.pickup + AFTER,
        )
        with pytest.raises(IntegrityError, match="was not handed"), transaction.atomic():
            row.save()
        late = Rating(**{f.attname: getattr(row, f.attname) for f in Rating._meta.concrete_fields})
        late.member, late.household_no = order.member, order.household_id
        late.given_at = stage.pickup + timedelta(days=31)
        with pytest.raises(IntegrityError, match="was not handed"), transaction.atomic():
            late.save()
        late.given_at = stage.pickup + timedelta(days=29)
        late.save()

    def test_one_rating_per_line(self, stage, order):
        rating = rate(stage, order)
        rating.pk = None
        rating.counted = False
        with pytest.raises(IntegrityError, match="one_rating_per_line"), transaction.atomic():
            rating.save(force_insert=True)


class TestTime:
    def test_hers_to_change_for_a_day(self, stage, order):
        first = rate(stage, order, 1, words=("筋多",), photos=(picture().getvalue(),) * 2)
        assert RatingPhoto.objects.filter(rating=first).count() == 2
        changed = rate(
            stage, order, 4, when=stage.pickup + AFTER + timedelta(hours=23), text="第二天好吃"
        )
        assert changed.pk == first.pk
        changed.refresh_from_db()
        assert (changed.stars, changed.words, changed.text) == (4, [], "第二天好吃")
        assert changed.edited_at is not None
        assert RatingPhoto.objects.filter(rating=first).count() == 2
        with pytest.raises(RatingClosed):
            rate(stage, order, 5, when=stage.pickup + AFTER + DAY)

    def test_what_was_sent_along_unchanged_is_not_edited(self, stage, order):
        rate(stage, order, 4, words=("嫩",), text="很嫩", anonymous=True)
        same: dict[str, Any] = {"words": ("嫩",), "text": "很嫩", "anonymous": True}
        assert rate(stage, order, 4, **same).edited_at is None
        photo = picture(kind="WEBP").getvalue()
        for change in ({"stars": 5}, {"anonymous": False}, {"text": ""}, {"photos": (photo,)}):
            with at(stage.pickup + AFTER):  # a day later nothing of it may change
                Rating.objects.update(
                    stars=4, words=["嫩"], text="很嫩", anonymous=True, edited_at=None
                )
            assert rate(stage, order, **({"stars": 4} | same | change)).edited_at is not None

    def test_the_database_keeps_it_afterwards(self, stage, order):
        rating = rate(stage, order, 2, text="有点老")
        rows = Rating.objects.filter(pk=rating.pk)
        with at(stage.pickup + AFTER + timedelta(hours=1)):
            rows.update(stars=3)
        refused = (
            lambda: rows.update(stars=5),
            lambda: rows.update(text="很嫩"),
            lambda: rows.update(given_at=stage.pickup),
            lambda: rows.update(household_no=1),
            lambda: rows.update(words=["嫩"]),
            lambda: rows.delete(),
            lambda: RatingPhoto.objects.create(
                group=stage.group, rating=rating, position=1, file="x.webp", sha256="0" * 64
            ),
        )
        for act in refused:
            with (
                pytest.raises(IntegrityError, match="is refused"),
                at(stage.pickup + AFTER + DAY),
            ):
                act()
        with pytest.raises(IntegrityError), at(stage.pickup + AFTER):  # not before its time
            rows.update(entered=True)
        with at(stage.pickup + AFTER + DAY):
            rows.update(text="")
            rows.update(entered=True)

    def test_it_enters_the_ledger_after_a_day_once(self, stage, order):
        rating = rate(stage, order, 2)
        assert enter(stage, stage.pickup + AFTER + timedelta(hours=23)) == 0
        assert enter(stage) == 1
        assert enter(stage) == 0
        (page,) = Entry.objects.filter(kind="rating")
        assert (page.weight_milli, page.household_no) == (-100, order.household_id)
        assert (page.evidence, page.evidence_id, page.by_id) == (
            "reputation_rating",
            rating.pk,
            None,
        )
        shop = Application.objects.get(group=stage.group, merchant_id=rating.merchant_id)
        assert "rating" in [fact[0] for fact in shop.standing_facts]
        with pytest.raises(RatingClosed):
            rate(stage, order, 5, when=stage.pickup + AFTER + timedelta(hours=1))


class TestCounts:
    def test_a_household_counts_once_for_an_item_and_round(self, stage):
        wife = make_member(stage.group, "王五", household=stage.member.household)
        mine, hers = stage.order(), stage.order(wife)
        theirs = stage.order(stage.neighbour)
        stage.arrive()
        for order in (mine, hers, theirs):
            stage.hand_over(order)
        first, second = rate(stage, mine, 5, words=("嫩",)), rate(stage, hers, 1, words=("筋多",))
        third = rate(stage, theirs, 4, words=("嫩", "切得好"))
        assert [r.counted for r in (first, second, third)] == [True, False, True]
        item = str(first.item_id)
        assert kept(stage) == {
            "stars": [0, 0, 0, 1, 1],
            "items": {item: [0, 0, 0, 1, 1]},
            "words": [["嫩", 2], ["切得好", 1]],
        }
        page = ratings_page(stage.group.pk, Reader(), round_id=stage.round.pk)
        assert (page.tally.n, page.tally.mean, len(page.rows)) == (2, Decimal("4.5"), 3)
        assert page.words == [("嫩", 2), ("切得好", 1)]
        assert enter(stage) == 3
        assert Entry.objects.filter(kind="rating").count() == 2

    def test_never_an_average_of_nothing(self):
        assert rated_of({}).tally.mean is None
        assert rated_of({}).of(1).n == 0
        one = counts.tally_of([(5, 1), (4, 1), (4, 0)])
        assert (one.n, str(one.mean)) == (2, "4.5")
        assert [row[2] for row in one.rows] == [1, 1, 0, 0, 0]

    @pytest.mark.parametrize("given", [(), (1,), (5, 5, 1), (3, 4, 4, 2, 5, 1, 1)])
    def test_counts_are_those_of_the_stars_given(self, given):
        tally = counts.tally_of([(stars, 1) for stars in given])
        assert tally.n == len(given) == sum(row[2] for row in tally.rows)
        assert [tally.stars[s - 1] for s in given] == [given.count(s) for s in given]
        if given:
            assert min(given) <= tally.mean <= max(given)


class TestReading:
    def test_useful_first_or_new_first(self, stage):
        orders = [stage.order(), stage.order(stage.neighbour)]
        stage.arrive()
        for order in orders:
            stage.hand_over(order)
        old, new = rate(stage, orders[0]), rate(stage, orders[1], when=stage.pickup + 2 * AFTER)
        reader = Reader(stage.initiator.household_id)

        def rows(sort: str) -> list[int]:
            page = ratings_page(stage.group.pk, reader, sort=sort, item_id=old.item_id)
            return [row.id for row in page.rows]

        assert rows("useful") == rows("new") == [new.pk, old.pk]
        for _tap in range(2):
            with at(stage.pickup + 3 * AFTER):
                ratings.find_useful(rating_id=old.pk, actor_id=stage.initiator.pk, useful=True)
        assert rows("useful") == [old.pk, new.pk]
        assert rows("new") == [new.pk, old.pk]
        page = ratings_page(stage.group.pk, reader, item_id=old.item_id)
        assert [(row.useful, row.found_useful) for row in page.rows] == [(1, True), (0, False)]
        with pytest.raises(NotYours), at(stage.pickup + 3 * AFTER):
            ratings.find_useful(rating_id=old.pk, actor_id=stage.member.pk, useful=True)
        with at(stage.pickup + 3 * AFTER):
            ratings.find_useful(rating_id=old.pk, actor_id=stage.initiator.pk, useful=False)
        assert rows("useful") == [new.pk, old.pk]

    def test_unnamed_to_the_shop_alone(self, stage, order):
        rate(stage, order, anonymous=True)
        shown = {
            staff: ratings_page(stage.group.pk, Reader(None, staff), round_id=stage.round.pk)
            for staff in (True, False)
        }
        assert shown[True].rows[0].who == "一位邻居"
        assert shown[False].rows[0].who == order.masked_name

    def test_the_shop_answers_once(self, stage, order):
        rating, hand = rate(stage, order, 2), a_shop_hand(stage)
        with at(stage.pickup + 2 * AFTER):
            with pytest.raises(NotAllowed):
                ratings.answer(rating_id=rating.pk, user_id=stage.member.user_id, text="哦")
            ratings.answer(rating_id=rating.pk, user_id=hand.user_id, text="下次切厚些")
            with pytest.raises(AnsweredAlready):
                ratings.answer(rating_id=rating.pk, user_id=hand.user_id, text="再说一次")
        (row,) = ratings_page(stage.group.pk, Reader(), item_id=rating.item_id).rows
        assert row.answer == "下次切厚些"

    def test_the_page_knows_what_may_still_be_said(self, stage, order):
        when = stage.pickup + AFTER
        page = rate_page(order, at=when)
        assert (page.open, [line.stars for line in page.to_rate]) == (True, [None])
        rate(stage, order, 3, words=("嫩",))
        (line,) = rate_page(order, at=when).to_rate
        assert (line.stars, line.chosen) == (3, ["嫩"])
        assert rate_page(order, at=when + DAY).to_rate == []
        assert not rate_page(order, at=when + timedelta(days=31)).open


class TestWords:
    def test_officers_change_them_and_ratings_keep_theirs(self, stage, order):
        rate(stage, order, words=("嫩",))
        said = {"group_id": stage.group.pk, "category": "beef", "actor_id": stage.deputy.pk}
        with at(stage.pickup + AFTER):
            words.keep_words(words=["  纹理 好 ", "", "纹理 好", "香"], **said)
            with pytest.raises(InvalidInput):
                words.keep_words(words=[f"词{n}" for n in range(13)], **said)
            with pytest.raises(InvalidInput):
                words.keep_words(words=["九个字长的一个新词"], **said)
        (line,) = rate_page(order, at=stage.pickup + AFTER).lines
        assert [word for word, _said in line.words] == ["纹理 好", "香"]
        assert Rating.objects.get().words == ["嫩"]
        with pytest.raises(BadRating):
            rate(stage, order, words=("嫩",))
        with at(stage.pickup + AFTER):
            assert "嫩" in words.keep_words(words=[" "], **said)


class TestComments:
    def test_said_by_members_hidden_with_a_reason_and_kept(self, stage):
        said = comment(stage, stage.member, "少了一斤  吧")
        with at(stage.pickup + AFTER):
            with pytest.raises(InvalidInput):
                comments.comment(round_id=stage.round.pk, actor_id=stage.member.pk, text=" ")
            hidden = {"group_id": stage.group.pk, "comment_id": said.pk}
            with pytest.raises(InvalidInput):
                comments.hide(**hidden, actor_id=stage.deputy.pk, reason="")
            comments.hide(**hidden, actor_id=stage.deputy.pk, reason="骂人")
            with pytest.raises(comments.AlreadyHidden):
                comments.hide(**hidden, actor_id=stage.deputy.pk, reason="骂人")
        (row,) = comments_of(stage.round.pk)
        assert (row.text, row.hidden_reason, row.hidden_by) == (
            "",
            "骂人",
            stage.deputy.nickname,
        )
        assert Comment.objects.get().text == "少了一斤 吧"
        for change in (
            lambda: Comment.objects.update(text="改了"),
            lambda: Comment.objects.all().delete(),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()


def test_the_orders_of_another_group_are_not_rated(stage, order):
    stranger = make_stage().member
    with pytest.raises(Order.DoesNotExist):
        rate(stage, order, by=stranger)
    assert Membership.objects.filter(pk=stranger.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_twins_without_the_guards_the_same_goes_through(stage):
    """Each guard off: a household counts twice, a rating is of nothing, and is another one later.
    What forgot that it entered is still one page: the ledger knows its proof."""
    wife = make_member(stage.group, "王五", household=stage.member.household)
    mine, hers = stage.order(), stage.order(wife)
    waiting = stage.order(stage.neighbour)
    stage.arrive()
    stage.hand_over(mine)
    stage.hand_over(hers)
    first, second = rate(stage, mine, 5), rate(stage, hers, 1)
    enter(stage)
    again = Rating.objects.filter(pk=second.pk)
    nothing = Rating.objects.get(pk=first.pk)
    nothing.pk, nothing.line, nothing.counted = None, line_of(waiting), False
    with owner_cursor() as cursor:
        cursor.execute("alter table reputation_rating disable trigger user")
        with pytest.raises(IntegrityError, match="counted_once"):
            again.update(counted=True)
        cursor.execute("drop index rating_counted_once_per_household")
    again.update(counted=True)
    nothing.save(force_insert=True)
    Rating.objects.filter(pk=first.pk).update(stars=1, entered=False)
    assert Entry.objects.filter(kind="rating").count() == 1
    with owner_cursor() as cursor:
        cursor.execute("alter table reputation_rating enable trigger user")
    Rating.objects.filter(pk=nothing.pk).update(text="")
    assert enter(stage) == 1
    pages = Entry.objects.filter(kind="rating", evidence_id=first.pk)
    assert list(pages.values_list("weight_milli", flat=True)) == [200]


class TestApi:
    def test_rated_read_and_answered_by_programs(self, stage, order):
        """The buyer rates and changes; the shop answers; a refusal is a problem with a sentence."""
        when = stage.pickup + AFTER
        rating = rate(stage, order, 2, when=when)
        hand, group = a_shop_hand(stage), stage.group.slug
        shop, buyer = Client(), Client()
        shop.force_login(hand.user)
        buyer.force_login(order.member.user)
        base = f"/api/v1/groups/{group}"
        listed = buyer.get(f"{base}/rounds/{stage.round.pk}/ratings").json()
        assert [row["stars"] for row in listed["results"]] == [2]
        assert listed["results"][0]["who"] == order.masked_name

        def post(client, path, body):
            return client.post(
                f"{base}/{path}",
                body,
                content_type="application/json",
                headers={"Idempotency-Key": str(uuid4())},
            )

        said = {"lines": [{"line": line_of(order).pk, "stars": 9}]}
        assert post(buyer, f"orders/{order.pk}/rate", said).status_code == 422
        path = f"merchants/{rating.merchant_id}/ratings/{rating.pk}/answer"
        assert post(shop, path, {"text": "下次挑好的"}).json()["answer"] == "下次挑好的"
        assert post(shop, path, {"text": "再说"}).status_code == 409
        made = post(buyer, f"rounds/{stage.round.pk}/comments", {"text": "排队快"})
        assert (made.status_code, made.json()["text"]) == (201, "排队快")
        assert buyer.get(f"{base}/rounds/{stage.round.pk}/comments").json()["results"] == [
            made.json()
        ]
