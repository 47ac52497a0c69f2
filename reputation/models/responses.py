"""What the other side says to a complaint, once, and whether its remedy came (R3)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from groups.models import GroupOwned
from orders.models import Return
from reputation.models.complaints import Complaint
from tuangou.core.models import User


class ResponseKind(models.TextChoices):
    """In the order offered: an apology wins neighbours back."""

    APOLOGY = "apology", _("道歉")
    REMEDY = "remedy", _("道歉并补偿")
    EXPLANATION = "explanation", _("解释")
    DENIAL = "denial", _("否认")


class Response(GroupOwned):
    """The one answer to a complaint, with what it promises in fen, and by which day."""

    append_only = True

    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="responses")
    kind = models.CharField(max_length=11, choices=ResponseKind)
    text = models.CharField(max_length=500)
    remedy_fen = models.BigIntegerField(null=True)
    remedy_by = models.DateField(null=True)
    answered_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    answered_at = models.DateTimeField()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "complaint"], name="one_response_per_complaint"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=ResponseKind.values), name="response_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(
                    kind="remedy",
                    remedy_fen__gt=0,
                    remedy_fen__lt=10**10,
                    remedy_by__isnull=False,
                )
                | (~Q(kind="remedy") & Q(remedy_fen__isnull=True, remedy_by__isnull=True)),
                name="response_remedy_iff_promised",
            ),
        ]


class RemedyDelivery(GroupOwned):
    """The promised remedy came: the complainant says so, or the refund of the goods shows it."""

    append_only = True

    response = models.ForeignKey(Response, models.PROTECT, related_name="deliveries")
    ret = models.ForeignKey(Return, models.PROTECT, null=True, related_name="+")
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(fields=["group", "response"], name="remedy_delivered_once"),
            models.CheckConstraint(
                condition=Q(ret__isnull=False) | Q(confirmed_by__isnull=False),
                name="remedy_delivery_is_shown",
            ),
        ]
