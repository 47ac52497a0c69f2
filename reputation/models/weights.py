"""What each kind of entry weighs, by version (R5). Published as it stands: docs/ledger.md.

Thousandths, so that every weight is a whole number. A new version is a new table; an entry keeps
the version it was written under, and no table here is ever edited.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from django.db import models
from django.utils.translation import gettext_lazy as _


class Subject(models.TextChoices):
    MERCHANT = "merchant", _("商家")
    MANDATE = "mandate", _("团长")
    MEMBER = "member", _("群友")
    GROUP = "group", _("本群")


class Kind(models.TextChoices):
    ON_TIME = "on_time", _("按时送齐")
    SHORT = "short", _("送货不足")
    LATE = "late", _("送货迟到")
    NOTHING_CAME = "nothing_came", _("没有送货")
    RETURN_ACCEPTED = "return_accepted", _("同意退货")
    ANSWERED_LATE = "answered_late", _("退货 24 小时没答复")
    DOCUMENT_LAPSED = "document_lapsed", _("证件过期")
    INSPECTION_PASSED = "inspection_passed", _("验货通过")
    INSPECTION_FAILED = "inspection_failed", _("验货没通过")
    RATING = "rating", _("邻居评价")
    COMPLAINT_LATE = "complaint_late", _("投诉 24 小时没答复")
    RULING = "ruling", _("投诉裁定属实")
    REFUTED = "refuted", _("否认被查实不符")
    APOLOGISED = "apologised", _("道歉")
    EXPLAINED = "explained", _("解释")
    DENIED = "denied", _("否认")
    REPAIRED = "repaired", _("补救")
    FAILED_BY_MERCHANT = "failed_by_merchant", _("商家的原因没成团")
    SANCTIONED = "sanctioned", _("处分")
    SANCTION_LIFTED = "sanction_lifted", _("处分解除")
    RECOGNISED = "recognised", _("表扬")
    ROUND_RUN = "round_run", _("按时结团")
    ROUND_SLOW = "round_slow", _("结团拖延")
    DECIDED_LATE = "decided_late", _("退货 72 小时没决定")
    COMPLAINTS_IN_TIME = "complaints_in_time", _("投诉按时处理")
    OVERTURNED = "overturned", _("裁定被推翻")
    RULING_VETTED = "ruling_vetted", _("审过的商家被裁定属实")
    PAID_LATE = "paid_late", _("结团时还没付清")
    NOT_COLLECTED = "not_collected", _("没来取货")
    ABUSIVE = "abusive", _("投诉裁定为滥用")
    MONTH_SEALED = "month_sealed", _("月报封存")
    CORRECTION = "correction", _("更正")


VERSION = 1

# A rating weighs (stars - 3) times this.
PER_STAR = 100

# A complaint that was upheld, by its severity; a refuted denial weighs the same once more, and the
# mandate that vetted the merchant bears a part of it.
RULINGS: Mapping[str, int] = MappingProxyType({"light": -1000, "serious": -3000, "grave": -10_000})
VETTED_BEARS = 4  # one in so many parts

# What an answer gives back of what a ruling took (R6), before the merchant's following makes it
# less: apology with its remedy delivered, apology or explanation that the complainant accepts.
REPAIRS: Mapping[str, int] = MappingProxyType(
    {"remedy": 800, "apology": 400, "explanation": 200, "denial": 0}
)
FOLLOWING = 50  # households

# Each page of these kinds seals a weight of its own.
OWN_WEIGHT = frozenset({Kind.RATING, Kind.RULING, Kind.REFUTED, Kind.RULING_VETTED, Kind.REPAIRED})

WEIGHTS: Mapping[int, Mapping[str, int]] = MappingProxyType(
    {
        1: MappingProxyType(
            {
                Kind.ON_TIME: 1000,
                Kind.SHORT: -500,
                Kind.LATE: -500,
                Kind.NOTHING_CAME: -1000,
                Kind.RETURN_ACCEPTED: -100,
                Kind.ANSWERED_LATE: -200,
                Kind.DOCUMENT_LAPSED: -500,
                Kind.INSPECTION_PASSED: 200,
                Kind.INSPECTION_FAILED: -1000,
                Kind.COMPLAINT_LATE: -200,
                Kind.FAILED_BY_MERCHANT: -1000,
                Kind.ROUND_RUN: 1000,
                Kind.ROUND_SLOW: -500,
                Kind.DECIDED_LATE: -500,
                Kind.COMPLAINTS_IN_TIME: 200,
                Kind.OVERTURNED: -1000,
                Kind.PAID_LATE: -500,
                Kind.NOT_COLLECTED: -500,
                Kind.ABUSIVE: -1000,
                Kind.APOLOGISED: 0,
                Kind.EXPLAINED: 0,
                Kind.DENIED: 0,
                Kind.SANCTIONED: 0,
                Kind.SANCTION_LIFTED: 0,
                Kind.RECOGNISED: 0,
                Kind.MONTH_SEALED: 0,
                Kind.CORRECTION: 0,
            }
        )
    }
)

# Whose account a kind is written to.
SUBJECT_OF: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys((Kind.ROUND_RUN, Kind.ROUND_SLOW, Kind.DECIDED_LATE), Subject.MANDATE),
        **dict.fromkeys(
            (Kind.COMPLAINTS_IN_TIME, Kind.OVERTURNED, Kind.RULING_VETTED), Subject.MANDATE
        ),
        **dict.fromkeys((Kind.PAID_LATE, Kind.NOT_COLLECTED, Kind.ABUSIVE), Subject.MEMBER),
        Kind.MONTH_SEALED: Subject.GROUP,
    }
)

# Goods recorded as arrived later than this after the pick-up window began are late.
LATE_AFTER = timedelta(minutes=30)
# A round completed later than this after its pick-up window ended was held up.
RUN_WITHIN = timedelta(days=3)


def subject_of(kind: str) -> str:
    """Whose account a kind is written to: mostly the merchant's."""
    return SUBJECT_OF.get(kind, Subject.MERCHANT)


def weight_of(kind: str, *, stars: int = 3) -> int:
    """Thousandths, under the present version."""
    if kind == Kind.RATING:
        return (stars - 3) * PER_STAR
    return WEIGHTS[VERSION][kind]


# Kinds that tell of something and weigh nothing: no fact of a standing, and not counted for it.
TELLING = frozenset(kind for kind, milli in WEIGHTS[VERSION].items() if not milli)
