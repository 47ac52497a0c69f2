"""A person taken out of the shops' rows when she is erased."""

from __future__ import annotations

from django.db import transaction
from django.db.models.fields.json import KT

from merchants.models import (
    AgreementDraft,
    AgreementSignature,
    Application,
    Document,
    LikenessCleared,
    LineCheck,
    Merchant,
    MerchantDay,
    MerchantStaff,
    PriceWitness,
)
from merchants.models.agreements import PROMISES
from merchants.services.said import erase_said
from tuangou.core.models import Event
from tuangou.core.personal import Erasing, empty_said
from tuangou.core.scrubbing import blank, mentioning, scrub

NEWS = ("rejected", "changes_asked", "suspended")


@transaction.atomic
def erase(*, erasing: Erasing) -> None:
    """She stands behind no counter any more; reasons and contacts lose her name.

    The place where she saw a price is emptied where it names her or is her own words.
    """
    words, groups = erasing.words, erasing.group_ids
    MerchantStaff.objects.filter(user_id=erasing.user_id).delete()
    scrub(Merchant, "contact", words=words)
    scrub(Document, "issuer", words=words)
    promised = ("delivery_promise", "packaging_promise", "returns_promise")
    scrub(Application, "reason", *promised, words=words, group_id=groups)
    seen = PriceWitness.objects.filter(group_id__in=groups)
    hers = seen.filter(witness__user_id=erasing.user_id).exclude(place="")
    named = mentioning(seen, "place", words)
    blank(PriceWitness, "place", {*_ids(hers), *_ids(named)})
    for noted, who in ((LineCheck, "checked_by"), (LikenessCleared, "cleared_by")):
        notes = noted.objects.filter(group_id__in=groups).exclude(note="")
        own = notes.filter(**{f"{who}__user_id": erasing.user_id})
        blank(noted, "note", {*_ids(own), *_ids(mentioning(notes, "note", words))})
    erase_said(erasing=erasing)
    for column in PROMISES:
        promised_texts = AgreementDraft.objects.filter(group_id__in=groups)
        blank(AgreementDraft, column, _ids(mentioning(promised_texts, column, words)))
    empty_said(AgreementSignature, "note", "user_id", erasing=erasing)
    scrub(MerchantDay, "wish", "answer", words=words, group_id=groups)
    told = Event.objects.filter(
        group_id__in=groups, kind__in=[f"application.{fact}" for fact in NEWS]
    ).annotate(said=KT("data__reason"))
    blank(Event, "data.reason", _ids(mentioning(told, "said", words)))


def _ids(rows: object) -> set[int]:
    return set(rows.values_list("pk", flat=True))  # type: ignore[attr-defined]
