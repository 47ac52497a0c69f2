"""Officers keep the words that members choose from, by category (R1)."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from groups.models import Group, Membership
from groups.services import words as typed
from reputation.models import WordSet
from reputation.models.ratings import LONGEST_WORD, MOST_WORDS
from reputation.queries.words import usual
from tuangou.core import clock, events
from tuangou.core.errors import InvalidInput


@transaction.atomic
def keep_words(*, group_id: int, category: str, words: Sequence[str], actor_id: int) -> list[str]:
    """These words from now on, in this order; none: the usual ones again. Ratings keep theirs.
    Raises InvalidInput."""
    wanted = [typed.plain(word, field="words", most=LONGEST_WORD) for word in words]
    kept = list(dict.fromkeys(filter(None, wanted))) or usual(category)
    if len(kept) > MOST_WORDS:
        raise InvalidInput(
            _("一类最多 %(most)d 个词，去掉几个") % {"most": MOST_WORDS}, field="words"
        )
    Group.objects.lock(group_id)
    at = clock.now()
    actor = Membership.objects.of_group(group_id).get(pk=actor_id)
    row, _made = WordSet.objects.update_or_create(
        group_id=group_id,
        category=category,
        defaults={"words": kept, "changed_by": actor, "changed_at": at},
    )
    events.publish(
        "words.changed",
        group_id=group_id,
        subject_id=row.pk,
        actor_id=actor.user_id,
        at=at,
    )
    return kept
