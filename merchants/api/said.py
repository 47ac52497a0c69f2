"""What members say of shops and what is answered: prices seen, questions, proposals, follows."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from groups.access import membership_for, officer_for
from groups.models import Membership
from merchants.access import (
    Caller,
    application_for_member,
    caller_for,
    contested_for_officer,
    item_of,
    picture_of_witness,
    proposal_of,
    question_for_initiator,
    question_for_staff,
)
from merchants.api import said_shapes as said
from merchants.api import shapes
from merchants.queries.items import claim_of_item
from merchants.queries.price_deciders import deciders_of
from merchants.queries.proposals import proposals_of
from merchants.queries.questions import questions_of
from merchants.queries.witnesses import looks_at
from merchants.services import follows, proposals, questions, witnesses
from tuangou.core import clock, images, limits
from tuangou.core.api.fields import Empty
from tuangou.core.api.schema import operation
from tuangou.core.api.views import ApiView, answer
from tuangou.core.api.wire import JsonBody
from tuangou.core.models import Scope

DAY = timedelta(days=1)
LOOKS_A_DAY = 20  # as on the pages, and counted with them
TRIES_A_DAY = 30


class _Prices(ApiView):
    def card(self, caller: Caller, item_id: int, status: int = 200) -> Response:
        group, merchant_id = caller.application.group, caller.application.merchant_id
        item = item_of(merchant_id, item_id)
        looks = looks_at(item, group_id=group.pk, at=clock.now())
        claim = claim_of_item(item, group_id=group.pk, zone=group.time_zone)
        return answer(said.Prices, {"claim": claim, "looks": looks}, status)


class PricesView(_Prices):
    parser_classes = [JsonBody, MultiPartParser]
    field_names = {"price": "price_fen"}

    @operation(
        "prices",
        tag=shapes.TAG,
        summary=_("一样货的店价：谁在哪里、什么时候看到的，能说便宜多少（M6）"),
        gives=said.Prices,
    )
    def get(self, request: Request, slug: str, merchant_id: int, item_id: int) -> Response:
        caller = caller_for(self.person, slug, merchant_id)
        return self.card(caller, item_id)

    @operation(
        "price-seen",
        tag=shapes.TAG,
        summary=_("记下在店里看到的价，带价签的照片，发 multipart/form-data（M6）"),
        takes={"multipart/form-data": said.SeenForm},
        gives=said.Prices,
        status=201,
        scope=Scope.ORDER,
    )
    def post(self, request: Request, slug: str, merchant_id: int, item_id: int) -> Response:
        member = membership_for(self.person, slug)
        caller = caller_for(self.person, slug, merchant_id)
        item = item_of(merchant_id, item_id)
        limits.spend("merchants.look", str(member.pk), most=LOOKS_A_DAY, per=DAY)
        body = self.body(said.SeenForm)
        seen = {"price_fen": body["price_fen"], "place": body["place"]}
        seen["seen_at"] = body.get("seen_at")
        photo = images.reencode(body["picture"])
        self.once(
            "price.seen",
            group_id=member.group_id,
            body={"item": item.pk, "picture": hashlib.sha256(photo).hexdigest()} | seen,
            work=lambda: witnesses.witness_price(
                group_id=member.group_id,
                item_id=item.pk,
                actor_id=member.pk,
                picture=photo,
                **seen,
            ),
            replay=lambda: None,
        )
        return self.card(caller, item.pk, 201)


class PriceRuleView(_Prices):
    @operation(
        "price-rule",
        tag=shapes.TAG,
        summary=_("店价有争议：团长定，和这家店有关的由副团长定，写明理由（M6）"),
        takes=said.RulingBody,
        gives=said.Prices,
        scope=Scope.OFFICER,
    )
    def post(
        self, request: Request, slug: str, merchant_id: int, price_witness_id: int
    ) -> Response:
        officer, row = contested_for_officer(self.person, slug, merchant_id, price_witness_id)
        deciders_of(officer.group_id, merchant_id).check(officer.pk)
        body = self.body(said.RulingBody)
        self.once(
            "price.rule",
            group_id=officer.group_id,
            body={"witness": row.pk} | body,
            work=lambda: witnesses.rule_price(
                group_id=officer.group_id, witness_id=row.pk, actor_id=officer.pk, **body
            ),
            replay=lambda: None,
        )
        return self.card(caller_for(self.person, slug, merchant_id), row.item_id)


class PricePictureView(ApiView):
    @operation(
        "price-picture",
        tag=shapes.TAG,
        summary=_("看到店价时拍的价签（WebP）"),
        gives=None,
        media_types=("image/webp",),
    )
    def get(
        self, request: Request, slug: str, merchant_id: int, price_witness_id: int
    ) -> HttpResponse:
        caller = caller_for(self.person, slug, merchant_id)
        row = picture_of_witness(caller.application.group_id, merchant_id, price_witness_id)
        with row.picture.open("rb") as file:
            response = HttpResponse(file.read(), content_type="image/webp")
        response["Cache-Control"] = "private, max-age=86400"
        response["Content-Security-Policy"] = "sandbox; default-src 'none'"
        response["X-Content-Type-Options"] = "nosniff"
        return response


class FollowView(ApiView):
    @operation(
        "follow",
        tag=shapes.TAG,
        summary=_("关注一家商家，开团单独告诉你；on 写 false 就是不关注了"),
        takes=said.SwitchBody,
        gives=said.Followed,
        scope=Scope.ORDER,
    )
    def post(self, request: Request, slug: str, merchant_id: int) -> Response:
        member, row = application_for_member(self.person, slug, merchant_id)
        it: dict[str, Any] = {
            "group_id": member.group_id,
            "merchant_id": row.merchant_id,
            "actor_id": member.pk,
        }
        on: bool = self.body(said.SwitchBody)["on"]
        self.once(
            "merchant.follow",
            group_id=member.group_id,
            body={"merchant": row.merchant_id, "on": on},
            work=lambda: follows.follow(**it, on=on),
            replay=lambda: on,
        )
        return answer(said.Followed, {"on": on})


class _Questions(ApiView):
    def card(self, caller: Caller, status: int = 200) -> Response:
        rows = questions_of(
            caller.application.group_id,
            caller.application.merchant_id,
            at=clock.now(),
            reads_hidden=caller.is_initiator or caller.is_staff,
        )
        return answer(said.Questions, {"questions": rows}, status)


class QuestionsView(_Questions):
    @operation(
        "merchant-questions",
        tag=shapes.TAG,
        summary=_("邻居问一家商家的、店里答的，新的在前，最多 20 条"),
        gives=said.Questions,
    )
    def get(self, request: Request, slug: str, merchant_id: int) -> Response:
        return self.card(caller_for(self.person, slug, merchant_id))

    @operation(
        "merchant-question-new",
        tag=shapes.TAG,
        summary=_("问店里一句，大家都看得到"),
        takes=said.QuestionBody,
        gives=said.Questions,
        status=201,
        scope=Scope.ORDER,
    )
    def post(self, request: Request, slug: str, merchant_id: int) -> Response:
        member = membership_for(self.person, slug)
        caller = caller_for(self.person, slug, merchant_id)
        limits.spend("merchants.question", str(member.pk), most=TRIES_A_DAY, per=DAY)
        body = self.body(said.QuestionBody)
        it: dict[str, Any] = {
            "group_id": member.group_id,
            "merchant_id": merchant_id,
            "actor_id": member.pk,
        }
        self.once(
            "question.ask",
            group_id=member.group_id,
            body={"merchant": merchant_id} | body,
            work=lambda: questions.ask(**it, **body),
            replay=lambda: None,
        )
        return self.card(caller, 201)


class MerchantQuestionAnswerView(_Questions):
    @operation(
        "merchant-question-answer",
        tag=shapes.TAG,
        summary=_("店里的人答，写上要是没做到怎么办"),
        takes=said.QuestionAnswerBody,
        gives=said.Questions,
        status=201,
        scope=Scope.OFFICER,
    )
    def post(
        self, request: Request, slug: str, merchant_id: int, merchant_question_id: int
    ) -> Response:
        caller, row = question_for_staff(self.person, slug, merchant_id, merchant_question_id)
        body = self.body(said.QuestionAnswerBody)
        it: dict[str, Any] = {
            "group_id": row.group_id,
            "question_id": row.pk,
            "user_id": caller.user_id,
        }
        self.once(
            "question.answer",
            group_id=row.group_id,
            body={"question": row.pk} | body,
            work=lambda: questions.answer(**it, **body),
            replay=lambda: None,
        )
        return self.card(caller, 201)


class MerchantQuestionHideView(_Questions):
    @operation(
        "merchant-question-hide",
        tag=shapes.TAG,
        summary=_("团长收起一条问题，写明理由，理由大家看得到"),
        takes=said.WhyBody,
        gives=said.Questions,
        scope=Scope.OFFICER,
    )
    def post(
        self, request: Request, slug: str, merchant_id: int, merchant_question_id: int
    ) -> Response:
        caller, row = question_for_initiator(self.person, slug, merchant_id, merchant_question_id)
        body = self.body(said.WhyBody)
        actor_id = caller.membership.pk if caller.membership else 0
        it: dict[str, Any] = {"group_id": row.group_id, "question_id": row.pk, "actor_id": actor_id}
        self.once(
            "question.hide",
            group_id=row.group_id,
            body={"question": row.pk} | body,
            work=lambda: questions.hide(**it, **body),
            replay=lambda: None,
        )
        return self.card(caller)


class _Proposals(ApiView):
    def card(self, member: Membership, status: int = 200) -> Response:
        return answer(said.Proposals, {"proposals": proposals_of(member)}, status)

    def act(self, name: str, member: Membership, target: dict[str, Any], work: Any) -> Response:
        self.once(
            f"proposal.{name}",
            group_id=member.group_id,
            body=target,
            work=work,
            replay=lambda: None,
        )
        return self.card(member)


class ProposalsView(_Proposals):
    @operation(
        "proposals",
        tag=shapes.TAG,
        summary=_("邻居想团谁家：等答复的按户数排，再是答复过的"),
        gives=said.Proposals,
    )
    def get(self, request: Request, slug: str) -> Response:
        return self.card(membership_for(self.person, slug))

    @operation(
        "proposal-new",
        tag=shapes.TAG,
        summary=_("提一家想团的店，算上你家 1 户"),
        takes=said.ProposalBody,
        gives=said.Proposals,
        status=201,
        scope=Scope.ORDER,
    )
    def post(self, request: Request, slug: str) -> Response:
        member = membership_for(self.person, slug)
        limits.spend("merchants.proposal", str(member.pk), most=TRIES_A_DAY, per=DAY)
        body = {"another": False} | self.body(said.ProposalBody)
        it: dict[str, Any] = {"group_id": member.group_id, "actor_id": member.pk}
        self.act("new", member, body, lambda: proposals.propose(**it, **body))
        return self.card(member, 201)


class ProposalBackView(_Proposals):
    @operation(
        "proposal-back",
        tag=shapes.TAG,
        summary=_("「我家也想」：+1；on 写 false 就是不算了"),
        takes=said.SwitchBody,
        gives=said.Proposals,
        scope=Scope.ORDER,
    )
    def post(self, request: Request, slug: str, proposal_id: int) -> Response:
        member = membership_for(self.person, slug)
        row = proposal_of(member.group_id, proposal_id)
        body = self.body(said.SwitchBody)
        it: dict[str, Any] = {
            "group_id": member.group_id,
            "proposal_id": row.pk,
            "actor_id": member.pk,
        }
        target = {"proposal": row.pk} | body
        return self.act("back", member, target, lambda: proposals.back(**it, **body))


class ProposalInviteView(_Proposals):
    @operation(
        "proposal-invite",
        tag=shapes.TAG,
        summary=_("请这家店来：做一条邀请链接，由你发给店里"),
        takes=Empty,
        gives=said.Proposals,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, proposal_id: int) -> Response:
        officer = officer_for(self.person, slug)
        row = proposal_of(officer.group_id, proposal_id)
        self.body(Empty)
        it: dict[str, Any] = {
            "group_id": officer.group_id,
            "proposal_id": row.pk,
            "actor_id": officer.pk,
        }
        target = {"proposal": row.pk}
        return self.act("invite", officer, target, lambda: proposals.invite(**it))


class ProposalDeclineView(_Proposals):
    @operation(
        "proposal-decline",
        tag=shapes.TAG,
        summary=_("不请这家，写明理由，提的邻居会收到"),
        takes=said.WhyBody,
        gives=said.Proposals,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, proposal_id: int) -> Response:
        officer = officer_for(self.person, slug)
        row = proposal_of(officer.group_id, proposal_id)
        body = self.body(said.WhyBody)
        it: dict[str, Any] = {
            "group_id": officer.group_id,
            "proposal_id": row.pk,
            "actor_id": officer.pk,
        }
        target = {"proposal": row.pk} | body
        return self.act("decline", officer, target, lambda: proposals.decline(**it, **body))
