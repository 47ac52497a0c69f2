"""Addresses of the ledger and of standings, under /g/<group>/."""

from django.urls import path

from reputation.views import entries, standings

app_name = "reputation"

urlpatterns = [
    path("ledger/", entries.index, name="ledger"),
    path("ledger/export.jsonl", entries.export, name="ledger-export"),
    path("ledger/initiator/", standings.initiator, name="initiator-standing"),
    path("merchants/<int:merchant_id>/standing/", standings.merchant, name="merchant-standing"),
]
