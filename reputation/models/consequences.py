"""What follows from what: the published table of consequences, in versions that stay (R7).

Version 1 is published with the software and holds from the day a group is founded; the initiator
publishes the later ones. Rules of ours and numbers only, never a free text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from groups.models import GroupOwned, Membership
from reputation.models.weights import Kind

FIRST_VERSION = 1
MOST_TIMES, MOST_WITHIN, MOST_DAYS, MOST_ROUNDS = 20, 360, 365, 50
GRAVE_FROM = -10_000  # thousandths: what a grave ruling weighs


class Level(models.TextChoices):
    """The ladder, from the mildest."""

    WARNING = "warning", _("警告")
    NOTICE = "notice", _("公示")
    SUSPENSION = "suspension", _("停团")
    REMOVAL = "removal", _("清退")

    @property
    def msgid(self) -> str:
        """Its name in the source language, for texts that are translated when they are read."""
        with override(None):
            return str(self.label)


STOPS = (Level.SUSPENSION.value, Level.REMOVAL.value)
NOTHING = "none"  # in a table: this rule proposes nothing


class Broken(models.TextChoices):
    """Which rule was broken. All but the last are counted from the ledger."""

    SHORT = "short", _("送货不足")
    LATE = "late", _("送货迟到")
    RULED = "ruled", _("投诉裁定属实")
    GRAVE = "grave", _("严重投诉裁定属实")
    PAPERS = "papers", _("证件过期")
    INSPECTION = "inspection", _("验货没通过")
    SILENT = "silent", _("到点没答复")
    OTHER = "other", _("别的群规")

    @property
    def msgid(self) -> str:
        """Its name in the source language, for texts that are translated when they are read."""
        with override(None):
            return str(self.label)


# which pages of the ledger count for a rule
KINDS_OF: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        Broken.SHORT: (Kind.SHORT.value, Kind.NOTHING_CAME.value),
        Broken.LATE: (Kind.LATE.value,),
        Broken.RULED: (Kind.RULING.value,),
        Broken.GRAVE: (Kind.RULING.value,),
        Broken.PAPERS: (Kind.DOCUMENT_LAPSED.value,),
        Broken.INSPECTION: (Kind.INSPECTION_FAILED.value,),
        Broken.SILENT: (Kind.ANSWERED_LATE.value, Kind.COMPLAINT_LATE.value),
    }
)
COUNTED = frozenset(kind for kinds in KINDS_OF.values() for kind in kinds)


@dataclass(frozen=True, slots=True)
class Line:
    """So many times within so many days: this is proposed. `days` is how long, 0 for a removal."""

    broken: str
    times: int
    within: int
    level: str
    days: int

    @property
    def label(self) -> str:
        return str(Broken(self.broken).label)

    @property
    def level_label(self) -> str:
        return "" if self.level == NOTHING else str(Level(self.level).label)

    def counts(self, kind: str, weight_milli: int) -> bool:
        """Whether a page of the ledger counts for this rule."""
        if self.broken == Broken.GRAVE and weight_milli > GRAVE_FROM:
            return False
        return kind in KINDS_OF[self.broken]

    def plain(self) -> dict[str, Any]:
        return asdict(self)


DEFAULT_LINES = (
    Line(Broken.SHORT.value, 3, 60, Level.SUSPENSION.value, 14),
    Line(Broken.LATE.value, 3, 60, Level.WARNING.value, 30),
    Line(Broken.RULED.value, 2, 90, Level.SUSPENSION.value, 30),
    Line(Broken.GRAVE.value, 1, 90, Level.REMOVAL.value, 0),
    Line(Broken.PAPERS.value, 1, 30, Level.NOTICE.value, 30),
    Line(Broken.INSPECTION.value, 2, 90, Level.NOTICE.value, 30),
    Line(Broken.SILENT.value, 3, 60, Level.WARNING.value, 30),
)
DEFAULT_ROUNDS = 2


class Consequences(GroupOwned):
    """A later version of the table. Append-only: a change is a new version, and what happened
    before it is judged by the one that held then."""

    append_only = True

    version = models.PositiveIntegerField()
    # [{broken, times, within, level, days}] in the order of Broken
    lines = models.JSONField()
    # so many completed rounds in a month before a shop can be the shop of the month
    month_rounds = models.PositiveSmallIntegerField()
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "version"], name="consequences_version_unique"
            ),
            models.CheckConstraint(
                condition=Q(version__gt=FIRST_VERSION), name="consequences_version_after_first"
            ),
            models.CheckConstraint(
                condition=Q(month_rounds__gte=1, month_rounds__lte=MOST_ROUNDS),
                name="consequences_rounds_bounds",
            ),
        ]
