"""Addresses of rounds, orders and their money, under /g/<group>/. Verbs last, POST only."""

from django.urls import path

from orders.views import (
    console,
    deliveries,
    desk,
    helpers,
    keyed,
    lists,
    members,
    neighbours,
    openings,
    orders,
    payments,
    purchases,
    returns,
    rounds,
    slips,
    statements,
    summaries,
    told,
)

app_name = "orders"

urlpatterns = [
    path("", rounds.home, name="home"),
    # rounds, as members see them
    path("rounds/<int:round_id>/", rounds.show, name="round"),
    path("rounds/<int:round_id>/stock/", rounds.stock, name="round-stock"),
    path("rounds/<int:round_id>/neighbours/", neighbours.choose, name="neighbours"),
    path("rounds/<int:round_id>/qr.png", slips.round_qr, name="round-qr"),
    # paper slips
    path("rounds/<int:round_id>/slip/", slips.paper, name="slip"),
    path("rounds/<int:round_id>/slips/new/", slips.new, name="slip-new"),
    path("rounds/<int:round_id>/slips/<int:slip_id>/undo/", slips.undo, name="slip-undo"),
    # orders
    path("orders/", orders.mine, name="my-orders"),
    path("orders/<int:order_id>/", orders.show, name="order"),
    path("orders/<int:order_id>/amend/", orders.amend, name="order-amend"),
    path("orders/<int:order_id>/cancel/", orders.cancel, name="order-cancel"),
    path("orders/<int:order_id>/decline/", neighbours.decline, name="order-decline"),
    path("proxies/", neighbours.proxies, name="proxies"),
    path("proxies/<int:membership_id>/answer/", neighbours.answer, name="proxy-answer"),
    path("orders/<int:order_id>/claim/", orders.claim, name="payment-claim"),
    path("orders/<int:order_id>/unclaim/", orders.unclaim, name="payment-unclaim"),
    path("orders/<int:order_id>/qr.png", orders.qr, name="order-qr"),
    # the console, and rounds as officers run them
    path("console/", console.today, name="console"),
    path("rounds/new/", openings.new, name="round-new"),
    path("rounds/<int:round_id>/edit/", openings.edit, name="round-edit"),
    path("rounds/<int:round_id>/open/", openings.open_draft, name="round-open"),
    path("rounds/<int:round_id>/manage/", console.manage, name="round-manage"),
    path("rounds/<int:round_id>/close/", console.close, name="round-close"),
    path("rounds/<int:round_id>/extend/", console.extend, name="round-extend"),
    path("rounds/<int:round_id>/fail/", console.fail, name="round-fail"),
    path("rounds/<int:round_id>/cancel/", console.cancel, name="round-cancel"),
    path("rounds/<int:round_id>/missed/", console.record_missed, name="round-missed"),
    path("rounds/<int:round_id>/complete/", console.complete, name="round-complete"),
    # what was told, and whether it got there
    path("told/", told.index, name="told"),
    path("told/retry/", told.retry, name="told-retry"),
    path("rounds/<int:round_id>/told/", told.of_round, name="round-told"),
    path("rounds/<int:round_id>/told/retry/", told.retry_of_round, name="round-told-retry"),
    # money
    path("rounds/<int:round_id>/payments/", payments.index, name="payments"),
    path("orders/<int:order_id>/receive/", payments.receive, name="payment-receive"),
    path("orders/<int:order_id>/refund/", payments.refund, name="payment-refund"),
    path("payments/<int:payment_id>/undo/", payments.undo, name="payment-undo"),
    path("statement/", statements.mine, name="statement"),
    path("books/", statements.books, name="books"),
    path("orders/<int:order_id>/postings/", statements.of_order, name="order-postings"),
    path("rounds/<int:round_id>/postings/", statements.of_round, name="round-postings"),
    # goods arriving and handed out
    path("rounds/<int:round_id>/arrival/", deliveries.arrival, name="arrival"),
    path("rounds/<int:round_id>/desk/", desk.show, name="desk"),
    path("rounds/<int:round_id>/desk/taps/", desk.taps, name="taps"),
    path("rounds/<int:round_id>/doors/", desk.doors, name="doors"),
    path("rounds/<int:round_id>/doors/<int:place>/", desk.doors, name="doors-at"),
    path("orders/<int:order_id>/check-off/", desk.hand_over, name="check-off"),
    path("rounds/<int:round_id>/keyed/", keyed.page, name="keyed"),
    path("rounds/<int:round_id>/helpers/", helpers.page, name="helpers"),
    path("helpers/<int:link_id>/revoke/", helpers.revoke, name="helper-revoke"),
    path("check-offs/<int:check_off_id>/undo/", desk.undo, name="check-off-undo"),
    # lists, labels, and what is bought of the merchant
    path("rounds/<int:round_id>/lists/<slug:kind>/", lists.show, name="list"),
    path("rounds/<int:round_id>/lists/<slug:kind>.pdf", lists.as_pdf, name="list-pdf"),
    path("rounds/<int:round_id>/lists/<slug:kind>.xlsx", lists.as_xlsx, name="list-xlsx"),
    path("rounds/<int:round_id>/purchase/", purchases.show, name="purchase"),
    path("rounds/<int:round_id>/purchase.pdf", purchases.as_pdf, name="purchase-pdf"),
    path("rounds/<int:round_id>/purchase.xlsx", purchases.as_xlsx, name="purchase-xlsx"),
    # returns
    path("returns/", returns.index, name="returns"),
    path("orders/<int:order_id>/returns/new/", returns.new, name="return-new"),
    path("returns/<int:return_id>/", returns.show, name="return"),
    path("returns/<int:return_id>/accept/", returns.accept, name="return-accept"),
    path("returns/<int:return_id>/reject/", returns.reject, name="return-reject"),
    path("returns/<int:return_id>/refund/", returns.refund, name="return-refund"),
    path("returns/<int:return_id>/withdraw/", returns.withdraw, name="return-withdraw"),
    path("return-photos/<int:photo_id>/", returns.photo, name="return-photo"),
    # the monthly summary
    path("summary/", summaries.show, name="summary"),
    path("summary/table1.csv", summaries.as_csv, name="summary-csv"),
    path("summary/table1.xlsx", summaries.as_xlsx, name="summary-xlsx"),
    path("summary/merchants/<int:merchant_id>/", summaries.merchant, name="summary-merchant"),
    path("summary/<slug:month>/", summaries.month, name="summary-month"),
    # people
    path("members/", members.index, name="members"),
]
