"""A person taken out of what was said of trust, when she is erased; facts, sums and pages stay."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Q

from reputation.models import (
    Comment,
    CommentHiding,
    Complaint,
    ComplaintAppeal,
    ComplaintFile,
    Rating,
    RatingAnswer,
    Response,
    Ruling,
    Sanction,
    SanctionAppeal,
    SanctionProposal,
    Suggestion,
    Vote,
)
from reputation.models.complaints import Side
from reputation.queries.ratings import photos_of
from tuangou.core.personal import Erasing, empty_said
from tuangou.core.scrubbing import mentioning, scrub

# append-only: model, column, whose words; emptied where they are hers or name her
SAID: tuple[tuple[Any, str, str], ...] = (
    (RatingAnswer, "text", "answered_by_id"),
    (Comment, "text", "member__user_id"),
    (CommentHiding, "reason", "hidden_by__user_id"),
    (Response, "text", "answered_by_id"),
    (Ruling, "reason", "decided_by__user_id"),
    (ComplaintAppeal, "text", "made_by_id"),
    (Vote, "reason", "seat__member__user_id"),
)

# the others: model, column, whose words; hers are emptied, her name goes from those of others
WRITTEN: tuple[tuple[Any, str, str], ...] = (
    (Sanction, "reason", "decided_by__user_id"),
    (Sanction, "lifted_reason", "lifted_by__user_id"),
    (SanctionProposal, "reason", "decided_by__user_id"),
    (SanctionAppeal, "text", "made_by_id"),
    (Suggestion, "text", "made_by_id"),
)


@transaction.atomic
def erase(*, erasing: Erasing) -> None:
    """Her words are emptied, her name is taken out of what others wrote; the ledger holds numbers
    only and is not touched."""
    words, groups = erasing.words, erasing.group_ids
    _empty_ratings(erasing)
    _empty_complaints(erasing)
    for model, column, whose in SAID:
        empty_said(model, column, whose, erasing=erasing)
    for model, column, whose in WRITTEN:
        hers = model.objects.filter(**{whose: erasing.user_id}).exclude(**{column: ""})
        hers.update(**{column: ""})
        scrub(model, column, words=words, group_id=groups)


def _empty_ratings(erasing: Erasing) -> None:
    """Stars and words stay and count; what she wrote and photographed goes, and a text that names
    her goes whole: a rating may lose its text, not change it."""
    hers = Q(member__user_id=erasing.user_id)
    rows = Rating.objects.filter(group_id__in=erasing.group_ids).exclude(text="")
    named = mentioning(rows, "text", erasing.words).values_list("pk", flat=True)
    rows.filter(hers | Q(pk__in=list(named))).update(text="")
    photos = photos_of(erasing.user_id)
    erasing.files += photos.values_list("file", flat=True)
    photos.delete()


def _empty_complaints(erasing: Erasing) -> None:
    """What she complained of stays and counts; her words go, those that name her go whole, and so
    do the pictures and papers that she showed."""
    hers = Q(made_by__user_id=erasing.user_id)
    rows = Complaint.objects.filter(group_id__in=erasing.group_ids).exclude(text="")
    named = mentioning(rows, "text", erasing.words).values_list("pk", flat=True)
    rows.filter(hers | Q(pk__in=list(named))).update(text="")
    shown = ComplaintFile.objects.filter(
        Q(side=Side.MEMBER, complaint__made_by__user_id=erasing.user_id)
        | Q(side=Side.RESPONDENT, complaint__responses__answered_by_id=erasing.user_id)
    )
    erasing.files += shown.values_list("file", flat=True)
    shown.delete()
