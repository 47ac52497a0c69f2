"""What a person said to shops and of them, taken out when she is erased; the facts stay."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from merchants.models import (
    Answer,
    Appeal,
    Backing,
    Follow,
    PriceRuling,
    Proposal,
    Question,
    QuestionHiding,
)
from merchants.models.sounds import pinyin_key
from tuangou.core.personal import Erasing, empty_said
from tuangou.core.scrubbing import mentioning, scrub

# append-only: model, column, whose words
SAID: tuple[tuple[Any, str, str], ...] = (
    (Question, "text", "asked_by__user_id"),
    (Answer, "text", "answered_by_id"),
    (Answer, "if_it_fails", "answered_by_id"),
    (QuestionHiding, "reason", "hidden_by__user_id"),
    (PriceRuling, "reason", "ruled_by__user_id"),
)


@transaction.atomic
def erase_said(*, erasing: Erasing) -> None:
    """Her questions, answers and reasons are emptied, and those that name her; whom she follows
    and wanted goes; proposals stay, without her reason."""
    words, groups, user_id = erasing.words, erasing.group_ids, erasing.user_id
    for model, column, whose in SAID:
        empty_said(model, column, whose, erasing=erasing)
    Follow.objects.filter(member__user_id=user_id).delete()
    Backing.objects.filter(member__user_id=user_id).delete()
    Proposal.objects.filter(group_id__in=groups, proposed_by__user_id=user_id).update(reason="")
    Proposal.objects.filter(group_id__in=groups, answered_by__user_id=user_id).update(answer="")
    named = mentioning(Proposal.objects.filter(group_id__in=groups), "name", words)
    named_ids = list(named.values_list("pk", flat=True))
    scrub(Proposal, "reason", "answer", "name", words=words, group_id=groups)
    for row in Proposal.objects.filter(pk__in=named_ids):
        row.name_key = pinyin_key(row.name)
        row.save(update_fields=["name_key"])
    Appeal.objects.filter(made_by_id=user_id).update(text="")
    Appeal.objects.filter(group_id__in=groups, answered_by__user_id=user_id).update(answer="")
    scrub(Appeal, "text", "answer", words=words, group_id=groups)
