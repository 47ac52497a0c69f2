"""Who may order for whom: the standing word between two neighbours (O4)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from groups.models import GroupOwned, Membership


class ProxyAnswer(models.TextChoices):
    ASKED = "asked", _("托我代下单")
    YES = "yes", _("可以帮我下单")
    NO = "no", _("不要帮我下单")


class ProxyQuerySet(models.QuerySet["Proxy"]):
    def between(self, group_id: int, *, member_id: Any, proxy_id: int) -> ProxyQuerySet:
        """The row of one pair, if there is one; `member_id` may be an OuterRef."""
        return self.filter(group_id=group_id, member_id=member_id, proxy_id=proxy_id)


class Proxy(GroupOwned):
    """What one member said of another who orders for her: at most one row per pair.

    Who has an account says yes or no herself. For a neighbour without one, the proxy records once
    that she was asked to. The events keep what was said before.
    """

    member = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    proxy = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    answer = models.CharField(max_length=5, choices=ProxyAnswer)
    said_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    said_at = models.DateTimeField()

    objects = ProxyQuerySet.as_manager()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "member", "proxy"], name="proxy_once_per_pair"
            ),
            models.CheckConstraint(
                condition=Q(answer__in=ProxyAnswer.values), name="proxy_answer_known"
            ),
            models.CheckConstraint(condition=~Q(member=F("proxy")), name="proxy_is_another_person"),
            models.CheckConstraint(
                condition=Q(answer="asked", said_by=F("proxy"))
                | Q(answer__in=("yes", "no"), said_by=F("member")),
                name="proxy_said_by_whose_word_it_is",
            ),
        ]
