"""A complaint about a merchant or the initiator, its clocks, and what the sides propose (R2)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from groups.models import GroupOwned, Mandate, Membership
from merchants.models import Merchant
from orders.models import Batch, OrderLine, Round
from tuangou.core.errors import InvalidTransition
from tuangou.core.models import User

ANSWER_WITHIN = timedelta(hours=24)
MEDIATE_WITHIN = timedelta(hours=72)
RULE_WITHIN = timedelta(hours=72)
APPEAL_WITHIN = timedelta(days=7)
MOST_FILES = 4


class Against(models.TextChoices):
    MERCHANT = "merchant", gettext_lazy("商家")
    INITIATOR = "initiator", gettext_lazy("团长")


class Category(models.TextChoices):
    QUALITY = "quality", gettext_lazy("质量不好")
    SHORT = "short", gettext_lazy("分量不足")
    LATE = "late", gettext_lazy("送晚了")
    UNSAFE = "unsafe", gettext_lazy("吃了怕出事")
    FALSE = "false", gettext_lazy("说的和做的不一样")
    UNFAIR = "unfair", gettext_lazy("规矩不公平")


class Severity(models.TextChoices):
    LIGHT = "light", gettext_lazy("轻")
    SERIOUS = "serious", gettext_lazy("重")
    GRAVE = "grave", gettext_lazy("很重")


class ComplaintStatus(models.TextChoices):
    OPEN = "open", gettext_lazy("等答复")
    ANSWERED = "answered", gettext_lazy("在商量")
    SETTLED = "settled", gettext_lazy("谈妥了")
    WITHDRAWN = "withdrawn", gettext_lazy("已撤回")
    RULED = "ruled", gettext_lazy("有裁定")
    APPEALED = "appealed", gettext_lazy("申诉中")
    REVIEWED = "reviewed", gettext_lazy("复议完了")


UNDECIDED = (ComplaintStatus.OPEN, ComplaintStatus.ANSWERED)
MOVES: dict[str, set[str]] = {
    ComplaintStatus.OPEN: {
        ComplaintStatus.ANSWERED,
        ComplaintStatus.SETTLED,
        ComplaintStatus.WITHDRAWN,
        ComplaintStatus.RULED,
    },
    ComplaintStatus.ANSWERED: {
        ComplaintStatus.SETTLED,
        ComplaintStatus.WITHDRAWN,
        ComplaintStatus.RULED,
    },
    ComplaintStatus.RULED: {ComplaintStatus.APPEALED},
    ComplaintStatus.APPEALED: {ComplaintStatus.REVIEWED},
}


class ComplaintQuerySet(models.QuerySet["Complaint"]):
    def of_group(self, group_id: int) -> ComplaintQuerySet:
        return self.filter(group_id=group_id)

    def undecided(self) -> ComplaintQuerySet:
        return self.filter(status__in=UNDECIDED)

    def lock(self, complaint_id: int) -> Complaint:
        """Hold it until the transaction ends; after the group, where that is held, too."""
        return self.select_for_update(of=("self",), no_key=True).get(pk=complaint_id)


class Complaint(GroupOwned):
    """What a member says a merchant or the initiator did, about a line of hers or in general.

    `merchant` is whose goods it is about; `mandate` whose conduct, where it is the initiator's.
    `by_panel`: the initiator is a party, so that three drawn members rule. Its clocks stand on
    the row: answered, agreed or not, and ruled by then.
    """

    number = models.PositiveIntegerField()
    against = models.CharField(max_length=9, choices=Against)
    merchant = models.ForeignKey(Merchant, models.PROTECT, null=True, related_name="+")
    mandate = models.ForeignKey(Mandate, models.PROTECT, null=True, related_name="+")
    round = models.ForeignKey(Round, models.PROTECT, null=True, related_name="+")
    line = models.ForeignKey(OrderLine, models.PROTECT, null=True, related_name="+")
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, related_name="+")
    category = models.CharField(max_length=7, choices=Category)
    severity = models.CharField(max_length=7, choices=Severity)
    text = models.CharField(max_length=500)
    made_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    request_id = models.UUIDField(null=True)
    by_panel = models.BooleanField(default=False)
    status = models.CharField(max_length=9, choices=ComplaintStatus, default=ComplaintStatus.OPEN)
    answer_due_at = models.DateTimeField()
    mediate_until = models.DateTimeField()
    rule_due_at = models.DateTimeField()

    objects = ComplaintQuerySet.as_manager()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(fields=["group", "number"], name="complaint_number_unique"),
            models.UniqueConstraint(
                fields=["group", "request_id"], name="complaint_request_unique"
            ),
            models.UniqueConstraint(
                fields=["group", "line", "made_by"],
                condition=Q(status__in=("open", "answered"), line__isnull=False),
                name="one_open_complaint_per_line",
            ),
            models.CheckConstraint(
                condition=Q(against="merchant", merchant__isnull=False, mandate__isnull=True)
                | Q(against="initiator", mandate__isnull=False, by_panel=True),
                name="complaint_is_against_one",
            ),
            models.CheckConstraint(
                condition=Q(category__in=Category.values), name="complaint_category_known"
            ),
            models.CheckConstraint(
                condition=Q(severity__in=Severity.values), name="complaint_severity_known"
            ),
            models.CheckConstraint(
                condition=Q(status__in=ComplaintStatus.values), name="complaint_status_known"
            ),
            models.CheckConstraint(
                condition=~Q(category="unsafe") | Q(line__isnull=False),
                name="complaint_unsafe_names_goods",
            ),
            models.CheckConstraint(
                condition=Q(answer_due_at__gt=F("made_at"))
                & Q(mediate_until__gte=F("made_at"), rule_due_at__gt=F("mediate_until")),
                name="complaint_clocks_in_order",
            ),
        ]
        indexes = [
            models.Index(fields=["group", "merchant", "-made_at"], name="complaint_of_merchant"),
            models.Index(fields=["status", "answer_due_at"], name="complaint_by_clock"),
        ]

    @property
    def code(self) -> str:
        return f"T-{self.number:04d}"

    @property
    def is_unsafe(self) -> bool:
        return self.category == Category.UNSAFE

    @property
    def is_undecided(self) -> bool:
        return self.status in UNDECIDED

    def move_to(self, status: str, *, at: datetime) -> None:
        """The only place a complaint changes status. The caller holds the lock.

        An answer gives the sides 72 hours to agree from then on; what may be unsafe is not
        bargained over, and may be ruled as soon as it is answered.
        """
        if status not in MOVES.get(self.status, ()):
            raise InvalidTransition(
                _("投诉 %(code)s 现在是「%(now)s」，不能再这样改。刷新页面看看。")
                % {"code": self.code, "now": self.get_status_display()}
            )
        self.status = status
        if status == ComplaintStatus.ANSWERED and self.mediate_until > at:
            self.give_until(at if self.is_unsafe else at + MEDIATE_WITHIN)
        self.save(update_fields=["status", "mediate_until", "rule_due_at"])

    def give_until(self, moment: datetime) -> None:
        """The sides have until then to agree; the ruling has its time from there on."""
        self.mediate_until, self.rule_due_at = moment, moment + RULE_WITHIN


class FileKind(models.TextChoices):
    PICTURE = "picture", gettext_lazy("照片")
    PDF = "pdf", gettext_lazy("PDF 文件")


class Side(models.TextChoices):
    """Who says, shows or proposes something."""

    MEMBER = "member", gettext_lazy("投诉的邻居")
    RESPONDENT = "respondent", gettext_lazy("被投诉的一方")
    INITIATOR = "initiator", gettext_lazy("团长")


class ComplaintFile(GroupOwned):
    """What a side shows, to the sides and to who rules: up to four photos or PDFs of each."""

    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="files")
    side = models.CharField(max_length=10, choices=Side)
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=7, choices=FileKind)
    file = models.FileField(upload_to="complaints/")
    sha256 = models.CharField(max_length=64)

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "complaint", "side", "position"],
                name="complaint_file_position_unique",
            ),
            models.CheckConstraint(
                condition=Q(position__gte=1, position__lte=MOST_FILES),
                name="complaint_files_at_most_four",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=FileKind.values), name="complaint_file_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(side__in=("member", "respondent")), name="complaint_file_side_known"
            ),
        ]


class MarkKind(models.TextChoices):
    ANSWER_LATE = "answer_24", gettext_lazy("24 小时没答复")
    ANSWER_STILL_LATE = "answer_48", gettext_lazy("48 小时没答复")
    RULING_LATE = "ruling_late", gettext_lazy("到点没裁定")


class ComplaintMark(GroupOwned):
    """A clock of a complaint ran out: once per kind."""

    append_only = True

    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="marks")
    kind = models.CharField(max_length=11, choices=MarkKind)
    at = models.DateTimeField()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "complaint", "kind"], name="complaint_mark_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=MarkKind.values), name="complaint_mark_kind_known"
            ),
        ]


class Suggestion(GroupOwned):
    """How it could be settled, by either side or by the initiator between them; both sides have
    to say yes, whoever suggests it has said so."""

    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="suggestions")
    side = models.CharField(max_length=10, choices=Side)
    text = models.CharField(max_length=300)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    member_yes_at = models.DateTimeField(null=True)
    respondent_yes_at = models.DateTimeField(null=True)

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "complaint"],
                condition=Q(member_yes_at__isnull=False, respondent_yes_at__isnull=False),
                name="one_agreement_per_complaint",
            ),
            models.CheckConstraint(condition=Q(side__in=Side.values), name="suggestion_side_known"),
        ]

    @property
    def is_agreed(self) -> bool:
        return self.member_yes_at is not None and self.respondent_yes_at is not None
