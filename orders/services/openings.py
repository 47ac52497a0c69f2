"""Rounds up to taking orders: drafting, opening, extending, and the checks of O2."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from groups.models import Group, Mandate, Membership, PickupPoint
from merchants.models import Application
from merchants.queries.agreements import agreement_at
from merchants.queries.documents import papers_lacking
from orders.models import Payee, Round, RoundStatus
from orders.services import waiting
from orders.services.days import check_day
from orders.services.offers import OfferSpec, freeze_offers, rewrite_offers, write_offers
from tuangou.core import clock, events, outgoing
from tuangou.core.errors import DomainError, InvalidInput

CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
PREFIX_UNIQUE_FOR = timedelta(days=180)


class MerchantNotApproved(DomainError):
    code = "merchant_not_approved"
    rule = "O2"


class PapersDoNotLast(DomainError):
    """A paper the approval stands on ends before the pick-up does."""

    code = "papers_do_not_last"
    rule = "M3"


class NoAgreement(DomainError):
    """No terms that both have signed are in force."""

    code = "no_agreement"
    rule = "M5"


class BadTimes(InvalidInput):
    code = "bad_times"
    rule = "O1"


@dataclass(frozen=True, slots=True)
class RoundSpec:
    """What the initiator fills in. Times are moments with a zone; minimum_fen is an amount."""

    title: str
    opens_at: datetime
    cut_off_at: datetime
    pickup_point_id: int
    pickup_from: datetime
    pickup_until: datetime
    offers: Sequence[OfferSpec]
    note: str = ""
    minimum_households: int | None = None
    minimum_fen: int | None = None
    payee: str = Payee.INITIATOR
    to_the_door: bool = False


@transaction.atomic
def draft_round(
    *,
    group_id: int,
    actor_id: int,
    merchant_id: int,
    spec: RoundSpec,
    copied_from_id: int | None = None,
    request_id: UUID | None = None,
) -> Round:
    """Save a draft (O1). Nothing binds yet: merchant, day and prices are checked at opening (O2).

    Names, units and store prices are copied from the items now and again at opening. The event
    carries `request_id`, so that the draft it made is found again.
    Raises BadTimes, NoOffers, BadOffer, NotUnderStorePrice, MerchantNotApproved.
    """
    group = Group.objects.lock(group_id)  # codes are drawn under it, so their prefix is unique
    at = clock.now()
    _check_spec(group_id, spec, at)
    if not Application.objects.of_group(group_id).filter(merchant_id=merchant_id).exists():
        raise MerchantNotApproved(_("这家不在本群的商家名单里。先让它申请入驻。"))
    rnd = Round.objects.create(
        group=group,
        merchant_id=merchant_id,
        initiator_id=_initiator_id(group_id, actor_id),
        code=_new_code(group_id, at),
        copied_from_id=copied_from_id,
        commission_bp=group.commission_bp,
        created_at=at,
        month=group.month_of(spec.cut_off_at),
        **_columns(spec),
    )
    write_offers(rnd, spec.offers)
    events.publish(
        "round.drafted",
        group_id=group_id,
        subject_id=rnd.pk,
        actor_id=user_of(actor_id),
        at=at,
        copied_from=copied_from_id,
        **({"request": str(request_id)} if request_id else {}),
    )
    return rnd


@transaction.atomic
def update_draft(*, round_id: int, actor_id: int, spec: RoundSpec) -> Round:
    """Replace everything in a draft but its merchant and code. Raises as draft_round."""
    rnd = Round.objects.lock(round_id)
    at = clock.now()
    if rnd.status != RoundStatus.DRAFT:
        raise DomainError(_("已经开团，不能再改内容。要改就取消后重开。"))
    _check_spec(rnd.group_id, spec, at)
    columns = _columns(spec)
    for name, value in columns.items():
        setattr(rnd, name, value)
    rnd.month = rnd.group.month_of(rnd.cut_off_at)
    rnd.save(update_fields=[*columns, "month"])
    rewrite_offers(rnd, spec.offers)
    events.publish(
        "round.redrafted",
        group_id=rnd.group_id,
        subject_id=rnd.pk,
        actor_id=user_of(actor_id),
        at=at,
    )
    return rnd


@transaction.atomic
def open_round(*, round_id: int, actor_id: int) -> Round:
    """Open a draft after the checks of O2, under the locks of group and approval.

    The merchant is approved and not suspended, and its papers last to the day the pick-up ends
    (M3), also against one taken back at the same moment; each offer lies under its store price by
    the group's margin; at most merchants_per_day merchants have a cut-off on that local day, days
    kept for others counted. The commission of the agreement in force when it opens is frozen (M5),
    which the database compares.
    Raises MerchantNotApproved, NoAgreement, PapersDoNotLast, TooManyMerchantsThatDay,
    NotUnderStorePrice, BadTimes.
    """
    group, application, rnd = _lock_for_opening(round_id)
    at = clock.now()
    _check_merchant(application)
    _check_papers(group, application, rnd, at)
    if rnd.cut_off_at <= at:
        raise BadTimes(_("截单时间已经过了。改一个往后的时间。"), field="cut_off")
    _check_day(group, rnd)
    freeze_offers(group, rnd)
    rnd.opens_at = max(rnd.opens_at, at)
    rnd.commission_bp = _commission_bp(application, rnd.opens_at)
    rnd.save(update_fields=["opens_at", "commission_bp"])
    _take_orders(rnd, at)
    events.publish(
        "round.opened",
        group_id=group.pk,
        subject_id=rnd.pk,
        actor_id=user_of(actor_id),
        at=at,
    )
    return rnd


@transaction.atomic
def extend_round(*, round_id: int, actor_id: int, cut_off_at: datetime) -> Round:
    """Open a closed round once more with a later cut-off (O1).

    What binds at opening binds again, under the same locks: the merchant, and how many merchants
    have their cut-off on that local day (O2).
    Raises BadTimes, MerchantNotApproved, PapersDoNotLast, TooManyMerchantsThatDay,
    InvalidTransition.
    """
    group, application, rnd = _lock_for_opening(round_id)
    at = clock.now()
    _check_merchant(application)
    _check_papers(group, application, rnd, at)
    if cut_off_at <= at:
        raise BadTimes(_("截单时间已经过了。改一个往后的时间。"), field="cut_off")
    if cut_off_at > rnd.pickup_from:
        raise BadTimes(_("自提要在截单之后。截单改早一点。"), field="cut_off")
    _take_orders(rnd, at)
    rnd.cut_off_at = cut_off_at
    rnd.month = group.month_of(cut_off_at)
    _check_day(group, rnd)
    rnd.save(update_fields=["cut_off_at", "month"])
    waiting.serve_again(rnd=rnd, at=at)
    outgoing.cancel(group_id=rnd.group_id, kinds="round.", subject_id=rnd.pk)
    events.publish(
        "round.extended",
        group_id=rnd.group_id,
        subject_id=rnd.pk,
        actor_id=user_of(actor_id),
        at=at,
    )
    return rnd


def _lock_for_opening(round_id: int) -> tuple[Group, Application, Round]:
    """Group, approval, round: the lock order of whatever lets a round take orders."""
    group_id, merchant_id = Round.objects.values_list("group_id", "merchant_id").get(pk=round_id)
    group = Group.objects.lock(group_id)
    application = Application.objects.lock(group_id, merchant_id)
    return group, application, Round.objects.lock(round_id)


def _check_merchant(application: Application) -> None:
    if not application.may_open_rounds:
        raise MerchantNotApproved(
            _("%(brand)s现在不能开团：%(status)s。先在商家页处理。")
            % {
                "brand": application.merchant.brand,
                "status": application.get_status_display(),
            }
        )


def _take_orders(rnd: Round, at: datetime) -> None:
    """The database looks at the papers once more: one may have been taken back since."""
    try:
        rnd.move_to(RoundStatus.OPEN, at=at)
    except IntegrityError as error:
        if "orders_round_needs_agreement" in str(error):
            raise NoAgreement(_("商家的约定刚刚变了。看一眼新的佣金，再开团。")) from error
        if "orders_round_needs_papers" not in str(error):
            raise
        raise PapersDoNotLast(
            _("商家的证件刚刚变了，到不了自提结束那天。让店里先传新的证件。")
        ) from error


def _check_papers(group: Group, application: Application, rnd: Round, at: datetime) -> None:
    last_day = group.local(rnd.pickup_until).date()
    lacking = papers_lacking(application, today=group.local(at).date(), last_day=last_day)
    if lacking:
        raise PapersDoNotLast(
            _("%(brand)s的%(papers)s到不了自提结束那天。让店里先传新的证件。")
            % {"brand": application.merchant.brand, "papers": _("、").join(lacking)}
        )


def _check_spec(group_id: int, spec: RoundSpec, at: datetime) -> None:
    _check_times(spec, at)
    points = PickupPoint.objects.filter(group_id=group_id, is_active=True)
    if not points.filter(pk=spec.pickup_point_id).exists():
        raise InvalidInput(_("自提点不在本群的名单里。重新选一个。"), field="pickup_point")
    if spec.payee not in Payee.values:
        raise InvalidInput(_("收款人选团长或商家。"), field="payee")
    for name in ("minimum_households", "minimum_fen"):
        if (minimum := getattr(spec, name)) is not None and minimum < 1:
            raise InvalidInput(_("起团量要大于 0；不设就留空。"), field=name)


def _check_times(spec: RoundSpec, at: datetime) -> None:
    if spec.cut_off_at <= at:
        raise BadTimes(_("截单时间已经过了。改一个往后的时间。"), field="cut_off")
    if spec.cut_off_at <= spec.opens_at:
        raise BadTimes(_("截单要在开团之后。改一下时间。"), field="cut_off")
    if spec.pickup_from < spec.cut_off_at:
        raise BadTimes(_("自提要在截单之后。改一下自提时间。"), field="pickup")
    if spec.pickup_until <= spec.pickup_from:
        raise BadTimes(_("自提结束要晚于开始。改一下自提时间。"), field="pickup")


def _columns(spec: RoundSpec) -> dict[str, object]:
    return {
        "title": spec.title,
        "note": spec.note,
        "opens_at": spec.opens_at,
        "cut_off_at": spec.cut_off_at,
        "pickup_point_id": spec.pickup_point_id,
        "pickup_from": spec.pickup_from,
        "pickup_until": spec.pickup_until,
        "minimum_households": spec.minimum_households,
        "minimum_fen": spec.minimum_fen,
        "payee": spec.payee,
        "to_the_door": spec.to_the_door,
    }


def _check_day(group: Group, rnd: Round) -> None:
    check_day(group, rnd.merchant_id, rnd.cut_off_at)


def _commission_bp(application: Application, at: datetime) -> int:
    """Of the agreement in force at that moment. Raises NoAgreement."""
    agreement = agreement_at(application_id=application.pk, at=at)
    if agreement is None:
        raise NoAgreement(
            _("和%(brand)s的约定还没签完。团长和店主到商家页签好，再开团。")
            % {"brand": application.merchant.brand}
        )
    return agreement.commission_bp


def _new_code(group_id: int, at: datetime) -> str:
    """Six characters; the first three are unique in the group for 180 days (O1)."""
    used = {
        code[:3]
        for code in Round.objects.of_group(group_id)
        .filter(created_at__gt=at - PREFIX_UNIQUE_FOR)
        .values_list("code", flat=True)
    }
    while True:
        code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(6))
        if code[:3] not in used and not Round.objects.filter(code=code).exists():
            return code


def _initiator_id(group_id: int, actor_id: int) -> int:
    """The initiator in office answers for the round, also when her deputy drafts it (G5)."""
    in_office = Mandate.objects.filter(group_id=group_id, ended_at__isnull=True)
    holder = in_office.values_list("membership_id", flat=True).first()
    return holder or actor_id


def user_of(membership_id: int | None) -> int | None:
    if membership_id is None:
        return None
    return Membership.objects.values_list("user_id", flat=True).get(pk=membership_id)
