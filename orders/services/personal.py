"""A person taken out of orders, money and returns when she is erased. Sums and books stay."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.fields.json import KT

from groups.models import Household, Membership
from groups.services.personal import nowhere, pseudonym
from orders.models import (
    AnswerFile,
    BasketLine,
    CheckOff,
    Delivery,
    DeliveryLine,
    DeliveryNotice,
    HelperLink,
    Hold,
    Inspection,
    LaterArrival,
    Leftover,
    Order,
    OrderChange,
    Proxy,
    PublishedSummary,
    Return,
    ReturnAnswer,
    Round,
    SettlementPayment,
    SettlementWord,
    ShortNotice,
    WaitlistEntry,
)
from orders.queries.personal import photos_of
from tuangou.core.models import Event
from tuangou.core.personal import Erasing
from tuangou.core.scrubbing import blank, mentioning, scrub


def collect_words(erasing: Erasing) -> None:
    """Names that her orders copied, maybe before she changed them."""
    copied = Order.objects.filter(member__user_id=erasing.user_id).order_by()
    erasing.words |= set(copied.values_list("nickname", flat=True).distinct())


@transaction.atomic
def erase(*, erasing: Erasing) -> None:
    """Her orders stay under her pseudonym, at no door; what she wrote and photographed goes.

    Photos of returns, and what shops showed against them, are deleted: they are evidence while a
    return is open, and an open return stands in the way of erasing; afterwards the decision and
    its amount are in the books.
    """
    members = list(Membership.objects.filter(user_id=erasing.user_id).order_by("pk"))
    for member in members:
        _unname_orders(member, erasing)
    ids = [member.pk for member in members]
    of_hers = Q(order__member_id__in=ids)
    CheckOff.objects.filter(of_hers).update(collected_by="")
    Return.objects.filter(of_hers | Q(requested_by_id__in=ids)).update(text="")
    photos = photos_of(erasing.user_id)
    erasing.files += photos.values_list("file", flat=True)
    photos.delete()
    mine = Q(answer__ret__order__member_id__in=ids) | Q(answer__ret__requested_by_id__in=ids)
    shown = AnswerFile.objects.filter(mine)
    erasing.files += shown.values_list("file", flat=True)
    shown.delete()
    Proxy.objects.filter(Q(member_id__in=ids) | Q(proxy_id__in=ids)).delete()
    _empty_reasons(OrderChange.objects.filter(of_hers | Q(actor_id__in=ids)), erasing)
    _empty_deliveries(ids, erasing)
    _settling(erasing)
    _leave_doors(erasing)
    _scrub(erasing)


def _unname_orders(member: Membership, erasing: Erasing) -> None:
    orders = Order.objects.filter(member=member)
    erasing.household_ids |= set(orders.values_list("household_id", flat=True))
    erasing.household_ids.add(member.household_id)
    places = WaitlistEntry.objects.filter(member=member)
    erasing.household_ids |= set(places.values_list("household_id", flat=True))
    gone = nowhere(group_id=member.group_id)
    WaitlistEntry.objects.forget([member.pk], nowhere=gone, at=erasing.at)
    orders.update(
        household=gone,
        nickname=pseudonym(member),
        building="",
        unit="",
        room="",
        note="",
    )


def _empty_reasons(hers: QuerySet[OrderChange], erasing: Erasing) -> None:
    """The history is append-only; only a reason may be emptied there."""
    others = OrderChange.objects.filter(group_id__in=erasing.group_ids)
    named = mentioning(others, "reason", erasing.words)
    own = hers.exclude(reason="")
    blank(
        OrderChange,
        "reason",
        {*own.values_list("pk", flat=True), *named.values_list("pk", flat=True)},
    )


def _empty_deliveries(ids: list[int], erasing: Erasing) -> None:
    """What she announced and found stays with its times and verdict, without her words."""
    notices = DeliveryNotice.objects.filter(group_id__in=erasing.group_ids)
    hers = set(
        DeliveryNotice.objects.filter(said_by_id=erasing.user_id).values_list("pk", flat=True)
    )
    for column in ("car", "driver", "batch", "note"):
        named = mentioning(notices, column, erasing.words)
        blank(DeliveryNotice, column, hers | set(named.values_list("pk", flat=True)))
    shortages = ShortNotice.objects.filter(group_id__in=erasing.group_ids)
    said = ShortNotice.objects.filter(said_by_id=erasing.user_id).exclude(note="")
    named = mentioning(shortages, "note", erasing.words)
    blank(
        ShortNotice,
        "note",
        {*said.values_list("pk", flat=True), *named.values_list("pk", flat=True)},
    )
    cars = LaterArrival.objects.filter(group_id__in=erasing.group_ids)
    counted = LaterArrival.objects.filter(by_id__in=ids).exclude(note="")
    named = mentioning(cars, "note", erasing.words)
    blank(
        LaterArrival,
        "note",
        {*counted.values_list("pk", flat=True), *named.values_list("pk", flat=True)},
    )
    found = Inspection.objects.filter(group_id__in=erasing.group_ids)
    own = Inspection.objects.filter(by_id__in=ids)
    about = mentioning(found, "note", erasing.words)
    written = {*own.values_list("pk", flat=True), *about.values_list("pk", flat=True)}
    blank(Inspection, "note", written)


def _leave_doors(erasing: Erasing) -> None:
    """Shares of limited goods count for a flat; one that nobody is left in needs no count."""
    lived_in = Membership.objects.exclude(user_id=erasing.user_id).values("household_id")
    empty = Household.objects.filter(pk__in=erasing.household_ids).exclude(pk__in=lived_in)
    BasketLine.objects.filter(household__in=empty).delete()


def _settling(erasing: Erasing) -> None:
    """What she wrote at settlements, and what names her; the figures stay."""
    within = {"group_id__in": erasing.group_ids}
    words = SettlementWord.objects.filter(by_id=erasing.user_id).exclude(text="")
    about = mentioning(SettlementWord.objects.filter(**within), "text", erasing.words)
    ids = {*words.values_list("pk", flat=True), *about.values_list("pk", flat=True)}
    blank(SettlementWord, "text", ids)
    notes = SettlementPayment.objects.filter(recorded_by_id=erasing.user_id).exclude(note="")
    about_her = mentioning(SettlementPayment.objects.filter(**within), "note", erasing.words)
    ids = {*notes.values_list("pk", flat=True), *about_her.values_list("pk", flat=True)}
    blank(SettlementPayment, "note", ids)


def _scrub(erasing: Erasing) -> None:
    """What others wrote keeps its sense without her name."""
    words, within = erasing.words, {"group_id": erasing.group_ids}
    scrub(Order, "note", words=words, **within)
    scrub(Return, "text", "decision", words=words, **within)
    scrub(CheckOff, "collected_by", words=words, **within)
    scrub(Leftover, "note", words=words, **within)
    scrub(HelperLink, "name", words=words, **within)
    scrub(Delivery, "note", words=words, **within)
    scrub(DeliveryLine, "note", words=words, **within)
    scrub(Hold, "reason", "release_reason", words=words, **within)
    scrub(Round, "title", "note", "cancel_reason", words=words, **within)
    answers = ReturnAnswer.objects.filter(group_id__in=erasing.group_ids)
    hers = ReturnAnswer.objects.filter(answered_by_id=erasing.user_id).exclude(text="")
    about = mentioning(answers, "text", words)
    written = {*about.values_list("pk", flat=True), *hers.values_list("pk", flat=True)}
    blank(ReturnAnswer, "text", written)
    published = PublishedSummary.objects.filter(group_id__in=erasing.group_ids)
    named = mentioning(published, "reason", words)
    blank(PublishedSummary, "reason", named.values_list("pk", flat=True))
    _forget_why_taken_off(erasing)


def _forget_why_taken_off(erasing: Erasing) -> None:
    """Why she was taken off a waiting list, or what she wrote when she took somebody off."""
    told = Event.objects.filter(group_id__in=erasing.group_ids, kind="waiting.left")
    reasons = told.annotate(said=KT("data__reason")).filter(said__gt="")
    hers = WaitlistEntry.objects.filter(member__user_id=erasing.user_id).values("pk")
    own = reasons.filter(Q(actor_id=erasing.user_id) | Q(subject_id__in=hers))
    named = mentioning(reasons, "said", erasing.words)
    ids = {*own.values_list("pk", flat=True), *named.values_list("pk", flat=True)}
    blank(Event, "data.reason", ids)
