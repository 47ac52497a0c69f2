"""Who may order for whom (O4): asked first, told each time, and one word is enough to stop it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from groups.models import Membership
from orders.models import Proxy, ProxyAnswer
from tuangou.core import clock, events
from tuangou.core.errors import DomainError, InvalidInput


class ProxyRefused(DomainError):
    """The neighbour does not want this person to order for her."""

    code = "proxy_refused"
    rule = "O4"
    status = 403


class AskFirst(InvalidInput):
    """A neighbour without an account hears of nothing: her proxy says once that she asked."""

    code = "ask_first"
    rule = "O4"


class NoAnswerForHerself(InvalidInput):
    code = "no_answer_for_herself"
    rule = "O4"


@dataclass(frozen=True, slots=True)
class Errand:
    """How one orders for a neighbour: who pays, who fetches, and whether she was asked to."""

    pays: bool = False
    collects: bool = False
    asked: bool = False


def admit(*, member: Membership, proxy: Membership, errand: Errand | None) -> None:
    """Whether `proxy` may order for `member` now; inside the transaction that places the order.

    With an `errand` it is the proxy's own wish: a neighbour without an account must have asked
    for it, which is recorded once with who said so and when. Orders keyed in from paper, chain or
    sheet come without one. Raises ProxyRefused, AskFirst.
    """
    pair = Proxy.objects.between(member.group_id, member_id=member.pk, proxy_id=proxy.pk)
    answer = pair.values_list("answer", flat=True).first()
    if answer == ProxyAnswer.NO:
        raise ProxyRefused(refusal_of(member))
    if errand is None or member.user_id is not None or answer is not None:
        return
    if not errand.asked:
        raise AskFirst(
            _("%(who)s 没有账号，收不到通知。本人托过你，就勾上再提交。")
            % {"who": member.masked_name},
            field="asked",
        )
    at = clock.now()
    row = Proxy(
        group_id=member.group_id,
        member=member,
        proxy=proxy,
        answer=ProxyAnswer.ASKED,
        said_by=proxy,
        said_at=at,
    )
    Proxy.objects.bulk_create([row], ignore_conflicts=True)
    events.publish(
        "proxy.asked",
        group_id=member.group_id,
        subject_id=member.pk,
        actor_id=proxy.user_id,
        at=at,
        proxy=proxy.pk,
    )


@transaction.atomic
def answer_proxy(*, member_id: int, proxy_id: int, welcome: bool) -> Proxy:
    """The member says whether this neighbour may go on ordering for her. The last word counts.

    Raises NoAnswerForHerself.
    """
    member = Membership.objects.get(pk=member_id)
    if proxy_id == member_id:
        raise NoAnswerForHerself(_("自己给自己下单不用说。"))
    at = clock.now()
    row, _made = Proxy.objects.update_or_create(
        group_id=member.group_id,
        member_id=member_id,
        proxy_id=proxy_id,
        defaults={
            "answer": ProxyAnswer.YES if welcome else ProxyAnswer.NO,
            "said_by_id": member_id,
            "said_at": at,
        },
    )
    events.publish(
        "proxy.answered",
        group_id=member.group_id,
        subject_id=member_id,
        actor_id=member.user_id,
        at=at,
        proxy=proxy_id,
        answer=row.answer,
    )
    return row


def refusal_of(member: Membership) -> str:
    """The sentence for whoever is not wanted as a proxy."""
    return _("%(who)s 说过不要别人代下单。问问本人，或让本人自己下。") % {"who": member.masked_name}
