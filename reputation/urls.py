"""Addresses of the ledger and of standings, under /g/<group>/."""

from django.urls import path

from reputation.views import (
    comments,
    complaint_acts,
    complaints,
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
_complaint = "complaints/<int:complaint_id>/"
_suggestion = f"{_complaint}suggestions/<int:suggestion_id>/"

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
    path("complaints/", complaints.index, name="complaints"),
    path("complaints/new/", complaints.new, name="complaint-new"),
    path("complaint-files/<int:complaint_file_id>/", complaints.file, name="complaint-file"),
    path("complaints/of/<slug:evidence>/<int:evidence_id>/", complaints.of, name="complaint-of"),
    path(_complaint, complaints.show, name="complaint"),
    path(f"{_complaint}answer/", complaint_acts.answer, name="complaint-answer"),
    path(f"{_complaint}rule/", complaint_acts.rule, name="complaint-rule"),
    path(f"{_complaint}suggest/", complaint_acts.suggest, name="complaint-suggest"),
    path(f"{_suggestion}agree/", complaint_acts.agree, name="complaint-agree"),
    path(f"{_complaint}settle/", complaint_acts.settle, name="complaint-settle"),
    path(f"{_complaint}withdraw/", complaint_acts.withdraw, name="complaint-withdraw"),
    path(f"{_complaint}press/", complaint_acts.press, name="complaint-press"),
    path(f"{_complaint}confirm/", complaint_acts.confirm, name="complaint-confirm"),
    path(f"{_complaint}appeal/", complaint_acts.appeal, name="complaint-appeal"),
    path(f"{_complaint}rate/", complaint_acts.rate, name="complaint-rate"),
    path(f"{_shop}complaints/", complaints.of_merchant, name="merchant-complaints"),
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
