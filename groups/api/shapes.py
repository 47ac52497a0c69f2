"""What a person, a group and a notice look like in the API."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from tuangou.core.api.fields import Answer, Body, Choice, Many, Moment, Whole
from tuangou.core.api.paging import PageQuery
from tuangou.core.models import Scope

TAG = _("我和群")


class GroupLine(Answer):
    slug = serializers.CharField(help_text=_("群的网址名，别的地址里用它"))
    name = serializers.CharField()
    compound = serializers.CharField(help_text=_("小区"))
    is_officer = serializers.BooleanField(help_text=_("我在这里是团长或副团长"))
    is_loading = serializers.BooleanField(help_text=_("群还在载入，别的地址先答 404"))


class Me(Answer):
    id = serializers.IntegerField()
    nickname = serializers.CharField(allow_blank=True)
    phone = serializers.CharField(allow_null=True, help_text=_("我自己的手机号，E.164"))
    language = serializers.CharField()
    scopes = serializers.ListField(
        child=serializers.ChoiceField(Scope.choices),
        allow_null=True,
        help_text=_("这个令牌的用途；用登录会话时是 null，没有限制"),
    )
    expires_at = Moment(allow_null=True, help_text=_("这个令牌哪天到期"))


class Place(Answer):
    id = serializers.IntegerField()
    name = serializers.CharField()


class OwnMembership(Answer):
    """My place in a group: only I see this."""

    id = serializers.IntegerField()
    nickname = serializers.CharField()
    masked_name = serializers.CharField(help_text=_("别的邻居看到的我"))
    building = serializers.CharField()
    unit = serializers.CharField(allow_blank=True)
    room = serializers.CharField()
    role = serializers.ChoiceField(["initiator", "deputy", "member"])
    unread = serializers.IntegerField(help_text=_("没看的消息，最多数到 100"))


class Group(Answer):
    slug = serializers.CharField()
    name = serializers.CharField()
    compound = serializers.CharField(help_text=_("小区"))
    time_zone = serializers.CharField(help_text=_("月份和「同一天」按这个时区算"))
    member_limit = serializers.IntegerField()
    merchants_per_day = serializers.IntegerField(help_text=_("同一天最多几个商家截单（O2）"))
    min_discount_bp = serializers.IntegerField(help_text=_("团价至少比店价低多少，万分之几（G1）"))
    commission_bp = serializers.IntegerField(help_text=_("默认佣金，万分之几"))
    return_window_hours = serializers.IntegerField(help_text=_("取货后几小时内能退（O11）"))
    hidden_fault_days = serializers.IntegerField(help_text=_("不新鲜、不对板，几天内能说（O11）"))
    pickup_points = Place(many=True)
    buildings = Place(many=True)
    me = OwnMembership()


class Notice(Answer):
    id = serializers.IntegerField()
    text = serializers.CharField()
    path = serializers.CharField(help_text=_("讲的是哪一页"))
    created_at = Moment()
    read = serializers.BooleanField()


class ReadBody(Body):
    ids = Many(
        child=Whole(min_value=1, max_value=2**63 - 1),
        required=False,
        max_length=100,
        help_text=_("哪几条看过了；不写就是全部"),
    )


class ReadDone(Answer):
    read = serializers.IntegerField(help_text=_("这次有几条变成看过"))


class NoticeQuery(PageQuery):
    unread = Choice(["true", "false"], required=False, help_text=_("true：只要没看的"))
