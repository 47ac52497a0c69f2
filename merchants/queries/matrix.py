"""What is told of shops, and how it leaves the app: a part of tuangou/matrix.py."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from tuangou.core.matrix import DIGEST, NOW, Kind

DAY = timedelta(days=1)

KINDS = (
    Kind(
        "merchants.application_submitted",
        _("商家申请"),
        email=DIGEST,
        useful_for=7 * DAY,
        once_per="step",
    ),
    Kind(
        "merchants.application_approved",
        _("商家通过"),
        email=NOW,
        useful_for=7 * DAY,
        once_per="step",
    ),
    Kind(
        "merchants.application_rejected",
        _("商家没通过"),
        email=NOW,
        useful_for=7 * DAY,
        once_per="step",
    ),
    Kind(
        "merchants.application_changes_asked",
        _("商家要补材料"),
        email=NOW,
        useful_for=7 * DAY,
        once_per="step",
    ),
    Kind(
        "merchants.application_suspended",
        _("商家停团"),
        sms=True,
        email=NOW,
        useful_for=7 * DAY,
        once_per="step",
    ),
    Kind(
        "merchants.application_reinstated",
        _("商家恢复"),
        email=NOW,
        useful_for=7 * DAY,
        once_per="step",
    ),
    Kind(
        "merchants.document_expiring",
        _("证件快到期"),
        email=NOW,
        useful_for=7 * DAY,
        once_per="document, days",
    ),
    # what is agreed with them
    Kind(
        "merchants.agreement_proposed",
        _("约定等签字"),
        sms=True,
        email=NOW,
        useful_for=7 * DAY,
        once_per="version",
    ),
    Kind(
        "merchants.agreement_declined",
        _("约定没谈成"),
        email=NOW,
        useful_for=7 * DAY,
        once_per="version",
    ),
    Kind(
        "merchants.agreement_signed",
        _("约定签好了"),
        email=NOW,
        useful_for=7 * DAY,
        once_per="version",
    ),
    Kind(
        "merchants.agreement_coming",
        _("约定要变了"),
        email=DIGEST,
        useful_until="start",
        once_per="version",
    ),
    # days they ask for
    Kind(
        "merchants.day_asked", _("商家想约一天"), email=DIGEST, useful_for=3 * DAY, once_per="day"
    ),
    Kind("merchants.day_withdrawn", _("商家不要那天了"), once_per="day"),
    Kind("merchants.day_confirmed", _("日子留好了"), email=NOW, useful_for=3 * DAY, once_per="day"),
    Kind(
        "merchants.day_declined", _("日子没留成"), email=NOW, useful_for=3 * DAY, once_per="answer"
    ),
    # what neighbours say to shops, and what is answered
    Kind(
        "merchants.price_contested",
        _("店价有争议"),
        email=DIGEST,
        useful_for=7 * DAY,
        once_per="witness",
    ),
    Kind("merchants.price_ruled", _("店价定了"), once_per="witness"),
    Kind(
        "merchants.question_asked",
        _("邻居问商家"),
        email=NOW,
        useful_for=7 * DAY,
        once_per="question",
    ),
    Kind(
        "merchants.question_answered",
        _("商家答了"),
        email=DIGEST,
        useful_for=7 * DAY,
        once_per="answer",
    ),
    Kind("merchants.staff_left", _("店员走了"), email=NOW, useful_for=3 * DAY, once_per="helper"),
    Kind("merchants.question_hidden", _("问题收起了"), once_per="question"),
    Kind(
        "merchants.proposal_made",
        _("邻居想团一家店"),
        email=DIGEST,
        useful_for=7 * DAY,
        once_per="proposal",
    ),
    Kind("merchants.proposal_invited", _("想团的店去请了"), once_per="proposal"),
    Kind("merchants.proposal_declined", _("想团的店不请"), once_per="proposal"),
    Kind("merchants.appeal_made", _("商家申诉"), email=NOW, useful_for=7 * DAY, once_per="appeal"),
    Kind(
        "merchants.appeal_answered",
        _("申诉有答复"),
        email=NOW,
        useful_for=7 * DAY,
        once_per="appeal",
    ),
)
