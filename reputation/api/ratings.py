"""Ratings and comments: given by buyers, read by members and the shop, answered once (R1)."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from groups.services.words import plain
from merchants.access import caller_for
from orders.access import round_for_member
from reputation.access import ratings as access
from reputation.models import Stars
from reputation.models.ratings import LONGEST_WORD, MOST_WORDS
from reputation.queries.comments import comment_of, comments_feed
from reputation.queries.ratings import one_rating, ratings_feed
from reputation.services import comments
from reputation.services import ratings as service
from reputation.services.ratings import Opinion
from tuangou.core import limits, requests
from tuangou.core.api.fields import Answer, Body, Flag, Id, Many, Moment, Text, Whole
from tuangou.core.api.paging import PageQuery, asked, page_body
from tuangou.core.api.schema import operation
from tuangou.core.api.views import ApiView, answer
from tuangou.core.models import Scope

TAG = _("评价")
MOST_LINES = 100
COMMENTS_A_DAY = 20


class RatingOut(Answer):
    id = serializers.IntegerField()
    merchant_id = serializers.IntegerField()
    round_id = serializers.IntegerField()
    item = serializers.CharField()
    who = serializers.CharField(
        help_text=_("楼栋和昵称头一个字；对商家匿名的，店里看到「一位邻居」")
    )
    stars = serializers.ChoiceField(Stars.choices)
    words = serializers.ListField(child=serializers.CharField(), help_text=_("点了哪些词"))
    text = serializers.CharField(allow_blank=True)
    photo_ids = serializers.ListField(child=serializers.IntegerField(), source="photos")
    counted = serializers.BooleanField(help_text=_("同一团的一样货，一户只算头一条"))
    given_at = Moment()
    edited_at = Moment(allow_null=True)
    useful = serializers.IntegerField(help_text=_("几户觉得有用"))
    answer = serializers.CharField(allow_blank=True, help_text=_("商家的答复，只有一次"))
    answered_at = Moment(allow_null=True)


class CommentOut(Answer):
    id = serializers.IntegerField()
    who = serializers.CharField(help_text=_("楼栋和昵称头一个字"))
    text = serializers.CharField(allow_blank=True, help_text=_("被收起的空着"))
    said_at = Moment()
    hidden_reason = serializers.CharField(allow_blank=True, help_text=_("为什么收起"))


class OpinionBody(Body):
    line = Id(help_text=_("订单里的哪一行"))
    stars = Whole(min_value=1, max_value=5, help_text=_("几颗星，1 到 5"))
    words = Many(
        child=Text(max_length=LONGEST_WORD),
        required=False,
        max_length=MOST_WORDS,
        allow_empty=True,
        help_text=_("从本群这类货的词里选，写中文原词"),
    )
    text = Text(max_length=300, required=False, allow_blank=True)


class RateBody(Body):
    lines = Many(child=OpinionBody(), min_length=1, max_length=MOST_LINES)
    anonymous = Flag(required=False, help_text=_("true：不让商家知道是谁评的；改的时候不写就照旧"))


class Rated(Answer):
    results = RatingOut(many=True)


class UsefulBody(Body):
    useful = Flag(help_text=_("false：收回"))


class SaidBody(Body):
    text = Text(max_length=300)


class RateView(ApiView):
    @operation(
        "order-rate",
        tag=TAG,
        summary=_("买的人评取到的货，24 小时内再发一次就是改（R1）；照片在网页上传"),
        takes=RateBody,
        gives=Rated,
        scope=Scope.ORDER,
    )
    def post(self, request: Request, slug: str, order_id: int) -> Response:
        member, order = access.order_to_rate(self.person, slug, order_id)
        body = self.body(RateBody)
        ratings = service.rate(
            order_id=order.pk,
            actor_id=member.pk,
            opinions=[
                Opinion(said["line"], said["stars"], said.get("words", ()), said.get("text", ""))
                for said in body["lines"]
            ],
            anonymous=body.get("anonymous"),
            request_id=self.key,
        )
        reader = access.reader_of(member, is_staff=False)
        return answer(Rated, {"results": [one_rating(rating, reader) for rating in ratings]})


class RoundRatingsView(ApiView):
    @operation(
        "round-ratings",
        tag=TAG,
        summary=_("一个团的评价，新的在前"),
        gives=RatingOut,
        page=True,
        query=PageQuery,
    )
    def get(self, request: Request, slug: str, round_id: int) -> Response:
        said = access.round_said(self.person, slug, round_id)
        page = asked(request, PageQuery)
        found = ratings_feed(
            said.round.group_id,
            access.reader_by(self.person, said.membership, said.round.merchant_id),
            after=page["cursor"],
            limit=page["limit"],
            round_id=round_id,
        )
        return Response(page_body(request, found, RatingOut))


class MerchantRatingsView(ApiView):
    @operation(
        "merchant-ratings",
        tag=TAG,
        summary=_("一个商家在本群的评价，新的在前"),
        gives=RatingOut,
        page=True,
        query=PageQuery,
    )
    def get(self, request: Request, slug: str, merchant_id: int) -> Response:
        caller = caller_for(self.person, slug, merchant_id)
        page = asked(request, PageQuery)
        found = ratings_feed(
            caller.application.group_id,
            access.reader_by(self.person, caller.membership, merchant_id),
            after=page["cursor"],
            limit=page["limit"],
            merchant_id=merchant_id,
        )
        return Response(page_body(request, found, RatingOut))


class RatingUsefulView(ApiView):
    @operation(
        "rating-useful",
        tag=TAG,
        summary=_("说一条评价有用，一户一次；或收回"),
        takes=UsefulBody,
        gives=RatingOut,
        scope=Scope.ORDER,
    )
    def post(self, request: Request, slug: str, rating_id: int) -> Response:
        member, row = access.rating_for_member(self.person, slug, rating_id)
        useful = self.body(UsefulBody)["useful"]
        requests.once(
            group_id=member.group_id,
            user_id=self.person.pk,
            key=self.key,
            act="rating.useful",
            body={"rating_id": row.pk, "useful": useful},
            work=lambda: service.find_useful(rating_id=row.pk, actor_id=member.pk, useful=useful),
            replay=lambda: None,
        )
        reader = access.reader_by(self.person, member, row.merchant_id)
        return answer(RatingOut, one_rating(row, reader))


class RatingAnswerView(ApiView):
    @operation(
        "rating-answer",
        tag=TAG,
        summary=_("店里的人答复一条评价，一次，大家都看得到"),
        takes=SaidBody,
        gives=RatingOut,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, merchant_id: int, rating_id: int) -> Response:
        _caller, row = access.rating_for_staff(self.person, slug, merchant_id, rating_id)
        text = self.body(SaidBody)["text"]
        requests.once(
            group_id=row.group_id,
            user_id=self.person.pk,
            key=self.key,
            act="rating.answer",
            body={"rating_id": row.pk, "text": text},
            work=lambda: service.answer(rating_id=row.pk, user_id=self.person.pk, text=text),
            replay=lambda: None,
        )
        return answer(RatingOut, one_rating(row, access.reader_of(None, is_staff=True)))


class RatingPhotoView(ApiView):
    @operation(
        "rating-photo",
        tag=TAG,
        summary=_("评价的一张照片（WebP）"),
        gives=None,
        media_types=("image/webp",),
    )
    def get(self, request: Request, slug: str, rating_photo_id: int) -> HttpResponse:
        picture = access.photo_for(self.person, slug, rating_photo_id)
        with picture.file.open("rb") as file:
            response = HttpResponse(file.read(), content_type="image/webp")
        response["Cache-Control"] = "private, max-age=86400"
        response["Content-Security-Policy"] = "sandbox"
        response["X-Content-Type-Options"] = "nosniff"
        return response


class CommentsView(ApiView):
    @operation(
        "comments",
        tag=TAG,
        summary=_("邻居在一个团下面说的话，新的在前"),
        gives=CommentOut,
        page=True,
        query=PageQuery,
    )
    def get(self, request: Request, slug: str, round_id: int) -> Response:
        access.round_said(self.person, slug, round_id)
        page = asked(request, PageQuery)
        found = comments_feed(round_id, after=page["cursor"], limit=page["limit"])
        return Response(page_body(request, found, CommentOut))

    @operation(
        "comment-new",
        tag=TAG,
        summary=_("在一个团下面说一句，大家看得到"),
        takes=SaidBody,
        gives=CommentOut,
        status=201,
        scope=Scope.ORDER,
    )
    def post(self, request: Request, slug: str, round_id: int) -> Response:
        member, rnd = round_for_member(self.person, slug, round_id)
        text = plain(self.body(SaidBody)["text"], field="text", most=300)
        limits.spend(
            "reputation.comment", str(member.pk), most=COMMENTS_A_DAY, per=timedelta(days=1)
        )
        made = requests.once(
            group_id=member.group_id,
            user_id=self.person.pk,
            key=self.key,
            act="comment.make",
            body={"round_id": rnd.pk, "text": text},
            work=lambda: comments.comment(round_id=rnd.pk, actor_id=member.pk, text=text).pk,
            replay=lambda: comments.last_of(round_id=rnd.pk, actor_id=member.pk),
        )
        return answer(CommentOut, comment_of(made), 201)
