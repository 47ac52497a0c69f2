"""How a complaint comes to its end: suggested, a remedy that came, votes of drawn neighbours, how
the complainant finds it (R2, R3). Saying yes to a suggestion is for pages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from reputation.access import complaints as access
from reputation.api.complaints import TAG, VERDICTS, ComplaintOut, ComplaintsApi
from reputation.models.complaints import Severity
from reputation.services import mediation, responses, rulings
from reputation.services.rulings import Decision
from tuangou.core.api.fields import Body, Choice, Empty, Text, Whole
from tuangou.core.api.schema import operation
from tuangou.core.models import Scope


class SuggestBody(Body):
    text = Text(max_length=300, help_text=_("怎么了结"))


class VoteComplaintBody(Body):
    verdict = Choice(VERDICTS)
    severity = Choice(Severity.choices, required=False, help_text=_("属实的才写"))
    reason = Text(max_length=500, help_text=_("理由，双方都看得到"))


class RateOutcomeBody(Body):
    stars = Whole(min_value=1, max_value=5, help_text=_("几颗星，1 到 5"))


class ComplaintSuggestView(ComplaintsApi):
    @operation(
        "complaint-suggest",
        tag=TAG,
        summary=_("提个办法"),
        takes=SuggestBody,
        gives=ComplaintOut,
        scope=Scope.ORDER,
    )
    def post(self, request: Request, slug: str, complaint_id: int) -> Response:
        visit = access.mediator_for(self.person, slug, complaint_id)
        body = self.body(SuggestBody)
        mediation.suggest(
            complaint_id=complaint_id,
            user_id=self.person.pk,
            side=visit.side,
            text=body["text"],
            request_id=self.key,
        )
        return self.card(visit)


class ComplaintConfirmView(ComplaintsApi):
    @operation(
        "complaint-confirm",
        tag=TAG,
        summary=_("投诉的邻居说收到了"),
        takes=Empty,
        gives=ComplaintOut,
        scope=Scope.ORDER,
    )
    def post(self, request: Request, slug: str, complaint_id: int) -> Response:
        visit = access.complainant_for(self.person, slug, complaint_id)
        self.body(Empty)
        responses.confirm_remedy(
            complaint_id=complaint_id, user_id=self.person.pk, request_id=self.key
        )
        return self.card(visit)


class ComplaintVoteView(ComplaintsApi):
    @operation(
        "complaint-vote",
        tag=TAG,
        summary=_("抽到你了，说你的看法"),
        takes=VoteComplaintBody,
        gives=ComplaintOut,
        scope=Scope.ORDER,
    )
    def post(self, request: Request, slug: str, complaint_id: int) -> Response:
        visit = access.drawn_for(self.person, slug, complaint_id)
        body = self.body(VoteComplaintBody)
        rulings.vote(
            complaint_id=complaint_id,
            member_id=visit.member_id,
            decision=Decision(body["verdict"], body["reason"], body.get("severity", "")),
            request_id=self.key,
        )
        return self.card(visit)


class ComplaintRateView(ComplaintsApi):
    @operation(
        "complaint-rate",
        tag=TAG,
        summary=_("评这个结果"),
        takes=RateOutcomeBody,
        gives=ComplaintOut,
        scope=Scope.ORDER,
    )
    def post(self, request: Request, slug: str, complaint_id: int) -> Response:
        visit = access.complainant_for(self.person, slug, complaint_id)
        body = self.body(RateOutcomeBody)
        rulings.rate(
            complaint_id=complaint_id,
            user_id=self.person.pk,
            stars=body["stars"],
            request_id=self.key,
        )
        return self.card(visit)
