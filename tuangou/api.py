"""Every address of the JSON API, in one place. Verbs last, POST only; no slash at the end."""

from django.urls import path, re_path

from groups.api import people
from merchants.api import agreements, merchants, said, shop
from orders.api import (
    check_offs,
    days,
    deliveries,
    goods,
    orders,
    payments,
    returns,
    rounds,
    settlements,
    statements,
    summaries,
    waiting,
)
from orders.api import people as members
from reputation.api import complaint_ends, complaints, ledger, ratings, sanctions
from tuangou.core.api import docs

app_name = "api"

_g = "groups/<slug:slug>/"
_merchant = f"{_g}merchants/<int:merchant_id>"
_item = f"{_merchant}/items/<int:item_id>"
_asked = f"{_merchant}/questions/<int:merchant_question_id>"
_seen = f"{_merchant}/prices/<int:price_witness_id>"
_wanted = f"{_g}proposals/<int:proposal_id>"
_staff = "merchants/<int:merchant_id>/staff"
_round = f"{_g}rounds/<int:round_id>"
_order = f"{_g}orders/<int:order_id>"
_return = f"{_g}returns/<int:return_id>"
_complaint = f"{_g}complaints/<int:complaint_id>"

urlpatterns = [
    path("openapi.json", docs.SchemaView.as_view(), name="schema"),
    path("docs/", docs.page, name="docs"),
    # me and my groups
    path("me", people.MeView.as_view(), name="me"),
    path("notices", people.AllNoticesView.as_view(), name="notices"),
    path("groups", people.GroupsView.as_view(), name="groups"),
    path("groups/<slug:slug>", people.GroupView.as_view(), name="group"),
    path(f"{_g}notices", people.NoticesView.as_view(), name="group-notices"),
    path(f"{_g}notices/read", people.NoticesReadView.as_view(), name="group-notices-read"),
    path(f"{_g}members", members.MembersView.as_view(), name="members"),
    path(f"{_g}neighbours", members.NeighboursView.as_view(), name="neighbours"),
    path(f"{_g}events", members.EventsView.as_view(), name="events"),
    # merchants and goods
    path(f"{_g}merchants", merchants.MerchantsView.as_view(), name="merchants"),
    path(_merchant, merchants.MerchantView.as_view(), name="merchant"),
    path(f"{_merchant}/agreement", agreements.AgreementView.as_view(), name="agreement"),
    path(
        f"{_merchant}/agreement/sign", agreements.AgreementSignView.as_view(), name="agreement-sign"
    ),
    path(
        f"{_merchant}/agreement/decline",
        agreements.AgreementDeclineView.as_view(),
        name="agreement-decline",
    ),
    path(f"{_g}days/<slug:month>", days.DaysView.as_view(), name="days"),
    path(f"{_merchant}/days", days.ShopDaysView.as_view(), name="shop-days"),
    path(
        f"{_merchant}/days/<int:merchant_day_id>/withdraw",
        days.DayWithdrawView.as_view(),
        name="day-withdraw",
    ),
    path(
        f"{_g}merchant-days/<int:merchant_day_id>/answer",
        days.DayAnswerView.as_view(),
        name="day-answer",
    ),
    path(f"{_merchant}/follow", said.FollowView.as_view(), name="follow"),
    path(f"{_merchant}/questions", said.QuestionsView.as_view(), name="merchant-questions"),
    path(
        f"{_asked}/answer",
        said.MerchantQuestionAnswerView.as_view(),
        name="merchant-question-answer",
    ),
    path(f"{_asked}/hide", said.MerchantQuestionHideView.as_view(), name="merchant-question-hide"),
    path(f"{_g}proposals", said.ProposalsView.as_view(), name="proposals"),
    path(f"{_wanted}/back", said.ProposalBackView.as_view(), name="proposal-back"),
    path(f"{_wanted}/invite", said.ProposalInviteView.as_view(), name="proposal-invite"),
    path(f"{_wanted}/decline", said.ProposalDeclineView.as_view(), name="proposal-decline"),
    path(f"{_merchant}/appeal", shop.AppealView.as_view(), name="appeal"),
    path(f"{_merchant}/appeal/answer", shop.AppealAnswerView.as_view(), name="appeal-answer"),
    path(_staff, shop.StaffView.as_view(), name="staff"),
    path(f"{_staff}/links", shop.StaffLinkNewView.as_view(), name="staff-link-new"),
    path(
        f"{_staff}/links/<int:staff_link_id>/close",
        shop.StaffLinkCloseView.as_view(),
        name="staff-link-close",
    ),
    path(f"{_staff}/<int:staff_id>/remove", shop.StaffRemoveView.as_view(), name="staff-remove"),
    path(f"{_staff}/<int:staff_id>/hand-on", shop.StaffHandOnView.as_view(), name="staff-hand-on"),
    path(f"{_merchant}/items", merchants.ItemsView.as_view(), name="items"),
    path(_item, merchants.ItemView.as_view(), name="item"),
    path(f"{_item}/edit", merchants.ItemEditView.as_view(), name="item-edit"),
    path(f"{_item}/withdraw", merchants.ItemWithdrawView.as_view(), name="item-withdraw"),
    path(f"{_item}/put-back", merchants.ItemPutBackView.as_view(), name="item-put-back"),
    path(f"{_item}/process-photos", shop.ProcessPhotosView.as_view(), name="process-photos"),
    path(f"{_item}/prices", said.PricesView.as_view(), name="prices"),
    path(f"{_seen}/rule", said.PriceRuleView.as_view(), name="price-rule"),
    path(f"{_seen}/picture", said.PricePictureView.as_view(), name="price-picture"),
    # rounds
    path(f"{_g}rounds", rounds.RoundsView.as_view(), name="rounds"),
    path(_round, rounds.RoundView.as_view(), name="round"),
    path(f"{_round}/stock", rounds.StockView.as_view(), name="round-stock"),
    path(f"{_round}/copy", rounds.RoundCopyView.as_view(), name="round-copy"),
    path(f"{_round}/open", rounds.RoundOpenView.as_view(), name="round-open"),
    path(f"{_round}/close", rounds.RoundCloseView.as_view(), name="round-close"),
    path(f"{_round}/extend", rounds.RoundExtendView.as_view(), name="round-extend"),
    path(f"{_round}/fail", rounds.RoundFailView.as_view(), name="round-fail"),
    path(f"{_round}/cancel", rounds.RoundCancelView.as_view(), name="round-cancel"),
    path(f"{_round}/missed", rounds.RoundMissedView.as_view(), name="round-missed"),
    path(f"{_round}/complete", rounds.RoundCompleteView.as_view(), name="round-complete"),
    # what is remembered
    path(f"{_g}ledger", ledger.LedgerView.as_view(), name="ledger"),
    path(f"{_g}ledger/export", ledger.LedgerExportView.as_view(), name="ledger-export"),
    path(
        f"{_g}initiator/standing",
        ledger.InitiatorStandingView.as_view(),
        name="initiator-standing",
    ),
    path(f"{_merchant}/sanctions", sanctions.SanctionsView.as_view(), name="sanctions"),
    path(f"{_g}consequences", sanctions.ConsequencesView.as_view(), name="consequences"),
    path(f"{_merchant}/standing", ledger.MerchantStandingView.as_view(), name="merchant-standing"),
    path(f"{_merchant}/chain", ledger.MerchantChainView.as_view(), name="merchant-chain"),
    path(f"{_item}/chain", ledger.ItemChainView.as_view(), name="item-chain"),
    # what is said of goods and rounds
    path(f"{_round}/ratings", ratings.RoundRatingsView.as_view(), name="round-ratings"),
    path(f"{_round}/comments", ratings.CommentsView.as_view(), name="comments"),
    path(f"{_merchant}/ratings", ratings.MerchantRatingsView.as_view(), name="merchant-ratings"),
    path(
        f"{_merchant}/ratings/<int:rating_id>/answer",
        ratings.RatingAnswerView.as_view(),
        name="rating-answer",
    ),
    path(
        f"{_g}ratings/<int:rating_id>/useful",
        ratings.RatingUsefulView.as_view(),
        name="rating-useful",
    ),
    path(
        f"{_g}rating-photos/<int:rating_photo_id>",
        ratings.RatingPhotoView.as_view(),
        name="rating-photo",
    ),
    # orders
    path(f"{_g}orders", orders.MyOrdersView.as_view(), name="orders"),
    path(f"{_round}/orders", orders.RoundOrdersView.as_view(), name="round-orders"),
    path(_order, orders.OrderView.as_view(), name="order"),
    path(f"{_order}/rate", ratings.RateView.as_view(), name="order-rate"),
    path(f"{_order}/amend", orders.OrderAmendView.as_view(), name="order-amend"),
    path(f"{_order}/cancel", orders.OrderCancelView.as_view(), name="order-cancel"),
    path(f"{_round}/waiting", waiting.WaitingView.as_view(), name="waiting"),
    path(
        f"{_g}waiting/<int:entry_id>/leave",
        waiting.WaitingLeaveView.as_view(),
        name="waiting-leave",
    ),
    # money
    path(f"{_round}/payments", payments.RoundPaymentsView.as_view(), name="round-payments"),
    path(f"{_order}/payments", payments.OrderPaymentsView.as_view(), name="order-payments"),
    path(f"{_order}/claim", payments.ClaimView.as_view(), name="payment-claim"),
    path(f"{_order}/unclaim", payments.UnclaimView.as_view(), name="payment-unclaim"),
    path(f"{_order}/receive", payments.ReceiveView.as_view(), name="payment-receive"),
    path(f"{_order}/refund", payments.RefundView.as_view(), name="payment-refund"),
    path(
        f"{_g}payments/<int:payment_id>/undo",
        payments.PaymentUndoView.as_view(),
        name="payment-undo",
    ),
    path(f"{_round}/settlement", settlements.SettlementView.as_view(), name="settlement"),
    path(
        f"{_round}/settlement/confirm",
        settlements.SettlementConfirmView.as_view(),
        name="settlement-confirm",
    ),
    path(
        f"{_round}/settlement/say", settlements.SettlementSayView.as_view(), name="settlement-say"
    ),
    path(
        f"{_round}/settlement/pay", settlements.SettlementPayView.as_view(), name="settlement-pay"
    ),
    # goods arriving and handed out
    path(f"{_round}/goods", goods.GoodsView.as_view(), name="goods"),
    path(f"{_round}/coming", goods.ComingView.as_view(), name="coming"),
    path(f"{_round}/short", goods.ShortView.as_view(), name="short"),
    path(f"{_round}/inspection", goods.InspectionView.as_view(), name="inspection"),
    path(f"{_round}/photos", goods.DeliveryPhotosView.as_view(), name="delivery-photos"),
    path(
        f"{_g}delivery-photos/<int:delivery_photo_id>",
        goods.DeliveryPhotoView.as_view(),
        name="delivery-photo",
    ),
    path(f"{_g}holds/<int:hold_id>/release", goods.HoldReleaseView.as_view(), name="hold-release"),
    path(
        f"{_g}holds/<int:hold_id>/withdraw", goods.HoldWithdrawView.as_view(), name="hold-withdraw"
    ),
    path(f"{_order}/door-looks", goods.DoorLooksView.as_view(), name="door-looks"),
    path(f"{_round}/arrival", deliveries.ArrivalView.as_view(), name="arrival"),
    path(f"{_round}/arrival/later", deliveries.ArrivalLaterView.as_view(), name="arrival-later"),
    path(f"{_round}/arrival/shares", deliveries.SharingView.as_view(), name="sharing"),
    path(f"{_order}/check-off", check_offs.CheckOffView.as_view(), name="check-off"),
    path(
        f"{_g}check-offs/<int:check_off_id>/undo",
        check_offs.CheckOffUndoView.as_view(),
        name="check-off-undo",
    ),
    # complaints
    path(f"{_g}complaints", complaints.ComplaintsView.as_view(), name="complaints"),
    path(_complaint, complaints.ComplaintView.as_view(), name="complaint"),
    path(f"{_complaint}/answer", complaints.ComplaintAnswerView.as_view(), name="complaint-answer"),
    path(f"{_complaint}/settle", complaints.ComplaintSettleView.as_view(), name="complaint-settle"),
    path(
        f"{_complaint}/withdraw",
        complaints.ComplaintWithdrawView.as_view(),
        name="complaint-withdraw",
    ),
    path(f"{_complaint}/rule", complaints.ComplaintRuleView.as_view(), name="complaint-rule"),
    path(f"{_complaint}/appeal", complaints.ComplaintAppealView.as_view(), name="complaint-appeal"),
    path(
        f"{_complaint}/suggest",
        complaint_ends.ComplaintSuggestView.as_view(),
        name="complaint-suggest",
    ),
    path(
        f"{_complaint}/confirm",
        complaint_ends.ComplaintConfirmView.as_view(),
        name="complaint-confirm",
    ),
    path(f"{_complaint}/vote", complaint_ends.ComplaintVoteView.as_view(), name="complaint-vote"),
    path(f"{_complaint}/rate", complaint_ends.ComplaintRateView.as_view(), name="complaint-rate"),
    # returns
    path(f"{_g}returns", returns.ReturnsView.as_view(), name="returns"),
    path(f"{_order}/returns", returns.ReturnNewView.as_view(), name="return-new"),
    path(_return, returns.ReturnView.as_view(), name="return"),
    path(f"{_return}/withdraw", returns.ReturnWithdrawView.as_view(), name="return-withdraw"),
    path(f"{_return}/accept", returns.ReturnAcceptView.as_view(), name="return-accept"),
    path(f"{_return}/reject", returns.ReturnRejectView.as_view(), name="return-reject"),
    path(f"{_return}/refund", returns.ReturnRefundView.as_view(), name="return-refund"),
    path(f"{_return}/answer", returns.ReturnAnswerView.as_view(), name="return-answer"),
    path(f"{_g}questions/<int:question_id>", returns.QuestionView.as_view(), name="question"),
    path(
        f"{_g}questions/<int:question_id>/answer",
        returns.QuestionAnswerView.as_view(),
        name="question-answer",
    ),
    path(
        f"{_g}return-photos/<int:photo_id>",
        returns.ReturnPhotoView.as_view(),
        name="return-photo",
    ),
    path(
        f"{_g}return-files/<int:answer_file_id>",
        returns.ReturnFileView.as_view(),
        name="return-file",
    ),
    # statements and the monthly summary
    path(f"{_g}statement", statements.StatementView.as_view(), name="statement"),
    path(f"{_g}books", statements.BooksView.as_view(), name="books"),
    path(f"{_order}/postings", statements.OrderPostingsView.as_view(), name="order-postings"),
    path(f"{_round}/postings", statements.RoundPostingsView.as_view(), name="round-postings"),
    path(f"{_g}summary", summaries.SummaryView.as_view(), name="summary"),
    path(f"{_g}summary/<slug:month>", summaries.SummaryMonthView.as_view(), name="summary-month"),
    # anything else: a problem, not a page
    re_path(r"^(?P<rest>[\s\S]*)$", docs.MissingView.as_view(), name="missing"),
]
