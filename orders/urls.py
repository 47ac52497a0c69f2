"""Addresses of rounds, orders and their money, under /g/<group>/. Verbs last, POST only."""

from django.urls import path

from orders.views import console, openings, orders, rounds

app_name = "orders"

urlpatterns = [
    path("", rounds.home, name="home"),
    # rounds, as members see them
    path("rounds/<int:round_id>/", rounds.show, name="round"),
    path("rounds/<int:round_id>/stock/", rounds.stock, name="round-stock"),
    path("rounds/<int:round_id>/neighbours/", orders.neighbours, name="neighbours"),
    # orders
    path("orders/", orders.mine, name="my-orders"),
    path("orders/<int:order_id>/", orders.show, name="order"),
    path("orders/<int:order_id>/amend/", orders.amend, name="order-amend"),
    path("orders/<int:order_id>/cancel/", orders.cancel, name="order-cancel"),
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
]
