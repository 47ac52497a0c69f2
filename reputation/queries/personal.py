"""What the ledger holds about one person: pages on her as a member, and on her terms of office."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from reputation.models import (
    Comment,
    CommentHiding,
    Entry,
    Kind,
    Rating,
    RatingAnswer,
    RatingPhoto,
    Sanction,
    SanctionAppeal,
    SanctionProposal,
)
from reputation.queries.complaint_personal import complaint_holdings, files_of, name_of
from reputation.queries.ratings import photos_of
from tuangou.core.personal import Column, Holding, Picture


def holdings(user_id: int) -> list[Holding]:
    said = [_ratings(user_id), _comments(user_id)]
    judged = [_appeals(user_id), _reasons(user_id)]
    return [_pages(user_id), *said, *complaint_holdings(user_id), *judged]


def pictures(user_id: int) -> list[Picture]:
    """The photos of her ratings and complaints; their names in the export say of which."""
    photos = photos_of(user_id).order_by("rating_id", "position")
    return [
        *(Picture(str(photo.file.name), _photo_name(photo)) for photo in photos),
        *(Picture(str(file.file.name), name_of(file)) for file in files_of(user_id)),
    ]


def _photo_name(photo: RatingPhoto) -> str:
    return f"photos/rating-{photo.rating_id}-{photo.position}.webp"


def _pages(user_id: int) -> Holding:
    """One query. Pages carry numbers only, so that nothing of them is erased."""
    mine = Q(member__user_id=user_id) | Q(mandate__membership__user_id=user_id)
    pages = Entry.objects.filter(mine).select_related("group", "round").order_by("-pk")
    rows = [
        {
            "group": entry.group.name,
            "page": entry.number,
            "kind": entry.kind,
            "said": str(Kind(entry.kind).label),
            "round": entry.round.title if entry.round else None,
            "at": entry.at,
        }
        for entry in pages
    ]
    return Holding(
        "ledger",
        gettext_lazy("信誉账本里"),
        gettext_lazy("团长看得到是你，别的邻居只看到「一位邻居」。只记编号，注销后认不出是谁。"),
        rows,
        (
            Column("group", gettext_lazy("群")),
            Column("said", gettext_lazy("记的事")),
            Column("round", gettext_lazy("团")),
            Column("at", gettext_lazy("时间"), "time"),
        ),
    )


def _ratings(user_id: int) -> Holding:
    mine = Rating.objects.filter(member__user_id=user_id).select_related("line__offer", "round")
    rows = [
        {
            "item": rating.line.offer.name,
            "round": rating.round.title,
            "stars": rating.stars,
            "words": rating.words,
            "text": rating.text,
            "anonymous": rating.anonymous,
            "given_at": rating.given_at,
            "edited_at": rating.edited_at,
            "photos": [_photo_name(photo) for photo in rating.photos.all()],
        }
        for rating in mine.prefetch_related("photos").order_by("-pk")
    ]
    return Holding(
        "ratings",
        gettext_lazy("你的评价"),
        gettext_lazy("邻居看到打星号的名字。注销时你写的话和照片删掉，几颗星照样算。"),
        rows,
        (
            Column("item", gettext_lazy("货品")),
            Column("stars", gettext_lazy("几颗星"), "number"),
            Column("given_at", gettext_lazy("时间"), "time"),
        ),
    )


def _comments(user_id: int) -> Holding:
    mine = Comment.objects.filter(member__user_id=user_id).select_related("round")
    rows = [
        {"round": said.round.title, "text": said.text, "at": said.said_at}
        for said in mine.order_by("-pk")
    ]
    return Holding(
        "comments",
        gettext_lazy("你在团下面说的话"),
        gettext_lazy("邻居看到打星号的名字。注销时清掉。"),
        rows,
        (
            Column("round", gettext_lazy("团")),
            Column("text", gettext_lazy("说的话")),
            Column("at", gettext_lazy("时间"), "time"),
        ),
    )


def _appeals(user_id: int) -> Holding:
    """What she said for a shop against a sanction. One query."""
    mine = SanctionAppeal.objects.filter(made_by_id=user_id)
    rows = [
        {
            "shop": said.sanction.merchant.brand,
            "against": str(said.sanction.get_level_display()),
            "text": said.text,
            "said": str(said.get_status_display()),
            "made_at": said.made_at,
        }
        for said in mine.select_related("sanction__merchant").order_by("-pk")
    ]
    return Holding(
        "sanction_appeals",
        gettext_lazy("处分申诉"),
        gettext_lazy("群里的人都看得到。"),
        rows,
        (
            Column("shop", gettext_lazy("商家")),
            Column("text", gettext_lazy("申诉")),
            Column("made_at", gettext_lazy("时间"), "time"),
        ),
    )


def _reasons(user_id: int) -> Holding:
    """What she answered to ratings for a shop, and why she decided as she did in office: about
    sanctions, and comments that she took off a page. Five queries."""
    mine: tuple[tuple[Promise, QuerySet[Any], str, str], ...] = (
        (
            gettext_lazy("答一条评价"),
            RatingAnswer.objects.filter(answered_by_id=user_id),
            *("text", "answered_at"),
        ),
        (
            gettext_lazy("收起一句话"),
            CommentHiding.objects.filter(hidden_by__user_id=user_id),
            *("reason", "hidden_at"),
        ),
        (
            gettext_lazy("定一个处分"),
            Sanction.objects.filter(decided_by__user_id=user_id),
            *("reason", "decided_at"),
        ),
        (
            gettext_lazy("提前解除"),
            Sanction.objects.filter(lifted_by__user_id=user_id),
            *("lifted_reason", "lifted_at"),
        ),
        (
            gettext_lazy("不处分"),
            SanctionProposal.objects.filter(decided_by__user_id=user_id),
            *("reason", "decided_at"),
        ),
    )
    rows = [
        {"about": str(about), "text": text, "at": at}
        for about, found, column, moment in mine
        for text, at in found.exclude(**{column: ""}).order_by("-pk").values_list(column, moment)
    ]
    return Holding(
        "trust_reasons",
        gettext_lazy("你答的评价，写的理由"),
        gettext_lazy("写的是店名或团长，群里的人看得到。注销时清掉。"),
        rows,
        (
            Column("about", gettext_lazy("什么事")),
            Column("text", gettext_lazy("说的话")),
            Column("at", gettext_lazy("时间"), "time"),
        ),
    )
