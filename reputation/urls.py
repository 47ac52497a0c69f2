"""Addresses of the ledger and of standings, under /g/<group>/."""

from django.urls import path

from reputation.views import (
    comments,
    consequences,
    effects,
    entries,
    ratings,
    sanctions,
    standings,
    trust_chains,
    words,
)

app_name = "reputation"

_shop = "merchants/<int:merchant_id>/"

urlpatterns = [
    path("orders/<int:order_id>/rate/", ratings.rate, name="rate"),
    path("rounds/<int:round_id>/said/", ratings.of_round, name="round-said"),
    path("rounds/<int:round_id>/comments/", comments.new, name="comment-new"),
    path("comments/<int:comment_id>/hide/", comments.hide, name="comment-hide"),
    path(f"{_shop}ratings/", ratings.of_merchant, name="merchant-ratings"),
    path(f"{_shop}items/<int:item_id>/ratings/", ratings.of_item, name="item-ratings"),
    path(f"{_shop}ratings/<int:rating_id>/answer/", ratings.answer, name="rating-answer"),
    path("ratings/<int:rating_id>/useful/", ratings.useful, name="rating-useful"),
    path("rating-photos/<int:rating_photo_id>/", ratings.photo, name="rating-photo"),
    path("ratings/flags/", ratings.flags, name="rating-flags"),
    path("ratings/words/", words.index, name="words"),
    path("ratings/words/<slug:category>/", words.edit, name="words-edit"),
    path("sanctions/", sanctions.in_group, name="sanction-list"),
    path(f"{_shop}sanctions/", sanctions.index, name="sanctions"),
    path(f"{_shop}sanctions/new/", sanctions.new, name="sanction-new"),
    path(f"{_shop}sanctions/<int:sanction_id>/lift/", sanctions.lift, name="sanction-lift"),
    path(f"{_shop}sanctions/<int:sanction_id>/appeal/", sanctions.appeal, name="sanction-appeal"),
    path(f"{_shop}sanctions/<int:sanction_id>/vote/", sanctions.vote, name="sanction-vote"),
    path(
        f"{_shop}sanctions/proposals/<int:sanction_proposal_id>/dismiss/",
        sanctions.dismiss,
        name="proposal-dismiss",
    ),
    path("consequences/", consequences.show, name="consequences"),
    path("consequences/edit/", consequences.edit, name="consequences-edit"),
    path("rounds/<int:round_id>/consequences/", consequences.of_round, name="round-consequences"),
    path("ledger/", entries.index, name="ledger"),
    path("ledger/export.jsonl", entries.export, name="ledger-export"),
    path("ledger/effects/", effects.index, name="effects"),
    path("ledger/initiator/", standings.initiator, name="initiator-standing"),
    path("merchants/<int:merchant_id>/standing/", standings.merchant, name="merchant-standing"),
    path(f"{_shop}chain/", trust_chains.merchant, name="merchant-chain"),
    path(f"{_shop}items/<int:item_id>/chain/", trust_chains.item, name="item-chain"),
]
