"""Bodies and answers of what members say of shops."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from merchants.api.shapes import Claim
from merchants.models import ProposalStatus
from tuangou.core.api.fields import (
    Answer,
    Body,
    FenOut,
    Flag,
    FormId,
    Moment,
    Text,
)

STATES = ["agrees", "stale", "contests", "upheld", "struck", "corrected"]


class Look(Answer):
    id = serializers.IntegerField()
    who = serializers.CharField(help_text=_("楼栋和昵称头一个字"))
    price_fen = FenOut()
    place = serializers.CharField()
    seen_at = Moment()
    has_picture = serializers.BooleanField()
    state = serializers.ChoiceField(
        STATES, help_text=_("agrees 一样，stale 超过 14 天，contests 不一样、等团长定")
    )
    said_fen = FenOut(allow_null=True, help_text=_("那时店里写的价"))
    reason = serializers.CharField(allow_blank=True, help_text=_("团长为什么这样定"))
    ruled_at = Moment(allow_null=True)
    ruled_by = serializers.CharField(allow_blank=True)


class Prices(Answer):
    claim = Claim(help_text=_("能说什么（M6）"))
    looks = Look(many=True, help_text=_("新的在前，最多 50 次"))


class SeenForm(Body):
    """A form, with the picture."""

    price_fen = FormId(max_value=10**8 - 1, help_text=_("看到的店价，分"))
    place = Text(max_length=60, help_text=_("在哪里看到的"))
    seen_at = Moment(required=False, help_text=_("什么时候看到的，14 天内；不写就是现在"))
    picture = serializers.FileField(help_text=_("价签的照片，别拍到人"))


class RulingBody(Body):
    stands = Flag(help_text=_("true：店里写的价对；false：不对，改好以前不比"))
    reason = Text(max_length=300, help_text=_("邻居和店里都看得到"))


class SwitchBody(Body):
    on = Flag()


class Followed(Answer):
    on = serializers.BooleanField(help_text=_("现在关注没有"))


class Said(Answer):
    text = serializers.CharField()
    if_it_fails = serializers.CharField(help_text=_("要是没做到怎么办"))
    answered_at = Moment()


class Question(Answer):
    id = serializers.IntegerField()
    who = serializers.CharField(help_text=_("楼栋和昵称头一个字"))
    text = serializers.CharField(allow_blank=True, help_text=_("收起的，邻居看到的是空"))
    asked_at = Moment()
    answers = Said(many=True)
    took = serializers.CharField(
        source="took_text", allow_blank=True, help_text=_("过了多久答的；没答就空着")
    )
    hidden_reason = serializers.CharField(allow_blank=True, help_text=_("为什么收起"))
    hidden_at = Moment(allow_null=True)


class Questions(Answer):
    questions = Question(many=True)


class QuestionBody(Body):
    text = Text(max_length=300, help_text=_("别写电话和房号"))


class QuestionAnswerBody(Body):
    text = Text(max_length=500)
    if_it_fails = Text(max_length=300, help_text=_("要是没做到，怎么办"))


class WhyBody(Body):
    reason = Text(max_length=300)


class Proposal(Answer):
    id = serializers.IntegerField()
    name = serializers.CharField(help_text=_("店名"))
    reason = serializers.CharField(allow_blank=True)
    who = serializers.CharField(help_text=_("楼栋和昵称头一个字"))
    proposed_at = Moment()
    status = serializers.ChoiceField(ProposalStatus.choices)
    households = serializers.IntegerField(help_text=_("几户想团"))
    mine = serializers.BooleanField(help_text=_("你家算上了没有"))
    answer = serializers.CharField(allow_blank=True)
    answered_at = Moment(allow_null=True)
    invite_token = serializers.CharField(
        source="token", allow_blank=True, help_text=_("邀请链接 /s/ 后面那段，只有管理的人看得到")
    )


class Proposals(Answer):
    proposals = Proposal(many=True)


class ProposalBody(Body):
    name = Text(max_length=40, help_text=_("店名"))
    reason = Text(max_length=300, help_text=_("为什么想团这家"))
    another = Flag(required=False, help_text=_("有同名的，不是同一家，照样提"))
