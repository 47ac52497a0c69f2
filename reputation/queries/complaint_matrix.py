"""What leaves the app of complaints, and how: a part of tuangou/matrix.py (ux 5)."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from tuangou.core.matrix import NOW, Kind

DAY = timedelta(days=1)

KINDS = (
    Kind(
        "reputation.complaint_opened",
        _("有投诉，等答复"),
        sms=True,
        email=NOW,
        useful_for=DAY,
        confidential=True,
        once_per="complaint",
    ),
    Kind(
        "reputation.complaint_answered",
        _("投诉有答复"),
        email=NOW,
        useful_for=3 * DAY,
        confidential=True,
        once_per="complaint, step",
    ),
    Kind(
        "reputation.complaint_suggested",
        _("投诉有人提了办法"),
        useful_for=2 * DAY,
        confidential=True,
        once_per="complaint, step",
    ),
    Kind(
        "reputation.complaint_late",
        _("投诉到点没答复"),
        sms=True,
        email=NOW,
        useful_for=DAY,
        confidential=True,
        once_per="complaint, hours",
    ),
    Kind(
        "reputation.complaint_ruled",
        _("投诉有结果"),
        email=NOW,
        useful_for=7 * DAY,
        confidential=True,
        once_per="complaint, step",
    ),
    Kind(
        "reputation.complaint_appealed",
        _("对裁定有申诉"),
        email=NOW,
        useful_for=7 * DAY,
        confidential=True,
        once_per="complaint",
    ),
    Kind(
        "reputation.panel_drawn",
        _("抽到你来评议"),
        sms=True,
        email=NOW,
        useful_for=3 * DAY,
        confidential=True,
        once_per="panel, seat",
    ),
)
