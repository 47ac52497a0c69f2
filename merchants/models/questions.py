"""Questions to a merchant, asked and answered in public (W6)."""

from __future__ import annotations

from django.db import models

from groups.models import GroupOwned, Membership
from merchants.models.merchants import Merchant
from tuangou.core.models import User


class Question(GroupOwned):
    """What a member asks a merchant before everybody. Append-only."""

    append_only = True

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+")
    text = models.CharField(max_length=300)
    asked_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()

    class Meta(GroupOwned.Meta):
        constraints = [*GroupOwned.Meta.constraints]
        indexes = [models.Index(fields=["group", "merchant", "-asked_at"], name="question_newest")]


class Answer(GroupOwned):
    """What the shop says to a question, and what happens if that fails. Append-only: a correction
    is another answer; how long it took is counted to the first."""

    append_only = True

    question = models.ForeignKey(Question, models.PROTECT, related_name="answers")
    text = models.CharField(max_length=500)
    if_it_fails = models.CharField(max_length=300)
    answered_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    answered_at = models.DateTimeField()

    class Meta(GroupOwned.Meta):
        constraints = [*GroupOwned.Meta.constraints]
        indexes = [
            models.Index(fields=["group", "question", "answered_at"], name="answer_in_order")
        ]


class QuestionHiding(GroupOwned):
    """The initiator took a question off the page, and said why; its text stays. Append-only."""

    append_only = True

    question = models.ForeignKey(Question, models.PROTECT, related_name="hidings")
    reason = models.CharField(max_length=300)
    hidden_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    hidden_at = models.DateTimeField()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(fields=["group", "question"], name="question_hidden_once"),
        ]
