"""Whom a member follows: she is told when that merchant opens a round."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from groups.models import Membership
from merchants.models import Application, Follow
from merchants.services.witnesses import NotSoldHere
from tuangou.core import clock


@transaction.atomic
def follow(*, group_id: int, merchant_id: int, actor_id: int, on: bool) -> bool:
    """Follow a merchant of this group, or stop; twice is once. Whether she does now. NotSoldHere.

    No event: whom she follows is nobody's business but hers.
    """
    actor = Membership.objects.of_group(group_id).get(pk=actor_id)
    rows = Follow.objects.filter(group_id=group_id, merchant_id=merchant_id, member=actor)
    if not on:
        rows.delete()
        return False
    if not Application.objects.of_group(group_id).filter(merchant_id=merchant_id).exists():
        raise NotSoldHere(_("这家商家不在本群"))
    Follow.objects.get_or_create(
        group_id=group_id,
        merchant_id=merchant_id,
        member=actor,
        defaults={"since": clock.now()},
    )
    return True
