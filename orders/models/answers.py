"""What follows a request to return: the merchant's answer, the clocks, what is credited meanwhile.

Rows that are written once; the order of things is the event log's.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from groups.models import GroupOwned
from orders.models.returns import Return
from tuangou.core.models import User

MOST_EVIDENCE = 4


class AnswerKind(models.TextChoices):
    """What a merchant says, in the order offered: an apology wins neighbours back."""

    APOLOGY = "apology", _("道歉")
    REMEDY = "remedy", _("道歉并补偿")
    EXPLANATION = "explanation", _("解释")
    DENIAL = "denial", _("否认")


class ReturnAnswer(GroupOwned):
    """The merchant's one answer to a return, with what it offers in fen where it makes amends."""

    append_only = True

    ret = models.ForeignKey(Return, models.PROTECT, related_name="answers")
    kind = models.CharField(max_length=11, choices=AnswerKind)
    text = models.CharField(max_length=500)
    remedy_fen = models.BigIntegerField(null=True)
    answered_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    answered_at = models.DateTimeField()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(fields=["group", "ret"], name="one_answer_per_return"),
            models.CheckConstraint(
                condition=Q(kind__in=AnswerKind.values), name="return_answer_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(remedy_fen__isnull=True)
                | Q(kind="remedy", remedy_fen__gt=0, remedy_fen__lt=10**10),
                name="return_answer_remedy_bounds",
            ),
        ]


class EvidenceKind(models.TextChoices):
    PICTURE = "picture", _("照片")
    PDF = "pdf", _("PDF 文件")


class AnswerFile(GroupOwned):
    """What a merchant shows with its answer, a denial above all, to whoever sees the return."""

    answer = models.ForeignKey(ReturnAnswer, models.PROTECT, related_name="files")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=7, choices=EvidenceKind)
    file = models.FileField(upload_to="answers/")
    sha256 = models.CharField(max_length=64)

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "answer", "position"], name="answer_file_position_unique"
            ),
            models.CheckConstraint(
                condition=Q(position__gte=1, position__lte=MOST_EVIDENCE),
                name="answer_files_at_most_four",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=EvidenceKind.values), name="answer_file_kind_known"
            ),
        ]


class MarkKind(models.TextChoices):
    ANSWER_LATE = "answer_24", _("商家 24 小时没答复")
    ANSWER_STILL_LATE = "answer_48", _("商家 48 小时没答复")
    DECISION_LATE = "decision_72", _("团长 72 小时没决定")


class ReturnMark(GroupOwned):
    """A clock of a return ran out and what the rule says was done: once per kind."""

    append_only = True

    ret = models.ForeignKey(Return, models.PROTECT, related_name="marks")
    kind = models.CharField(max_length=11, choices=MarkKind)
    at = models.DateTimeField()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(fields=["group", "ret", "kind"], name="return_mark_once"),
            models.CheckConstraint(
                condition=Q(kind__in=MarkKind.values), name="return_mark_kind_known"
            ),
        ]


class ProvisionalCredit(GroupOwned):
    """Credited to the member because the merchant is late; taken back in full when the return is
    decided or withdrawn, so that nothing but the decision remains. Both acts post from this row."""

    ret = models.ForeignKey(Return, models.PROTECT, related_name="+")
    amount_fen = models.BigIntegerField()
    credited_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(fields=["group", "ret"], name="one_provisional_per_return"),
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0, amount_fen__lt=10**10),
                name="provisional_amount_bounds",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("credited_at")),
                name="provisional_ends_after_it_began",
            ),
        ]
