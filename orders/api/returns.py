"""Returns: asked for with pictures, withdrawn, decided with a reason, refunded (O11)."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from groups.access import membership_for
from groups.models import Membership
from merchants.services.papers import read_paper
from orders.access import (
    order_for_member,
    return_for_initiator,
    return_for_member,
    return_for_payee,
    visible_orders,
)
from orders.api import bodies, shapes
from orders.models import EvidenceKind, Wish
from orders.queries import feeds
from orders.queries.callers import (
    evidence_for,
    photo_for,
    question_for_member,
    return_for_shop,
)
from orders.queries.incidents import question_page
from orders.services import returns as service
from orders.services.answers import answer_return
from orders.services.incidents import answer_batch
from tuangou.core import clock, images
from tuangou.core.api.fields import Empty
from tuangou.core.api.paging import asked, page_body
from tuangou.core.api.schema import operation
from tuangou.core.api.views import ApiView, answer
from tuangou.core.api.wire import JsonBody
from tuangou.core.models import Scope


class ReturnsApi(ApiView):
    field_names = {"amount": "accepted_fen"}

    def card(self, member: Membership, return_id: int, status: int = 200) -> Response:
        return answer(shapes.Return, feeds.return_card(member, return_id), status)


class ReturnsView(ReturnsApi):
    @operation(
        "returns",
        tag=shapes.RETURNS,
        summary=_("退货，新的在前；团长、副团长看全群的，邻居看自己的"),
        gives=shapes.Return,
        page=True,
        query=bodies.ReturnQuery,
    )
    def get(self, request: Request, slug: str) -> Response:
        member = membership_for(self.person, slug)
        page = asked(request, bodies.ReturnQuery)
        found = feeds.returns_feed(
            member,
            visible_orders(member),
            after=page["cursor"],
            limit=page["limit"],
            status=page.get("status", ""),
            round_id=page.get("round"),
        )
        return Response(page_body(request, found, shapes.Return))


class ReturnNewView(ReturnsApi):
    parser_classes = [JsonBody, MultiPartParser]

    @operation(
        "return-new",
        tag=shapes.RETURNS,
        summary=_("申请退货；要带照片就发 multipart/form-data（O11）"),
        takes={
            "application/json": bodies.ReturnBody,
            "multipart/form-data": bodies.ReturnForm,
        },
        gives=shapes.Return,
        status=201,
        scope=Scope.ORDER,
    )
    def post(self, request: Request, slug: str, order_id: int) -> Response:
        member, order = order_for_member(self.person, slug, order_id)
        is_form = (request.content_type or "").startswith("multipart/")
        body = self.body(bodies.ReturnForm if is_form else bodies.ReturnBody)
        if body["line"] not in feeds.lines_of(order.pk):
            raise serializers.ValidationError({"line": [_("这一单里没有这一行")]})
        ret = service.request_return(
            line_id=body["line"],
            actor_id=member.pk,
            quantity=body["quantity"],
            reason=body["reason"],
            wish=body.get("wish", Wish.REFUND),
            text=body.get("text", ""),
            photos=_pictures(body.get("photos", ())),
            request_id=self.key,
        )
        return self.card(member, ret.pk, 201)


def _pictures(files: Any) -> list[bytes]:
    return [images.reencode(file) for file in files]


class ReturnView(ReturnsApi):
    @operation("return", tag=shapes.RETURNS, summary=_("一次退货"), gives=shapes.Return)
    def get(self, request: Request, slug: str, return_id: int) -> Response:
        member, ret = return_for_member(self.person, slug, return_id)
        return self.card(member, ret.pk)


class ReturnWithdrawView(ReturnsApi):
    @operation(
        "return-withdraw",
        tag=shapes.RETURNS,
        summary=_("还没决定前撤回"),
        takes=Empty,
        gives=shapes.Return,
        scope=Scope.ORDER,
    )
    def post(self, request: Request, slug: str, return_id: int) -> Response:
        member, ret = return_for_member(self.person, slug, return_id)
        self.body(Empty)
        service.withdraw_return(return_id=ret.pk, actor_id=member.pk, request_id=self.key)
        return self.card(member, ret.pk)


class ReturnAcceptView(ReturnsApi):
    @operation(
        "return-accept",
        tag=shapes.RETURNS,
        summary=_("同意退多少；当月的退货率跟着变（O11、O13）"),
        takes=bodies.AcceptBody,
        gives=shapes.Return,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, return_id: int) -> Response:
        initiator, ret = return_for_initiator(self.person, slug, return_id)
        body = self.body(bodies.AcceptBody)
        service.accept_return(
            return_id=ret.pk,
            actor_id=initiator.pk,
            accepted_fen=body.get("accepted_fen"),
            percent=body.get("percent"),
            decision=body.get("decision", ""),
            in_kind=body.get("in_kind"),
            request_id=self.key,
        )
        return self.card(initiator, ret.pk)


class ReturnRejectView(ReturnsApi):
    @operation(
        "return-reject",
        tag=shapes.RETURNS,
        summary=_("不同意，写明理由（O11）"),
        takes=bodies.RejectBody,
        gives=shapes.Return,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, return_id: int) -> Response:
        initiator, ret = return_for_initiator(self.person, slug, return_id)
        body = self.body(bodies.RejectBody)
        service.reject_return(
            return_id=ret.pk,
            actor_id=initiator.pk,
            decision=body["decision"],
            request_id=self.key,
        )
        return self.card(initiator, ret.pk)


class ReturnRefundView(ReturnsApi):
    @operation(
        "return-refund",
        tag=shapes.RETURNS,
        summary=_("同意退的钱已经退了：收款人记下（O11）"),
        takes=Empty,
        gives=shapes.RefundDone,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, return_id: int) -> Response:
        _member, ret = return_for_payee(self.person, slug, return_id)
        self.body(Empty)
        service.refund_return(return_id=ret.pk, user_id=self.person.pk, request_id=self.key)
        return answer(shapes.RefundDone, feeds.refund_done(ret.pk))


class ReturnAnswerView(ReturnsApi):
    field_names = {"remedy": "remedy_fen", "evidence": "files", "file": "files"}
    parser_classes = [JsonBody, MultiPartParser]

    @operation(
        "return-answer",
        tag=shapes.RETURNS,
        summary=_("店里的人答复退货，一次；否认要附证据，发 multipart/form-data（O11）"),
        takes={
            "application/json": bodies.AnswerBody,
            "multipart/form-data": bodies.AnswerForm,
        },
        gives=shapes.MerchantAnswer,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, return_id: int) -> Response:
        _member, ret = return_for_shop(self.person, slug, return_id)
        is_form = (request.content_type or "").startswith("multipart/")
        body = self.body(bodies.AnswerForm if is_form else bodies.AnswerBody)
        answer_return(
            return_id=ret.pk,
            user_id=self.person.pk,
            kind=body["kind"],
            text=body["text"],
            remedy_fen=body.get("remedy_fen"),
            evidence=[read_paper(file) for file in body.get("files", ())],
            request_id=self.key,
        )
        return answer(shapes.MerchantAnswer, feeds.answer_of(ret.pk))


class QuestionView(ApiView):
    @operation(
        "question",
        tag=shapes.RETURNS,
        summary=_("同一批的货：问了什么，大家怎么说"),
        gives=shapes.BatchQuestion,
    )
    def get(self, request: Request, slug: str, question_id: int) -> Response:
        _member, question, lines = question_for_member(self.person, slug, question_id)
        page = question_page(question, lines, at=clock.now())
        return answer(shapes.BatchQuestion, page)


class QuestionAnswerView(ApiView):
    @operation(
        "question-answer",
        tag=shapes.RETURNS,
        summary=_("你家的也这样吗：买了的人答，结束前能改（O11）"),
        takes=bodies.SameBody,
        gives=shapes.BatchQuestion,
        scope=Scope.ORDER,
    )
    def post(self, request: Request, slug: str, question_id: int) -> Response:
        member, question, lines = question_for_member(self.person, slug, question_id)
        body = self.body(bodies.SameBody)
        page = question_page(question, lines, at=clock.now())
        if body["line"] not in {line.id for line in page.lines}:
            raise serializers.ValidationError({"line": [_("这一批里没有你的这一行")]})
        answer_batch(
            question_id=question.pk,
            line_id=body["line"],
            actor_id=member.pk,
            same=body["same"],
            request_id=self.key,
        )
        after = question_page(question, lines, at=clock.now())
        return answer(shapes.BatchQuestion, after)


class ReturnPhotoView(ReturnsApi):
    @operation(
        "return-photo",
        tag=shapes.RETURNS,
        summary=_("退货的一张照片（WebP）"),
        gives=None,
        media_types=("image/webp",),
    )
    def get(self, request: Request, slug: str, photo_id: int) -> HttpResponse:
        picture = photo_for(self.person, slug, photo_id)
        with picture.file.open("rb") as file:
            response = HttpResponse(file.read(), content_type="image/webp")
        response["Cache-Control"] = "private, max-age=86400"
        response["Content-Security-Policy"] = "sandbox"
        response["X-Content-Type-Options"] = "nosniff"
        return response


class ReturnFileView(ReturnsApi):
    @operation(
        "return-file",
        tag=shapes.RETURNS,
        summary=_("店里答复时附的一份证据（WebP 或 PDF）"),
        gives=None,
        media_types=("image/webp", "application/pdf"),
    )
    def get(self, request: Request, slug: str, answer_file_id: int) -> HttpResponse:
        shown = evidence_for(self.person, slug, answer_file_id)
        picture = shown.kind == EvidenceKind.PICTURE
        with shown.file.open("rb") as file:
            response = HttpResponse(
                file.read(), content_type="image/webp" if picture else "application/pdf"
            )
        response["Cache-Control"] = "private, no-store"
        response["Content-Security-Policy"] = "sandbox; default-src 'none'"
        response["Content-Disposition"] = "attachment"
        response["X-Content-Type-Options"] = "nosniff"
        return response
