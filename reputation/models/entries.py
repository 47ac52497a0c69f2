"""The ledger: numbered pages that nobody may change, each sealed with the one before it (R4)."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from groups.models import GroupOwned, Mandate, Membership
from merchants.models import Merchant
from orders.models import Round
from reputation.models.weights import Kind, Subject
from tuangou.core import rows
from tuangou.core.models import User

FORMAT = "tuangou-ledger/1"
BEFORE_THE_FIRST = "0" * 64
SEAL_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's: no i, l, o, u


class Evidence(models.TextChoices):
    """Tables whose rows prove an entry, by their names in the database."""

    ROUND = "orders_round", _("团")
    ORDER = "orders_order", _("单")
    DELIVERY = "orders_delivery", _("到货")
    INSPECTION = "orders_inspection", _("验货")
    RETURN = "orders_return", _("退货")
    RETURN_MARK = "orders_returnmark", _("到点没办")
    SUMMARY = "orders_publishedsummary", _("月报")
    PAPER = "merchants_document", _("证件")
    RATING = "reputation_rating", _("评价")
    COMPLAINT = "reputation_complaint", _("投诉")
    COMPLAINT_MARK = "reputation_complaintmark", _("投诉到点没办")
    RESPONSE = "reputation_response", _("答复")
    RULING = "reputation_ruling", _("裁定")
    SANCTION = "reputation_sanction", _("处分")
    RECOGNITION = "reputation_recognition", _("表扬")


class BookQuerySet(models.QuerySet["Book"]):
    def lock(self, group_id: int) -> Book:
        """Hold the group's book until the transaction ends, making it when it is not there yet.

        Only handlers take it, and take it first; placing and paying never do.
        """
        found = rows.select(Book, f"t0.group_id = %s {rows.HELD}", [group_id])
        if not found:
            self.bulk_create([Book(group_id=group_id)], ignore_conflicts=True)
            found = rows.select(Book, f"t0.group_id = %s {rows.HELD}", [group_id])
        return found[0]


class Book(GroupOwned):
    """The head of a group's ledger: who writes a page holds this row, so pages come in the order
    in which they are committed, without a gap."""

    pages = models.PositiveBigIntegerField(default=0)
    head = models.CharField(max_length=64, default=BEFORE_THE_FIRST)

    objects = BookQuerySet.as_manager()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(fields=["group"], name="one_book_per_group"),
            models.CheckConstraint(
                condition=Q(head__regex="^[0-9a-f]{64}$"), name="book_head_is_a_hash"
            ),
        ]

    @property
    def seal(self) -> str:
        return seal_of(self.head)


class EntryQuerySet(models.QuerySet["Entry"]):
    def of_group(self, group_id: int) -> EntryQuerySet:
        return self.filter(group_id=group_id)


class Entry(GroupOwned):
    """One page: a fact, what it weighs, and the row that proves it. Append-only; a correction is
    a new page that strikes out an earlier one. Numbers of rows, never a name."""

    append_only = True

    number = models.PositiveBigIntegerField()
    subject = models.CharField(max_length=8, choices=Subject)
    merchant = models.ForeignKey(Merchant, models.PROTECT, null=True, related_name="+")
    mandate = models.ForeignKey(Mandate, models.PROTECT, null=True, related_name="+")
    member = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind)
    weight_milli = models.IntegerField()
    weights_version = models.PositiveSmallIntegerField()
    evidence = models.CharField(max_length=30, choices=Evidence)
    evidence_id = models.PositiveBigIntegerField()
    # SHA-256 of what the evidence said, where that is sealed too
    digest = models.CharField(max_length=64, blank=True)
    round = models.ForeignKey(Round, models.PROTECT, null=True, related_name="+")
    # a number and no key: a flat that is forgotten leaves it behind, and it leads nowhere
    household_no = models.PositiveBigIntegerField(null=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    corrects = models.PositiveBigIntegerField(null=True)
    # the page of the ruling that a remedy makes up for in part (R6)
    repairs = models.PositiveBigIntegerField(null=True)
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    objects = EntryQuerySet.as_manager()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(fields=["group", "number"], name="entry_number_unique"),
            models.UniqueConstraint(
                fields=["group", "evidence", "evidence_id", "kind", "subject", "corrects"],
                nulls_distinct=False,
                name="entry_once_per_evidence",
            ),
            models.UniqueConstraint(
                fields=["group", "corrects"],
                condition=Q(corrects__isnull=False),
                name="entry_struck_out_once",
            ),
            models.CheckConstraint(
                condition=Q(
                    subject="merchant",
                    merchant__isnull=False,
                    mandate__isnull=True,
                    member__isnull=True,
                )
                | Q(
                    subject="mandate",
                    merchant__isnull=True,
                    mandate__isnull=False,
                    member__isnull=True,
                )
                | Q(
                    subject="member",
                    merchant__isnull=True,
                    mandate__isnull=True,
                    member__isnull=False,
                )
                | Q(
                    subject="group",
                    merchant__isnull=True,
                    mandate__isnull=True,
                    member__isnull=True,
                ),
                name="entry_has_its_one_subject",
            ),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="entry_kind_known"),
            models.CheckConstraint(
                condition=Q(evidence__in=Evidence.values), name="entry_evidence_known"
            ),
            models.CheckConstraint(
                condition=Q(weight_milli__gte=-20000, weight_milli__lte=20000),
                name="entry_weight_bounds",
            ),
            models.CheckConstraint(
                condition=Q(kind="correction", corrects__isnull=False, weight_milli=0)
                | (~Q(kind="correction") & Q(corrects__isnull=True)),
                name="entry_corrects_iff_correction",
            ),
            models.CheckConstraint(
                condition=Q(corrects__isnull=True) | Q(corrects__lt=F("number")),
                name="entry_corrects_an_earlier_one",
            ),
            models.CheckConstraint(
                condition=Q(kind="repaired", repairs__isnull=False, weight_milli__gte=0)
                | (~Q(kind="repaired") & Q(repairs__isnull=True)),
                name="entry_repairs_iff_repaired",
            ),
            models.CheckConstraint(
                condition=Q(repairs__isnull=True) | Q(repairs__lt=F("number")),
                name="entry_repairs_an_earlier_one",
            ),
            models.CheckConstraint(
                condition=Q(digest="") | Q(digest__regex="^[0-9a-f]{64}$"),
                name="entry_digest_is_a_hash",
            ),
            models.CheckConstraint(
                condition=Q(hash__regex="^[0-9a-f]{64}$", previous__regex="^[0-9a-f]{64}$"),
                name="entry_hash_shape",
            ),
        ]
        indexes = [
            models.Index(fields=["group", "merchant", "number"], name="entry_of_merchant"),
            models.Index(fields=["group", "mandate", "number"], name="entry_of_mandate"),
            models.Index(fields=["group", "member", "number"], name="entry_of_member"),
            models.Index(fields=["group", "round"], name="entry_of_round"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.kind}"

    @property
    def subject_id(self) -> int:
        """The number of the row it is about: a merchant, a mandate, a membership or the group."""
        return self.merchant_id or self.mandate_id or self.member_id or self.group_id

    @property
    def seal(self) -> str:
        return seal_of(self.hash)

    def written(self) -> dict[str, int | str | None]:
        """What is sealed, in this order; with `hash` it is one line of the export."""
        return {
            "group": self.group_id,
            "number": self.number,
            "subject": str(self.subject),
            "subject_id": self.subject_id,
            "kind": str(self.kind),
            "weight": self.weight_milli,
            "weights": self.weights_version,
            "evidence": str(self.evidence),
            "evidence_id": self.evidence_id,
            "digest": self.digest,
            "round": self.round_id,
            "household": self.household_no,
            "by": self.by_id,
            "at": moment(self.at),
            "corrects": self.corrects,
            "repairs": self.repairs,
            "previous": self.previous,
        }

    def hash_now(self) -> str:
        """What `hash` has to be for what the page says."""
        return hash_of(self.written())


def moment(at: datetime) -> str:
    """`2026-11-20T12:00:00.000000Z`: UTC, always six digits of a second."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


def hash_of(written: dict[str, int | str | None]) -> str:
    """SHA-256 of the canonical bytes: a line with the format, then `name=value` lines in order,
    each ended by one line feed; nothing after `=` for none. docs/ledger.md."""
    lines = [FORMAT, *(f"{k}={'' if v is None else v}" for k, v in written.items())]
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode("ascii")).hexdigest()


def seal_of(digest: str) -> str:
    """The first 40 bits of a hash as eight letters and digits, `abcd-1234`, to be read aloud."""
    bits = int(digest[:10], 16)
    letters = [SEAL_LETTERS[(bits >> shift) & 31] for shift in range(35, -5, -5)]
    return f"{''.join(letters[:4])}-{''.join(letters[4:])}"
