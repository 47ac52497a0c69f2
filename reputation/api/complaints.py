"""Complaints: read without names, made, answered, settled, withdrawn, ruled, appealed (R2, R3).
How one ends is in complaint_ends."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from groups.access import membership_for
from merchants.services.papers import read_paper
from reputation.access import complaints as access
from reputation.models.complaints import (
    MOST_FILES,
    Against,
    Category,
    ComplaintStatus,
    Severity,
)
from reputation.models.responses import ResponseKind
from reputation.models.rulings import RULED, Verdict
from reputation.queries.complaint_feeds import complaint_card, complaints_feed
from reputation.services import complaints, mediation, responses, rulings
from reputation.services.complaints import Said
from reputation.services.responses import Words
from reputation.services.rulings import Decision
from tuangou.core.api.fields import (
    Answer,
    Body,
    Choice,
    Day,
    Empty,
    Fen,
    FenOut,
    Flag,
    FormId,
    Id,
    Many,
    Moment,
    Text,
)
from tuangou.core.api.paging import PageQuery, asked, page_body
from tuangou.core.api.schema import operation
from tuangou.core.api.views import ApiView, answer
from tuangou.core.api.wire import JsonBody
from tuangou.core.models import Scope

TAG = _("投诉")
_Choice: Any = serializers.ChoiceField
VERDICTS = [(verdict.value, verdict.label) for verdict in RULED]


class ResponseOut(Answer):
    kind = _Choice(ResponseKind.choices)
    text = serializers.CharField(allow_blank=True)
    remedy_fen = FenOut(allow_null=True)
    remedy_by = serializers.DateField(allow_null=True)
    delivered = serializers.BooleanField(help_text=_("补偿到了没有"))
    answered_at = Moment()


class RulingOut(Answer):
    instance = serializers.IntegerField(help_text=_("2：申诉后复议"))
    verdict = _Choice(Verdict.choices)
    severity = _Choice([("", ""), *Severity.choices], allow_blank=True)
    reason = serializers.CharField(allow_blank=True)
    by_panel = serializers.BooleanField(help_text=_("三位抽出来的邻居裁定的"))
    decided_at = Moment()


class ComplaintOut(Answer):
    id = serializers.IntegerField()
    code = serializers.CharField(help_text=_("T-0312 这样"))
    against = _Choice(Against.choices)
    merchant_id = serializers.IntegerField(allow_null=True)
    item = serializers.CharField(allow_blank=True)
    category = _Choice(Category.choices)
    severity = _Choice(Severity.choices)
    text = serializers.CharField(allow_blank=True, help_text=_("不写是谁投诉的"))
    status = _Choice(ComplaintStatus.choices)
    mine = serializers.BooleanField()
    made_at = Moment()
    answer_due_at = Moment()
    mediate_until = Moment()
    rule_due_at = Moment()
    response = ResponseOut(allow_null=True)
    rulings = RulingOut(many=True, help_text=_("裁定，和申诉后的复议"))


class ComplaintBody(Body):
    against = Choice(Against.choices)
    category = Choice(Category.choices)
    severity = Choice(Severity.choices)
    text = Text(max_length=500)
    line = Id(required=False, help_text=_("你家订单里的哪一行；投诉商家一定要"))


class ComplaintForm(ComplaintBody):
    """The same as a form, with photos or PDFs."""

    line = FormId(required=False)  # type: ignore[assignment]
    files = Many(
        child=serializers.FileField(), required=False, max_length=MOST_FILES, allow_empty=True
    )


class AnswerComplaintBody(Body):
    kind = Choice(ResponseKind.choices, help_text=_("否认要附证据，发表单"))
    text = Text(max_length=500)
    remedy_fen = Fen(min_value=1, required=False, help_text=_("道歉并补偿才写"))
    remedy_by = Day(required=False, help_text=_("哪天以前给"))


class AnswerComplaintForm(AnswerComplaintBody):
    """The same as a form, with evidence: photos or PDFs."""

    remedy_fen = FormId(required=False)  # type: ignore[assignment]
    files = Many(
        child=serializers.FileField(), required=False, max_length=MOST_FILES, allow_empty=True
    )


class RuleComplaintBody(Body):
    verdict = Choice(VERDICTS)
    severity = Choice(Severity.choices, required=False, help_text=_("属实的才写"))
    reason = Text(max_length=500, help_text=_("理由，双方都看得到"))
    resumes_sale = Flag(required=False, help_text=_("属实，停售的货也可以接着卖"))


class AppealComplaintBody(Body):
    text = Text(max_length=500)


class ComplaintsApi(ApiView):
    parser_classes = [JsonBody, MultiPartParser]
    field_names = {"evidence": "files", "remedy": "remedy_fen"}

    def card(self, visit: access.Visit, status: int = 200) -> Response:
        found = complaint_card(visit.complaint.pk, member_id=visit.member_id)
        return answer(ComplaintOut, found, status)

    def form_or_json(self, request: Request, form: type[Body], body: type[Body]) -> dict[str, Any]:
        is_form = (request.content_type or "").startswith("multipart/")
        return self.body(form if is_form else body)


class ComplaintsView(ComplaintsApi):
    @operation(
        "complaints",
        tag=TAG,
        summary=_("本群的投诉，新的在前，不写是谁投诉的"),
        gives=ComplaintOut,
        page=True,
        query=PageQuery,
    )
    def get(self, request: Request, slug: str) -> Response:
        member = membership_for(self.person, slug)
        page = asked(request, PageQuery)
        found = complaints_feed(member, after=page["cursor"], limit=page["limit"])
        return Response(page_body(request, found, ComplaintOut))

    @operation(
        "complaint-new",
        tag=TAG,
        summary=_("投诉商家或团长；要带照片就发 multipart/form-data（R2）"),
        takes={"application/json": ComplaintBody, "multipart/form-data": ComplaintForm},
        gives=ComplaintOut,
        status=201,
        scope=Scope.ORDER,
    )
    def post(self, request: Request, slug: str) -> Response:
        member = membership_for(self.person, slug)
        body = self.form_or_json(request, ComplaintForm, ComplaintBody)
        made = complaints.complain(
            actor_id=member.pk,
            said=Said(
                body["against"],
                body["category"],
                body["severity"],
                body["text"],
                body.get("line"),
            ),
            files=[read_paper(file) for file in body.get("files", ())],
            request_id=self.key,
        )
        return answer(ComplaintOut, complaint_card(made.pk, member_id=member.pk), 201)


class ComplaintView(ComplaintsApi):
    @operation("complaint", tag=TAG, summary=_("一件投诉"), gives=ComplaintOut)
    def get(self, request: Request, slug: str, complaint_id: int) -> Response:
        return self.card(access.complaint_for(self.person, slug, complaint_id))


class ComplaintAnswerView(ComplaintsApi):
    @operation(
        "complaint-answer",
        tag=TAG,
        summary=_("被投诉的一方答复，一次；否认要附证据，发 multipart/form-data（R3）"),
        takes={
            "application/json": AnswerComplaintBody,
            "multipart/form-data": AnswerComplaintForm,
        },
        gives=ComplaintOut,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, complaint_id: int) -> Response:
        visit = access.respondent_for(self.person, slug, complaint_id)
        body = self.form_or_json(request, AnswerComplaintForm, AnswerComplaintBody)
        responses.respond(
            complaint_id=complaint_id,
            user_id=self.person.pk,
            said=Words(body["kind"], body["text"], body.get("remedy_fen"), body.get("remedy_by")),
            files=[read_paper(file) for file in body.get("files", ())],
            request_id=self.key,
        )
        return self.card(visit)


class ComplaintSettleView(ComplaintsApi):
    @operation(
        "complaint-settle",
        tag=TAG,
        summary=_("投诉的人说这样答复可以，了结（R3）"),
        takes=Empty,
        gives=ComplaintOut,
        scope=Scope.ORDER,
    )
    def post(self, request: Request, slug: str, complaint_id: int) -> Response:
        visit = access.complainant_for(self.person, slug, complaint_id)
        self.body(Empty)
        mediation.settle(
            complaint_id=complaint_id,
            member_id=visit.member_id,
            user_id=self.person.pk,
            request_id=self.key,
        )
        return self.card(visit)


class ComplaintWithdrawView(ComplaintsApi):
    @operation(
        "complaint-withdraw",
        tag=TAG,
        summary=_("投诉的人撤回；吃了怕出事的不能撤（R2）"),
        takes=Empty,
        gives=ComplaintOut,
        scope=Scope.ORDER,
    )
    def post(self, request: Request, slug: str, complaint_id: int) -> Response:
        visit = access.complainant_for(self.person, slug, complaint_id)
        self.body(Empty)
        complaints.withdraw(
            complaint_id=complaint_id, actor_id=visit.member_id, request_id=self.key
        )
        return self.card(visit)


class ComplaintRuleView(ComplaintsApi):
    @operation(
        "complaint-rule",
        tag=TAG,
        summary=_("团长裁定，她不是一方的时候（R2）"),
        takes=RuleComplaintBody,
        gives=ComplaintOut,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, complaint_id: int) -> Response:
        visit = access.initiator_judging(self.person, slug, complaint_id)
        body = self.body(RuleComplaintBody)
        rulings.rule(
            complaint_id=complaint_id,
            actor_id=visit.member_id,
            decision=Decision(
                body["verdict"],
                body["reason"],
                body.get("severity", ""),
                body.get("resumes_sale", False),
            ),
            request_id=self.key,
        )
        return self.card(visit)


class ComplaintAppealView(ComplaintsApi):
    @operation(
        "complaint-appeal",
        tag=TAG,
        summary=_("一方不服裁定，7 天内一次，抽三位邻居复议（R2）"),
        takes=AppealComplaintBody,
        gives=ComplaintOut,
        scope=Scope.ORDER,
    )
    def post(self, request: Request, slug: str, complaint_id: int) -> Response:
        visit = access.party_for(self.person, slug, complaint_id)
        body = self.body(AppealComplaintBody)
        rulings.appeal(
            complaint_id=complaint_id,
            user_id=self.person.pk,
            side=visit.side,
            text=body["text"],
            request_id=self.key,
        )
        return self.card(visit)
