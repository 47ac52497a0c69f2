"""What a shop promises a group: delivery, packaging, returns (M2)."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from groups.services import words
from merchants.models import Application, ApplicationStatus
from tuangou.core import clock, events
from tuangou.core.errors import InvalidTransition

# decided or out: promises are no longer one side's to change
SETTLED = (ApplicationStatus.APPROVED, ApplicationStatus.SUSPENDED)


@dataclass(frozen=True, slots=True)
class Promises:
    delivery: str
    packaging: str
    returns: str


@transaction.atomic
def promise(*, group_id: int, merchant_id: int, user_id: int, promises: Promises) -> Application:
    """Write down what the shop promises, until the group has decided. Raises InvalidTransition,
    InvalidInput."""
    application = Application.objects.lock(group_id, merchant_id)
    at = clock.now()
    if application.status in SETTLED:
        raise InvalidTransition(_("已经通过审核，承诺不能一边说改就改。和团长谈好再重新审核"))
    columns = {
        "delivery_promise": words.plain(
            promises.delivery, field="delivery", most=300, empty=_("写怎么送、几点前到")
        ),
        "packaging_promise": words.plain(
            promises.packaging, field="packaging", most=300, empty=_("写怎么包、怎么保鲜")
        ),
        "returns_promise": words.plain(
            promises.returns, field="returns", most=300, empty=_("写什么情况退、怎么退")
        ),
    }
    for name, value in columns.items():
        setattr(application, name, value)
    application.save(update_fields=list(columns))
    events.publish(
        "application.promised",
        group_id=group_id,
        subject_id=application.pk,
        actor_id=user_id,
        at=at,
        merchant=merchant_id,
    )
    return application
