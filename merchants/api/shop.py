"""A shop's own matters: its people, its appeal, pictures of how its goods are made."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from merchants.access import (
    Caller,
    appeal_for_officer,
    item_of,
    keeper_for,
    owner_of_shop,
    role_in,
    shop_for,
    vetting_for,
)
from merchants.api import shapes
from merchants.api.merchants import GoodsApi
from merchants.models import AppealStatus, StaffRole
from merchants.queries.appeals import appeal_of
from merchants.queries.items import process_photos
from merchants.queries.staff import StaffRow, staff_links_of, staff_rows
from merchants.services import appeals, staff
from merchants.services.items import change_photos_of
from merchants.services.process_photos import MOST
from tuangou.core import clock, images
from tuangou.core.api.fields import (
    Answer,
    Body,
    Empty,
    Flag,
    FormId,
    Many,
    Moment,
    Text,
)
from tuangou.core.api.schema import operation
from tuangou.core.api.views import ApiView, answer
from tuangou.core.api.wire import JsonBody
from tuangou.core.models import Scope


class Person(Answer):
    id = serializers.IntegerField()
    nickname = serializers.CharField()
    role = serializers.ChoiceField(StaffRole.choices)


class Link(Answer):
    id = serializers.IntegerField()
    state = serializers.ChoiceField(
        ["open", "used", "revoked", "expired"], help_text=_("open 才能用")
    )
    made_at = Moment()
    expires_at = Moment()
    url = serializers.CharField(help_text=_("发给店员的地址，别转给别人"))


class Staff(Answer):
    people = Person(many=True, help_text=_("店主在前"))
    links = Link(many=True, help_text=_("请店员的链接，新的在前"))


class _StaffApi(ApiView):
    def card(self, merchant_id: int, status: int = 200) -> Response:
        links = [
            {
                "id": row.id,
                "state": row.state,
                "made_at": row.made_at,
                "expires_at": row.expires_at,
                "url": self.request.build_absolute_uri(reverse("staff-link", args=[row.token])),
            }
            for row in staff_links_of(merchant_id, at=clock.now())
        ]
        return answer(Staff, {"people": staff_rows(merchant_id), "links": links}, status)

    def act(self, name: str, target: int, work: Callable[[], object]) -> None:
        """A shop is beyond any one group."""
        self.body(Empty)
        self.once(
            f"staff.{name}",
            group_id=None,
            body={"target": target},
            work=work,
            replay=lambda: None,
        )

    def helper(self, merchant_id: int, staff_id: int) -> StaffRow:
        for row in staff_rows(merchant_id):
            if row.id == staff_id and not row.is_owner:
                return row
        raise Http404


class StaffView(_StaffApi):
    @operation("staff", tag=shapes.TAG, summary=_("店里有谁；店主看"), gives=Staff)
    def get(self, request: Request, merchant_id: int) -> Response:
        return self.card(owner_of_shop(self.person, merchant_id).pk)


class StaffLinkNewView(_StaffApi):
    @operation(
        "staff-link-new",
        tag=shapes.TAG,
        summary=_("做一条请店员的链接，3 天内一个人用"),
        takes=Empty,
        gives=Staff,
        status=201,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, merchant_id: int) -> Response:
        it: dict[str, Any] = {"merchant_id": owner_of_shop(self.person, merchant_id).pk}
        who = self.person.pk
        self.act("link", merchant_id, lambda: staff.make_staff_link(**it, actor_user_id=who))
        return self.card(merchant_id, 201)


class StaffLinkCloseView(_StaffApi):
    @operation(
        "staff-link-close",
        tag=shapes.TAG,
        summary=_("收回一条链接"),
        takes=Empty,
        gives=Staff,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, merchant_id: int, staff_link_id: int) -> Response:
        shop = owner_of_shop(self.person, merchant_id)
        if staff_link_id not in {row.id for row in staff_links_of(shop.pk, at=clock.now())}:
            raise Http404
        it: dict[str, Any] = {"merchant_id": shop.pk, "link_id": staff_link_id}
        who = self.person.pk
        self.act(
            "link_close", staff_link_id, lambda: staff.close_staff_link(**it, actor_user_id=who)
        )
        return self.card(shop.pk)


class Left(Answer):
    role = serializers.CharField(allow_blank=True, help_text=_("你现在在店里是什么；空：不是了"))


class _HelperView(_StaffApi):
    def told(self, merchant_id: int) -> Response:
        return answer(Left, {"role": role_in(self.person, merchant_id)})


class StaffRemoveView(_HelperView):
    @operation(
        "staff-remove",
        tag=shapes.TAG,
        summary=_("请一位店员走；店员自己也能退出"),
        takes=Empty,
        gives=Left,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, merchant_id: int, staff_id: int) -> Response:
        if role_in(self.person, merchant_id) != StaffRole.HELPER:
            owner_of_shop(self.person, merchant_id)
        row = self.helper(merchant_id, staff_id)
        if row.user_id != self.person.pk:
            owner_of_shop(self.person, merchant_id)
        it: dict[str, Any] = {"merchant_id": merchant_id, "staff_id": staff_id}
        who = self.person.pk
        self.act("remove", staff_id, lambda: staff.remove_helper(**it, actor_user_id=who))
        return self.told(merchant_id)


class StaffHandOnView(_HelperView):
    @operation(
        "staff-hand-on",
        tag=shapes.TAG,
        summary=_("把店交给一位店员，自己变成店员"),
        takes=Empty,
        gives=Left,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, merchant_id: int, staff_id: int) -> Response:
        shop = owner_of_shop(self.person, merchant_id)
        self.helper(merchant_id, staff_id)
        it: dict[str, Any] = {"merchant_id": shop.pk, "staff_id": staff_id}
        who = self.person.pk
        self.act("hand_on", staff_id, lambda: staff.hand_shop_on(**it, actor_user_id=who))
        return self.told(merchant_id)


class Appeal(Answer):
    status = serializers.ChoiceField(AppealStatus.choices)
    text = serializers.CharField()
    made_at = Moment()
    answer = serializers.CharField(allow_blank=True)
    answered_at = Moment(allow_null=True)


class Appealed(Answer):
    appeal = Appeal(allow_null=True, help_text=_("对这次不通过的申诉，或最近答复过的；没有就是空"))


class AppealBody(Body):
    text = Text(max_length=500, help_text=_("哪里不对；只能申诉一次"))


class AppealAnswerBody(Body):
    granted = Flag(help_text=_("true：有道理，重新审核"))
    reason = Text(max_length=300, help_text=_("店里会看到"))


class _AppealApi(ApiView):
    def card(self, caller: Caller, status: int = 200) -> Response:
        return answer(Appealed, {"appeal": appeal_of(caller.application)}, status)


class AppealView(_AppealApi):
    @operation("appeal", tag=shapes.TAG, summary=_("没通过的申诉，和答复（M4）"), gives=Appealed)
    def get(self, request: Request, slug: str, merchant_id: int) -> Response:
        return self.card(vetting_for(self.person, slug, merchant_id))

    @operation(
        "appeal-new",
        tag=shapes.TAG,
        summary=_("店里申诉，一次不通过一次（M4）"),
        takes=AppealBody,
        gives=Appealed,
        status=201,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, merchant_id: int) -> Response:
        caller = shop_for(self.person, slug, merchant_id)
        body = self.body(AppealBody)
        group_id = caller.application.group_id
        it: dict[str, Any] = {
            "group_id": group_id,
            "merchant_id": merchant_id,
            "user_id": caller.user_id,
        }
        self.once(
            "appeal.new",
            group_id=group_id,
            body={"merchant": merchant_id} | body,
            work=lambda: appeals.appeal(**it, **body),
            replay=lambda: None,
        )
        return self.card(caller, 201)


class AppealAnswerView(_AppealApi):
    @operation(
        "appeal-answer",
        tag=shapes.TAG,
        summary=_("答复等着的申诉，写明理由；能换一位管理的人就不由原来那位答（M4）"),
        takes=AppealAnswerBody,
        gives=Appealed,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, merchant_id: int) -> Response:
        caller, officer, row = appeal_for_officer(self.person, slug, merchant_id)
        body = self.body(AppealAnswerBody)
        it: dict[str, Any] = {"group_id": officer.group_id, "merchant_id": merchant_id}
        self.once(
            "appeal.answer",
            group_id=officer.group_id,
            body={"appeal": row.pk} | body,
            work=lambda: appeals.answer_appeal(**it, actor_id=officer.pk, **body),
            replay=lambda: None,
        )
        return self.card(caller)


class ProcessForm(Body):
    """A form, with pictures."""

    photos = Many(child=serializers.FileField(), required=False, max_length=MOST, allow_empty=True)
    drop = Many(
        child=FormId(max_value=MOST),
        required=False,
        max_length=MOST,
        allow_empty=True,
        help_text=_("去掉第几张，从 1 数"),
    )


class ProcessPhotosView(GoodsApi):
    parser_classes = [JsonBody, MultiPartParser]
    field_names = {"process_photos": "photos"}

    @operation(
        "process-photos",
        tag=shapes.TAG,
        summary=_("制作过程的照片：加几张、去几张，一共最多 4 张，发 multipart/form-data（M6）"),
        takes={"multipart/form-data": ProcessForm},
        gives=shapes.Item,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, merchant_id: int, item_id: int) -> Response:
        caller = keeper_for(self.person, slug, merchant_id)
        item = item_of(merchant_id, item_id)
        body = self.body(ProcessForm)
        photos = [images.reencode(file) for file in body.get("photos", ())]
        digests = [hashlib.sha256(photo).hexdigest() for photo in photos]
        drop = sorted(set(body.get("drop", [])))
        shown = list(enumerate(process_photos(item.pk), start=1))
        changed = self.once(
            "item.process_photos",
            group_id=caller.application.group_id,
            body={"item": item.pk, "photos": digests, "drop": drop},
            work=lambda: change_photos_of(
                item_id=item.pk,
                user_id=caller.user_id,
                add=photos,
                drop=[photo.pk for place, photo in shown if place in drop],
            ),
            replay=lambda: item_of(merchant_id, item_id),
        )
        return self.card(caller, changed)
