"""Who may see and do what with rounds, orders, money and returns; one answer for HTML and API.

Strangers and whoever has nothing to do with a row get 404; members without the office get 403.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import Http404
from django.utils.translation import gettext as _

from groups.access import AnyUser, initiator_for, membership_for, officer_for
from groups.models import GroupOwned, GroupStatus, Membership
from merchants.access import role_in
from merchants.models import StaffRole
from orders.models import (
    CheckOff,
    DeliveryPhoto,
    HelperLink,
    Hold,
    Order,
    OrderLine,
    Payee,
    Payment,
    Proxy,
    ProxyAnswer,
    Return,
    ReturnPhoto,
    Round,
    RoundStatus,
)
from tuangou.core.errors import NotAllowed
from tuangou.core.kept import Kept

Row = TypeVar("Row", bound=GroupOwned)


def round_for_member(user: AnyUser, slug: str, round_id: int) -> tuple[Membership, Round]:
    """Any round of her group; drafts are 404 for everyone but officers."""
    member = membership_for(user, slug)
    rnd = _round_in(member, round_id)
    if rnd.status == RoundStatus.DRAFT and not member.is_officer:
        raise Http404
    return member, rnd


def round_for_officer(user: AnyUser, slug: str, round_id: int) -> tuple[Membership, Round]:
    """Any round of the group, for the initiator and deputies; 403 for other members."""
    officer = officer_for(user, slug)
    return officer, _round_in(officer, round_id)


def round_for_initiator(user: AnyUser, slug: str, round_id: int) -> tuple[Membership, Round]:
    """Any round of the group, for the initiator only: money and cancelling."""
    initiator = initiator_for(user, slug)
    return initiator, _round_in(initiator, round_id)


def round_for_payee(user: AnyUser, slug: str, round_id: int) -> tuple[Membership | None, Round]:
    """Who ticks money of this round as received (O8): the initiator, or the merchant's owner.

    A deputy never; the initiator may only look where the merchant is paid directly
    (`round_for_books`). The membership is None for staff who do not live here.
    """
    member, rnd = round_for_books(user, slug, round_id)
    if not _is_payee(user, member, rnd):
        raise NotAllowed(_("这个团的钱由商家收，已收由商家来点。"))
    return member, rnd


def round_for_books(user: AnyUser, slug: str, round_id: int) -> tuple[Membership | None, Round]:
    """Who may look at the money of a round: its payee, and always the initiator."""
    rnd = _round_of_slug(user, slug, round_id)
    if rnd.payee == Payee.MERCHANT and (role := role_in(user, rnd.merchant_id)):
        if role == StaffRole.OWNER:
            return _membership_or_none(user, slug), rnd
        if _membership_or_none(user, slug) is None:
            raise NotAllowed(_("钱由店主来管，店员看不到。"))
    initiator = initiator_for(user, slug)
    rnd.group = initiator.group
    return initiator, rnd


def purchase_for(user: AnyUser, slug: str, round_id: int) -> tuple[Membership | None, Round]:
    """What a round buys (O14): for the officers, and the merchant's staff once it is open.

    The membership is None for staff who do not live here. 403 for other members.
    """
    rnd = _round_of_slug(user, slug, round_id)
    if rnd.status != RoundStatus.DRAFT and role_in(user, rnd.merchant_id):
        return _membership_or_none(user, slug), rnd
    officer = officer_for(user, slug)
    rnd.group = officer.group
    return officer, rnd


def may_receive(user: AnyUser, member: Membership | None, rnd: Round) -> bool:
    """Whether this person, who may see the round's money, also ticks it: pages hide the buttons."""
    return _is_payee(user, member, rnd)


def order_for_member(user: AnyUser, slug: str, order_id: int) -> tuple[Membership, Order]:
    """An order that she placed or that is for her household; any one for an officer; else 404."""
    member = membership_for(user, slug)
    return member, _one(visible_orders(member), order_id, member)


def order_for_officer(user: AnyUser, slug: str, order_id: int) -> tuple[Membership, Order]:
    """Any order of the group, for the desk and the console."""
    officer = officer_for(user, slug)
    return officer, _one(_orders().filter(group_id=officer.group_id), order_id, officer)


def order_for_initiator(user: AnyUser, slug: str, order_id: int) -> tuple[Membership, Order]:
    """Any order of the group, to decide what becomes of it: the initiator only."""
    initiator = initiator_for(user, slug)
    return initiator, _one(_orders().filter(group_id=initiator.group_id), order_id, initiator)


def order_for_payee(user: AnyUser, slug: str, order_id: int) -> tuple[Membership | None, Order]:
    """An order whose money this person ticks."""
    order = _orders().filter(pk=order_id).first()
    if order is None:
        membership_for(user, slug)
        raise Http404
    member, rnd = round_for_payee(user, slug, order.round_id)
    order.round = rnd
    return member, order


def payment_for_payee(
    user: AnyUser, slug: str, payment_id: int
) -> tuple[Membership | None, Payment]:
    """A payment this person may undo."""
    payment = Payment.objects.select_related("order").filter(pk=payment_id).first()
    if payment is None:
        membership_for(user, slug)
        raise Http404
    member, rnd = round_for_payee(user, slug, payment.round_id)
    payment.round = rnd
    return member, payment


def line_for_member(user: AnyUser, slug: str, line_id: int) -> tuple[Membership, OrderLine]:
    """A line of an order she may see: what she asks to give back."""
    member = membership_for(user, slug)
    lines = OrderLine.objects.select_related("offer", "order__round").filter(
        order__in=visible_orders(member)
    )
    return member, _one(lines, line_id, member)


def check_off_for_officer(
    user: AnyUser, slug: str, check_off_id: int
) -> tuple[Membership, CheckOff]:
    """A hand-over of the group, to undo it."""
    officer = officer_for(user, slug)
    check_offs = CheckOff.objects.select_related("order__round").filter(group_id=officer.group_id)
    return officer, _one(check_offs, check_off_id, officer)


def order_by_token(user: AnyUser, token: str) -> tuple[Membership, Order]:
    """The order of a pick-up QR (O10): for officers and for who may see the order; else 404.

    The token opens nothing by itself: a stranger with the picture learns nothing.
    """
    order = _orders().select_related("group").filter(pickup_token=token).first()
    if order is None:
        raise Http404
    return order_for_member(user, order.group.slug, order.pk)


def hold_for_initiator(user: AnyUser, slug: str, hold_id: int) -> tuple[Membership, Hold]:
    """Goods of the group that are stopped, to decide about them: the initiator only."""
    initiator = initiator_for(user, slug)
    holds = Hold.objects.select_related("round", "offer").filter(group_id=initiator.group_id)
    return initiator, _one(holds, hold_id, initiator)


def delivery_photo_for_member(
    user: AnyUser, slug: str, photo_id: int
) -> tuple[Membership, DeliveryPhoto]:
    """A picture of what came for the group; the file itself has no public address."""
    member = membership_for(user, slug)
    return member, _one(DeliveryPhoto.objects.filter(group_id=member.group_id), photo_id, member)


def helper_link(token: str) -> HelperLink:
    """The link of a day's helper: its list and nothing else; 404 once it is over (O10)."""
    link = HelperLink.objects.opened_by(token)
    if link is None:
        raise Http404
    return link


def order_of_helper(link: HelperLink, **known: Any) -> Order:
    """The order with this pk, or this pickup_token, if it is on the helper's list; else 404."""
    order = link.orders().filter(**known).first()
    if order is None:
        raise Http404
    order.round = link.round
    return order


def check_off_of_helper(link: HelperLink, check_off_id: int) -> CheckOff:
    """A hand-over of an order on the helper's list, else 404."""
    done = CheckOff.objects.filter(pk=check_off_id, order__in=link.orders()).first()
    if done is None:
        raise Http404
    done.order = order_of_helper(link, pk=done.order_id)
    return done


def return_for_member(user: AnyUser, slug: str, return_id: int) -> tuple[Membership, Return]:
    """A return of an order she may see, or any one for an officer; else 404."""
    member = membership_for(user, slug)
    returns = _returns().filter(order__in=visible_orders(member))
    return member, _one(returns, return_id, member)


def return_for_officer(user: AnyUser, slug: str, return_id: int) -> tuple[Membership, Return]:
    """Any return of the group: deputies look, the initiator decides."""
    officer = officer_for(user, slug)
    return officer, _one(_returns().filter(group_id=officer.group_id), return_id, officer)


def return_for_initiator(user: AnyUser, slug: str, return_id: int) -> tuple[Membership, Return]:
    """Any return of the group, to decide it: money, so the initiator only."""
    initiator = initiator_for(user, slug)
    return initiator, _one(_returns().filter(group_id=initiator.group_id), return_id, initiator)


def return_for_payee(user: AnyUser, slug: str, return_id: int) -> tuple[Membership | None, Return]:
    """An accepted return whose money this person gives back."""
    ret = _returns().filter(pk=return_id).first()
    if ret is None:
        membership_for(user, slug)
        raise Http404
    member, rnd = round_for_payee(user, slug, ret.round_id)
    ret.round = rnd
    return member, ret


def photo_for_member(user: AnyUser, slug: str, photo_id: int) -> tuple[Membership, ReturnPhoto]:
    """A picture of a return she may see; the file itself has no public address."""
    member = membership_for(user, slug)
    photos = ReturnPhoto.objects.filter(ret__order__in=visible_orders(member))
    return member, _one(photos, photo_id, member)


def round_by_code(code: str) -> tuple[str, int]:
    """Slug and id behind a short link; tells nothing but where to go. Http404 if there is none."""
    row = (
        Round.objects.filter(code=code.upper(), group__status=GroupStatus.ACTIVE)
        .exclude(status=RoundStatus.DRAFT)
        .values_list("group__slug", "pk")
        .first()
    )
    if row is None:
        raise Http404
    return row


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Somebody to order for, and what was said of who orders: a ProxyAnswer, or empty."""

    person: Membership
    answer: str

    @property
    def refuses(self) -> bool:
        return self.answer == ProxyAnswer.NO

    @property
    def must_ask(self) -> bool:
        """Without an account, and nobody recorded yet that she was asked to."""
        return self.person.user_id is None and not self.answer


def neighbour_for_proxy(member: Membership, chosen: str | None) -> Neighbour | None:
    """The neighbour she orders for, an active member of the same group; None when nobody is named.

    One query. Raises Http404 for anyone else.
    """
    if not chosen or chosen == str(member.pk):
        return None
    people = Membership.objects.active().of_group(member.group_id)
    person: Any = (
        people.select_related("household__building")
        .annotate(proxy_answer=_answer_to(member))
        .filter(pk=int(chosen))
        .first()
        if chosen.isdecimal() and len(chosen) < 19
        else None
    )
    if person is None:
        raise Http404
    person.group = member.group
    return Neighbour(person, person.proxy_answer or "")


def _answer_to(proxy: Membership) -> Subquery:
    """What was said of this proxy, beside each person; empty for nothing."""
    said = Proxy.objects.between(
        proxy.group_id, member_id=OuterRef("pk"), proxy_id=proxy.pk
    ).values("answer")
    return Subquery(said[:1])


def own_order(user: AnyUser, slug: str, order_id: int) -> tuple[Membership, Order]:
    """An order for herself, whoever placed it; 404 for everyone else, officers too."""
    member = membership_for(user, slug)
    return member, _one(visible_orders(member).filter(member_id=member.pk), order_id, member)


def _rounds() -> QuerySet[Round]:
    return Round.objects.select_related("merchant", "pickup_point", "initiator")


def _round(round_id: int, group_id: int) -> QuerySet[Round]:
    return _rounds().filter(pk=round_id, group_id=group_id)


_ROUND = Kept(_round)


def _round_in(member: Membership, round_id: int) -> Round:
    rnd = _ROUND.first(round_id=round_id, group_id=member.group_id)
    if rnd is None:
        raise Http404
    rnd.group = member.group
    return rnd


def _orders() -> QuerySet[Order]:
    return Order.objects.select_related("round__merchant", "member", "placed_by")


def _returns() -> QuerySet[Return]:
    return Return.objects.select_related("round", "order", "line__offer")


def visible_orders(member: Membership) -> QuerySet[Order]:
    """Orders she may see: her own, her household's, those she placed; all for officers."""
    orders = _orders().filter(group_id=member.group_id)
    if member.is_officer:
        return orders
    return orders.filter(
        Q(member_id=member.pk) | Q(placed_by_id=member.pk) | Q(household_id=member.household_id)
    )


def _one(rows: QuerySet[Row], pk: int, member: Membership) -> Row:
    row = rows.filter(pk=pk).first()
    if row is None:
        raise Http404
    row.group = member.group
    return row


def _round_of_slug(user: AnyUser, slug: str, round_id: int) -> Round:
    """A round of the group that answers to this slug; a stranger cannot tell whether it exists."""
    rnd = (
        _rounds()
        .select_related("group")
        .filter(pk=round_id, group__slug=slug, group__status=GroupStatus.ACTIVE)
        .first()
    )
    if rnd is None:
        membership_for(user, slug)
        raise Http404
    return rnd


def _is_payee(user: AnyUser, member: Membership | None, rnd: Round) -> bool:
    if rnd.payee == Payee.MERCHANT:
        return role_in(user, rnd.merchant_id) == StaffRole.OWNER
    return member is not None and member.holds_mandate


def _membership_or_none(user: AnyUser, slug: str) -> Membership | None:
    try:
        return membership_for(user, slug)
    except Http404:
        return None
