"""Who may see and answer what after the sale: shops their goods' returns, buyers their batch.

As orders.access: strangers and whoever has nothing to do with a row get 404, members without the
office 403.
"""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from groups.access import AnyUser, membership_for
from groups.models import GroupStatus, Membership
from merchants.access import role_in, staff_of
from orders.access import photo_for_member, visible_orders
from orders.models import BatchQuestion, OrderLine, Return, ReturnPhoto, Round, RoundStatus
from orders.models.answers import AnswerFile
from orders.queries.incidents import bought
from tuangou.core.errors import NotAllowed


def return_for_shop(user: AnyUser, slug: str, return_id: int) -> tuple[Membership | None, Return]:
    """A return of the shop's goods, for its staff to answer.

    They see nickname and building, never the door. The membership is None for outsiders.
    """
    returns = Return.objects.select_related("round__group", "round__merchant", "order", "line")
    ret = returns.filter(
        pk=return_id, round__group__slug=slug, round__group__status=GroupStatus.ACTIVE
    ).first()
    if ret is None or ret.round.merchant_id not in staff_of(user):
        membership_for(user, slug)
        if ret is None:
            raise Http404
        raise NotAllowed(_("这一页只有店里的人能用。"))
    return _membership_or_none(user, slug), ret


def round_to_the_door(user: AnyUser, slug: str, round_id: int) -> tuple[Membership | None, Round]:
    """A round that its merchant brings to the doors, for the merchant's staff; 403 for others.

    The membership is None for staff who do not live here.
    """
    rounds = Round.objects.select_related("group", "merchant", "pickup_point")
    rnd = rounds.filter(pk=round_id, group__slug=slug, group__status=GroupStatus.ACTIVE).first()
    if rnd is None or rnd.status == RoundStatus.DRAFT or not role_in(user, rnd.merchant_id):
        membership_for(user, slug)
        if rnd is None or rnd.status == RoundStatus.DRAFT:
            raise Http404
        raise NotAllowed(_("这一页只有店里的人能用。"))
    if not rnd.to_the_door:
        raise NotAllowed(_("这个团是自提，店里不看门牌。"))
    return _membership_or_none(user, slug), rnd


def photo_for(user: AnyUser, slug: str, photo_id: int) -> ReturnPhoto:
    """A picture of a return that she may see, or of her shop's goods."""
    shops = staff_of(user)
    photos = ReturnPhoto.objects.filter(pk=photo_id, ret__round__group__slug=slug)
    of_hers = photos.filter(ret__round__merchant_id__in=shops).first() if shops else None
    return of_hers or photo_for_member(user, slug, photo_id)[1]


def evidence_for(user: AnyUser, slug: str, answer_file_id: int) -> AnswerFile:
    """What a shop showed with its answer: for its staff, and for whoever may see the return."""
    shown = AnswerFile.objects.filter(
        pk=answer_file_id, group__slug=slug, group__status=GroupStatus.ACTIVE
    )
    shops = staff_of(user)
    of_hers = shown.filter(answer__ret__round__merchant_id__in=shops).first() if shops else None
    if of_hers is not None:
        return of_hers
    member = membership_for(user, slug)
    found = shown.filter(answer__ret__order__in=visible_orders(member)).first()
    if found is None:
        raise Http404
    return found


def question_for_member(
    user: AnyUser, slug: str, question_id: int
) -> tuple[Membership, BatchQuestion, QuerySet[OrderLine]]:
    """The question about a batch, for who bought of it and for officers, with her own lines.

    An officer, too, answers only for what her own household bought or she ordered.
    """
    member = membership_for(user, slug)
    questions = BatchQuestion.objects.select_related("round__merchant", "offer", "first", "batch")
    question = questions.filter(group_id=member.group_id, pk=question_id).first()
    if question is None:
        raise Http404
    hers = Q(order__member_id=member.pk) | Q(order__placed_by_id=member.pk)
    hers |= Q(order__household_id=member.household_id)
    lines = bought(question).filter(hers)
    if not member.is_officer and not lines.exists():
        raise Http404
    return member, question, lines


def _membership_or_none(user: AnyUser, slug: str) -> Membership | None:
    try:
        return membership_for(user, slug)
    except Http404:
        return None
