"""What is told of trust, and how it leaves the app: a part of tuangou/matrix.py."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from tuangou.core.matrix import DIGEST, NOW, Kind

DAY = timedelta(days=1)

KINDS = (
    # sanctions and recognition
    Kind(
        "reputation.sanction_proposed",
        _("按后果表该定处分"),
        email=DIGEST,
        useful_for=7 * DAY,
        once_per="rule, pages",
    ),
    Kind(
        "reputation.shop_sanctioned",
        _("受了处分（商家）"),
        sms=True,
        email=NOW,
        useful_for=7 * DAY,
        once_per="sanction",
    ),
    Kind(
        "reputation.sanction_decided",
        _("商家受了处分"),
        email=NOW,
        useful_for=7 * DAY,
        once_per="sanction",
    ),
    Kind(
        "reputation.sanction_ended",
        _("处分到期"),
        email=NOW,
        useful_for=3 * DAY,
        once_per="sanction",
    ),
    Kind(
        "reputation.sanction_lifted",
        _("处分解除"),
        email=NOW,
        useful_for=7 * DAY,
        once_per="sanction",
    ),
    Kind(
        "reputation.sanction_appealed",
        _("商家对处分申诉"),
        email=NOW,
        useful_for=7 * DAY,
        once_per="sanction",
    ),
    Kind(
        "reputation.appeal_drawn",
        _("抽到你评申诉"),
        sms=True,
        email=NOW,
        confidential=True,
        useful_for=3 * DAY,
        once_per="panel, seat",
    ),
    Kind(
        "reputation.sanction_appeal_decided",
        _("处分的申诉定了"),
        email=NOW,
        useful_for=7 * DAY,
        once_per="sanction",
    ),
    Kind(
        "reputation.merchant_recognised",
        _("评上本月好商家"),
        email=DIGEST,
        useful_for=7 * DAY,
        once_per="month",
    ),
    Kind(
        "reputation.consequences_published",
        _("后果表改了"),
        email=DIGEST,
        useful_for=7 * DAY,
        once_per="version",
    ),
)
