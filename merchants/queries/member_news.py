"""What the news of prices, questions, proposals, appeals and helpers needs. One query each."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Subquery

from merchants.models import (
    Answer,
    Appeal,
    Backing,
    Merchant,
    MerchantStaff,
    PriceWitness,
    Proposal,
    Question,
    StaffRole,
)
from tuangou.core.models import User


def price_news(witness_id: int) -> Any:
    """A price seen, with goods, shop and group at hand; `staff_ids`: accounts of the shop."""
    rows = PriceWitness.objects.select_related("item__merchant", "group", "witness")
    return rows.annotate(staff_ids=_staff("item__merchant_id")).get(pk=witness_id)


def question_news(question_id: int) -> Any:
    """A question with shop and group at hand; `staff_ids`, and `answers`: how many so far."""
    answers = Answer.objects.filter(group_id=OuterRef("group_id"), question_id=OuterRef("pk"))
    return (
        Question.objects.select_related("merchant", "group", "asked_by")
        .annotate(staff_ids=_staff("merchant_id"), said=ArraySubquery(answers.values("pk")))
        .get(pk=question_id)
    )


def proposal_news(proposal_id: int) -> Any:
    """A proposal with its group at hand; `backer_ids`: accounts of who would like it too."""
    backers = Backing.objects.filter(
        group_id=OuterRef("group_id"), proposal_id=OuterRef("pk"), member__user__isnull=False
    )
    return (
        Proposal.objects.select_related("group", "proposed_by")
        .annotate(backer_ids=ArraySubquery(backers.order_by("pk").values("member__user_id")))
        .get(pk=proposal_id)
    )


def appeal_news(appeal_id: int) -> Any:
    """An appeal with shop and group at hand."""
    return Appeal.objects.select_related(
        "application__merchant", "application__group", "rejected_by"
    ).get(pk=appeal_id)


def staff_news(merchant_id: int, user_id: int) -> Any:
    """A shop; `owner_id`: the account of its owner, `who`: the name of this person's."""
    person = User.objects.filter(pk=user_id).values("nickname")
    owners = MerchantStaff.objects.filter(merchant_id=merchant_id, role=StaffRole.OWNER)
    rows = Merchant.objects.annotate(
        owner_id=Subquery(owners.values("user_id")[:1]), who=Subquery(person)
    )
    return rows.get(pk=merchant_id)


def _staff(merchant: str) -> ArraySubquery:
    staff = MerchantStaff.objects.filter(merchant_id=OuterRef(merchant))
    return ArraySubquery(staff.order_by("pk").values("user_id"))
