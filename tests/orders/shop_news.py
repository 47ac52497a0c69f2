"""What a shop and the officers agree on, and days it asks for: part of the life in news.py."""

from __future__ import annotations

from datetime import timedelta

from merchants.access import Signer
from merchants.models import MerchantStaff
from merchants.services import agreements, days
from merchants.services.agreements import Terms
from merchants.services.promises import Promises
from merchants.services.staff import remove_helper
from orders.services.days import confirm_day
from tests.factories import make_user
from tests.orders.stages import Stage, at
from tuangou.core import events


def a_helper_goes(stage: Stage) -> None:
    """By herself."""
    user, shop_id = make_user("小马"), stage.round.merchant_id
    row = MerchantStaff.objects.create(merchant_id=shop_id, user=user, role="helper")
    with at(stage.start):
        remove_helper(merchant_id=shop_id, staff_id=row.pk, actor_user_id=user.pk)
    events.drain(None)


def terms_and_days(stage: Stage) -> None:
    """One change signed, one refused; one day kept and given up, one not kept."""
    shop, officer = stage.round.merchant, stage.initiator
    owner = MerchantStaff.objects.get(merchant=shop, role="owner").user_id
    it = {"group_id": stage.group.pk, "merchant_id": shop.pk}
    ours, theirs = Signer(("group",), officer.user_id or 0, officer.pk), Signer(("shop",), owner)
    with at(stage.start):
        draft = agreements.propose(**it, signer=ours, terms=Terms(Promises("", "", ""), 600))
        agreements.sign(**it, signer=theirs, content=draft.content_sha256)
        draft = agreements.propose(**it, signer=theirs, terms=Terms(Promises("周六到", "", "")))
        agreements.decline(**it, signer=ours, content=draft.content_sha256, note="不改")
        day = stage.group.local(stage.start).date() + timedelta(days=60)
        kept = days.ask_day(**it, day=day, wish="", user_id=owner)
        confirm_day(merchant_day_id=kept.pk, actor_id=officer.pk)
        days.withdraw_day(merchant_day_id=kept.pk, user_id=owner)
        other = days.ask_day(**it, day=day, wish="", user_id=owner)
        days.decline_day(merchant_day_id=other.pk, actor_id=officer.pk, answer="有喜事")
    events.drain(stage.group.pk)
