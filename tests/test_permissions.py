"""Who may: every address, every role. The answers of access, for all pages at once.

A row says what each role gets: `OK` the page or act itself (also when a rule then refuses it),
`NO` 403, `GONE` 404 as for a missing thing, `SIGN` the way to the sign-in page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.cache import caches
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from groups.models import PickupPoint
from groups.services.invitations import make_invitation, renew_link
from groups.services.login_links import make_login_link
from merchants.models import Item, MerchantStaff
from merchants.services.links import make_link
from merchants.services.proposals import propose
from merchants.services.questions import ask
from merchants.services.staff import make_staff_link
from orders.models import BatchQuestion, CheckOff, Payment, ReturnPhoto
from orders.services.helpers import make_helper_link
from tests.core.out import confirm_token, told_token
from tests.core.test_images import picture
from tests.factories import (
    announce,
    initiator_of,
    make_checklist,
    make_document,
    make_group,
    make_merchant,
    make_merchant_day,
    make_round,
    make_user,
    make_wait,
    make_witness,
    offer_of,
)
from tests.orders.goods import a_hold, a_photo, an_answer_file
from tests.orders.settling import make_settlement
from tests.orders.stages import Stage, make_stage
from tests.reputation.cases import PHOTO
from tests.reputation.cases import Scene as Case
from tests.reputation.judging import judged
from tests.reputation.said import comment, rate
from tuangou.core import health
from tuangou.core.models import User

OK, NO, GONE, SIGN = "ok", "403", "404", "sign in"
ROLES = (
    "anonymous",
    "outsider",
    "other_initiator",
    "merchant",
    "neighbour",
    "member",
    "deputy",
    "initiator",
)

ANYONE = (OK,) * 8
SIGNED_IN = (SIGN, *(OK,) * 7)
#            anonymous outsider other  merchant neighb. member deputy initiator
MEMBERS = (SIGN, GONE, GONE, GONE, OK, OK, OK, OK)
BUYER = (SIGN, GONE, GONE, GONE, GONE, OK, GONE, GONE)  # who bought it, and no officer
OWN = (SIGN, GONE, GONE, GONE, GONE, OK, OK, OK)  # her own order, or any for officers
OFFICERS = (SIGN, GONE, GONE, GONE, NO, NO, OK, OK)
INITIATOR = (SIGN, GONE, GONE, GONE, NO, NO, NO, OK)
SHOP_AND_MEMBERS = (SIGN, GONE, GONE, OK, OK, OK, OK, OK)
INITIATOR_OF_SHOP = (SIGN, GONE, GONE, NO, NO, NO, NO, OK)  # who sees the page, but may not
SHOP = (SIGN, GONE, GONE, OK, NO, NO, NO, NO)
SIGNERS = (SIGN, GONE, GONE, OK, NO, NO, NO, OK)  # the shop's owner and the initiator
BOTH_SIDES = (SIGN, GONE, GONE, OK, NO, NO, NO, OK)
SHOP_AND_OFFICERS = (SIGN, GONE, GONE, OK, NO, NO, OK, OK)
SIDES = (SIGN, GONE, GONE, OK, NO, OK, NO, NO)  # of a complaint: the shop and who complains
COMPLAINANT = (SIGN, GONE, GONE, NO, NO, OK, NO, NO)
SEATED = (SIGN, GONE, GONE, GONE, GONE, OK, GONE, GONE)  # whom the lot fell on
SHOP_ALONE = (SIGN, GONE, GONE, OK, GONE, GONE, GONE, GONE)

#  name                             method  who
TABLE: list[tuple[str, str, tuple[str, ...]]] = [
    ("healthz", "get", ANYONE),
    ("readyz", "get", ANYONE),
    ("home", "get", ANYONE),
    ("help", "get", ANYONE),
    ("worker", "get", ANYONE),
    ("offline", "get", ANYONE),
    ("account_login", "get", ANYONE),
    ("account_inactive", "get", ANYONE),
    ("account_logout", "get", ANYONE),
    ("account_change_password", "get", SIGNED_IN),
    ("account_set_password", "get", SIGNED_IN),
    ("account_code", "get", SIGNED_IN),  # without a code on its way: to where one is asked for
    ("account_phone", "get", SIGNED_IN),
    ("account_phone", "post", SIGNED_IN),
    ("account_phone_code", "get", SIGNED_IN),
    ("account_devices", "get", SIGNED_IN),
    ("account_device_end", "post", SIGNED_IN),
    ("account_devices_end", "post", SIGNED_IN),
    ("mfa_index", "get", SIGNED_IN),
    ("mfa_authenticate", "get", SIGNED_IN),
    ("mfa_reauthenticate", "get", (SIGN, *(NO,) * 7)),  # nobody here has a second factor
    ("mfa_reauthenticate_webauthn", "get", (SIGN, *(NO,) * 7)),
    ("mfa_activate_totp", "get", SIGNED_IN),
    ("mfa_add_webauthn", "get", SIGNED_IN),
    ("mfa_deactivate_totp", "get", (SIGN, *(GONE,) * 7)),
    ("mfa_remove_webauthn", "get", (SIGN, *(GONE,) * 7)),
    ("mfa_view_recovery_codes", "get", (SIGN, *(GONE,) * 7)),
    ("mfa_generate_recovery_codes", "get", SIGNED_IN),
    ("account_reauthenticate", "get", (SIGN, *(NO,) * 7)),  # nobody here has a password
    ("settings", "get", SIGNED_IN),
    ("settings", "post", SIGNED_IN),
    ("mailbox", "get", SIGNED_IN),
    ("mailbox", "post", SIGNED_IN),
    ("mailbox-confirm", "get", ANYONE),  # whoever reads the mail
    ("mailbox-confirm", "post", ANYONE),
    ("told", "get", ANYONE),  # whoever has the message
    ("told", "post", ANYONE),
    ("account_data", "get", SIGNED_IN),
    ("account_data_export", "post", SIGNED_IN),
    ("account_data_file", "get", (SIGN, *(GONE,) * 7)),  # nobody here asked for one
    ("account_data_erase", "get", SIGNED_IN),
    ("account_data_erase", "post", SIGNED_IN),
    ("account_data_erased", "get", ANYONE),
    ("account_tokens", "get", SIGNED_IN),
    ("account_token_revoke", "post", SIGNED_IN),  # another's token stays: tests/api
    ("display", "get", ANYONE),
    ("set_language", "get", ANYONE),
    ("notices", "get", SIGNED_IN),
    ("round-code", "get", ANYONE),  # tells nothing but where to go
    ("login-link", "get", ANYONE),  # says nothing about whose it is
    ("login-link", "post", (OK, *(GONE,) * 7)),  # whoever is first
    ("helper", "get", ANYONE),  # whoever has the link: one list, tests/orders/test_helpers.py
    ("helper-check-off", "post", ANYONE),
    ("helper-undo", "post", ANYONE),
    ("helper-taps", "post", ANYONE),
    ("helper-arrival", "get", ANYONE),
    ("helper-arrival", "post", ANYONE),
    ("helper-photos", "get", ANYONE),
    ("helper-photos", "post", ANYONE),
    ("orders:waiting", "get", OFFICERS),
    ("orders:waiting-offer", "get", MEMBERS),
    ("orders:waiting-offer", "post", MEMBERS),
    ("orders:offer-raise", "post", OFFICERS),
    ("orders:waiting-leave", "post", OWN),
    ("orders:leftovers", "get", INITIATOR),
    ("orders:leftover", "get", INITIATOR),
    ("orders:leftover", "post", INITIATOR),
    ("orders:keyed", "get", OFFICERS),
    ("orders:keyed", "post", OFFICERS),
    ("orders:helpers", "get", OFFICERS),
    ("orders:helpers", "post", OFFICERS),
    ("orders:helper-revoke", "post", OFFICERS),
    ("groups:login-link", "get", INITIATOR),
    ("groups:login-link", "post", INITIATOR),
    ("groups:login-link-revoke", "post", INITIATOR),
    ("invitation", "get", ANYONE),
    ("invitation", "post", ANYONE),
    ("compound-link", "get", ANYONE),
    ("compound-link", "post", ANYONE),
    ("found", "get", SIGNED_IN),
    ("found", "post", SIGNED_IN),
    ("found-buildings", "get", SIGNED_IN),
    ("found-rules", "get", SIGNED_IN),
    ("found-check", "get", SIGNED_IN),
    ("found-check", "post", SIGNED_IN),
    ("pickup", "get", OWN),
    ("item-photo", "get", SIGNED_IN),
    ("groups:me", "get", MEMBERS),
    ("groups:leave", "get", MEMBERS),
    ("groups:leave", "post", MEMBERS),
    ("groups:correct", "get", MEMBERS),
    ("groups:correct", "post", MEMBERS),
    ("groups:door-ask", "get", MEMBERS),
    ("groups:door-ask", "post", MEMBERS),
    ("groups:door", "get", INITIATOR),
    ("groups:door", "post", INITIATOR),
    ("groups:help", "get", MEMBERS),
    ("groups:notices", "get", MEMBERS),
    ("groups:notices-read", "post", MEMBERS),
    ("groups:announcements", "get", MEMBERS),
    ("groups:announcement", "get", MEMBERS),
    ("groups:announcement-new", "get", OFFICERS),
    ("groups:announcement-new", "post", OFFICERS),
    ("groups:announcement-withdraw", "post", OFFICERS),
    ("groups:loading", "get", MEMBERS),
    ("groups:invitations", "get", MEMBERS),
    ("groups:invitation-new", "post", MEMBERS),
    ("groups:invitation-revoke", "post", (SIGN, GONE, GONE, GONE, GONE, GONE, OK, OK)),
    ("groups:link-renew", "post", OFFICERS),
    ("groups:link-close", "post", OFFICERS),
    ("groups:waiting", "get", MEMBERS),
    ("groups:joining", "get", MEMBERS),
    ("groups:joining-accept", "post", (SIGN, GONE, GONE, GONE, GONE, GONE, OK, OK)),
    ("groups:joining-reject", "post", (SIGN, GONE, GONE, GONE, GONE, GONE, OK, OK)),
    ("groups:member", "get", OFFICERS),
    ("groups:member-remove", "get", INITIATOR),
    ("groups:member-remove", "post", INITIATOR),
    ("groups:member-restore", "post", INITIATOR),
    ("groups:consents", "get", MEMBERS),
    ("groups:consents", "post", MEMBERS),
    ("groups:house-rules", "get", MEMBERS),
    ("groups:house-rules-accept", "post", MEMBERS),
    ("groups:house-rules-edit", "get", OFFICERS),
    ("groups:house-rules-edit", "post", OFFICERS),
    ("groups:start", "get", OFFICERS),
    ("groups:settings", "get", OFFICERS),
    ("groups:robot", "get", INITIATOR),
    ("groups:robot", "post", INITIATOR),
    ("groups:robot-disconnect", "post", INITIATOR),
    ("groups:rules", "get", INITIATOR),
    ("groups:notice", "post", OFFICERS),
    ("groups:building-new", "post", OFFICERS),
    ("groups:building", "post", OFFICERS),
    ("groups:pickup-point-new", "post", OFFICERS),
    ("groups:pickup-point-close", "post", OFFICERS),
    ("groups:deputy-name", "post", INITIATOR),
    ("groups:deputy-end", "post", INITIATOR),
    ("merchants:list", "get", MEMBERS),
    ("merchants:apply", "get", MEMBERS),
    ("merchants:merchant", "get", SHOP_AND_MEMBERS),
    ("merchants:edit", "get", SHOP_AND_OFFICERS),
    ("merchants:application", "get", SHOP_AND_OFFICERS),
    ("merchants:application-submit", "post", SHOP_AND_OFFICERS),
    ("merchants:application-review", "post", OFFICERS),
    ("merchants:application-approve", "post", OFFICERS),
    ("merchants:application-ask-changes", "post", OFFICERS),
    ("merchants:application-reject", "post", OFFICERS),
    ("merchants:application-reinstate", "post", INITIATOR),
    ("merchants:application-leave", "post", SHOP_AND_OFFICERS),
    ("merchants:agreement", "get", SHOP_AND_MEMBERS),
    ("merchants:agreement-new", "get", SIGNERS),
    ("merchants:agreement-new", "post", SIGNERS),
    ("merchants:agreement-sign", "post", SIGNERS),
    ("merchants:agreement-decline", "get", SIGNERS),
    ("merchants:agreement-paper", "get", INITIATOR),
    ("merchants:agreement-paper", "post", INITIATOR),
    ("merchants:agreement-paper-file", "get", (SIGN, GONE, GONE, GONE, NO, NO, GONE, GONE)),  # none
    ("orders:days", "get", MEMBERS),
    ("orders:day-answer", "get", OFFICERS),
    ("orders:day-answer", "post", OFFICERS),
    ("orders:shop-days", "get", SHOP_AND_OFFICERS),
    ("orders:shop-days", "post", SHOP_AND_OFFICERS),
    ("orders:day-withdraw", "post", SHOP_AND_OFFICERS),
    ("shop-link", "get", ANYONE),
    ("shop-link", "post", ANYONE),
    ("staff-link", "get", ANYONE),
    ("staff-link", "post", (OK, OK, *(GONE,) * 6)),  # the first with an account uses it up
    ("shop-guide", "get", ANYONE),
    # a shop's people, helpers beside the owner: tests/merchants/test_staff.py
    ("portal", "get", SHOP_ALONE),
    ("staff", "get", SHOP_ALONE),
    ("staff-link-new", "post", SHOP_ALONE),
    ("staff-link-close", "post", SHOP_ALONE),
    ("staff-remove", "get", SHOP_ALONE),
    ("staff-remove", "post", SHOP_ALONE),
    ("staff-hand-on", "get", SHOP_ALONE),
    ("staff-hand-on", "post", (SIGN, GONE, GONE, OK, GONE, GONE, GONE, GONE)),
    ("merchants:shop-links", "get", OFFICERS),
    ("merchants:shop-link-new", "post", OFFICERS),
    ("merchants:shop-link-close", "post", OFFICERS),
    ("merchants:hand-over", "post", OFFICERS),
    ("merchants:checklist", "get", INITIATOR),
    ("merchants:checklist", "post", INITIATOR),
    ("merchants:vetting", "get", SHOP_AND_MEMBERS),
    ("merchants:line-check", "get", OFFICERS),
    ("merchants:line-check", "post", OFFICERS),
    ("merchants:likeness", "get", (SIGN, GONE, GONE, GONE, NO, NO, GONE, GONE)),  # nothing alike
    ("merchants:likeness", "post", (SIGN, GONE, GONE, GONE, NO, NO, GONE, GONE)),
    ("merchants:likeness-file", "get", (SIGN, GONE, GONE, GONE, NO, NO, GONE, GONE)),
    ("merchants:prices", "get", SHOP_AND_MEMBERS),
    ("merchants:witness-picture", "get", SHOP_AND_MEMBERS),
    ("merchants:price-ruling", "get", INITIATOR),
    ("merchants:price-ruling", "post", INITIATOR),
    ("merchants:month", "get", MEMBERS),
    ("merchants:proposals", "get", MEMBERS),
    ("merchants:proposal-new", "get", MEMBERS),
    ("merchants:proposal-new", "post", MEMBERS),
    ("merchants:proposal-back", "post", MEMBERS),
    ("merchants:proposal-invite", "post", OFFICERS),
    ("merchants:proposal-decline", "get", OFFICERS),
    ("merchants:proposal-decline", "post", OFFICERS),
    ("merchants:follow", "post", MEMBERS),
    ("merchants:question-new", "get", MEMBERS),
    ("merchants:question-new", "post", MEMBERS),
    ("merchants:question-answer", "get", SHOP),
    ("merchants:question-answer", "post", SHOP),
    ("merchants:question-hide", "get", INITIATOR_OF_SHOP),
    ("merchants:question-hide", "post", INITIATOR_OF_SHOP),
    ("merchants:appeal-new", "get", SHOP),
    ("merchants:appeal-new", "post", SHOP),
    ("merchants:appeal-answer", "get", (SIGN, GONE, GONE, GONE, NO, NO, GONE, GONE)),  # none waits
    ("merchants:appeal-answer", "post", (SIGN, GONE, GONE, GONE, NO, NO, GONE, GONE)),
    ("merchants:goods", "get", SHOP_AND_OFFICERS),
    ("merchants:goods-sheet", "get", SHOP_AND_OFFICERS),
    ("merchants:goods-sheet", "post", SHOP_AND_OFFICERS),
    ("merchants:goods-template", "get", SHOP_AND_OFFICERS),
    ("merchants:promises", "get", SHOP_AND_OFFICERS),
    ("merchants:promises", "post", SHOP_AND_OFFICERS),
    ("merchants:check", "get", SHOP_AND_OFFICERS),
    ("merchants:documents", "get", SHOP_AND_OFFICERS),
    ("merchants:document-new", "get", SHOP_AND_OFFICERS),
    ("merchants:document-new", "post", SHOP_AND_OFFICERS),
    ("merchants:document-file", "get", SHOP_AND_OFFICERS),
    ("merchants:document-withdraw", "get", SHOP_AND_OFFICERS),
    ("merchants:document-withdraw", "post", SHOP_AND_OFFICERS),
    ("merchants:item-new", "get", SHOP_AND_OFFICERS),
    ("merchants:item-edit", "get", SHOP_AND_OFFICERS),
    ("merchants:item-withdraw", "post", SHOP_AND_OFFICERS),
    ("merchants:item-put-back", "post", SHOP_AND_OFFICERS),
    ("merchants:witness-new", "get", MEMBERS),
    ("orders:home", "get", MEMBERS),
    ("orders:round", "get", MEMBERS),
    ("orders:round", "post", MEMBERS),
    ("orders:round-stock", "get", MEMBERS),
    ("orders:neighbours", "get", MEMBERS),
    ("orders:round-qr", "get", MEMBERS),
    ("orders:slip", "get", MEMBERS),
    ("orders:slip-new", "get", OFFICERS),
    ("orders:slip-new", "post", OFFICERS),
    ("orders:slip-undo", "post", OFFICERS),
    ("orders:my-orders", "get", MEMBERS),
    ("orders:order", "get", OWN),
    ("orders:order-amend", "get", OWN),
    ("orders:order-amend", "post", OWN),
    ("orders:order-cancel", "get", OWN),
    ("orders:order-cancel", "post", OWN),
    ("orders:order-decline", "post", (SIGN, *(GONE,) * 4, OK, GONE, GONE)),  # hers alone
    ("orders:proxies", "get", MEMBERS),
    ("orders:proxy-answer", "post", MEMBERS),
    ("orders:payment-claim", "post", OWN),
    ("orders:payment-unclaim", "post", OWN),
    ("orders:order-qr", "get", OWN),
    ("orders:console", "get", OFFICERS),
    ("orders:round-new", "get", OFFICERS),
    ("orders:round-edit", "get", OFFICERS),
    ("orders:round-open", "post", OFFICERS),
    ("orders:round-manage", "get", OFFICERS),
    ("orders:round-close", "post", OFFICERS),
    ("orders:round-extend", "post", OFFICERS),
    ("orders:round-fail", "post", OFFICERS),
    ("orders:round-cancel", "get", INITIATOR),
    ("orders:round-cancel", "post", INITIATOR),
    ("orders:round-missed", "post", OFFICERS),
    ("orders:round-complete", "post", OFFICERS),
    ("orders:told", "get", OFFICERS),
    ("orders:told-retry", "post", OFFICERS),
    ("orders:round-told", "get", OFFICERS),
    ("orders:round-told-retry", "post", OFFICERS),
    ("orders:payments", "get", INITIATOR),
    ("orders:payment-receive", "post", INITIATOR),
    ("orders:payment-refund", "post", INITIATOR),
    ("orders:payment-undo", "post", INITIATOR),
    ("orders:statement", "get", MEMBERS),
    ("orders:books", "get", INITIATOR),
    ("orders:settlements", "get", INITIATOR),
    ("orders:shop-settlements", "get", SHOP),
    ("orders:settlement", "get", BOTH_SIDES),  # members once it is settled: test_settlement_pages
    ("orders:settlement-draw", "post", INITIATOR),
    ("orders:settlement-confirm", "post", BOTH_SIDES),
    ("orders:settlement-confirm-for", "post", INITIATOR),
    ("orders:settlement-say", "post", BOTH_SIDES),
    ("orders:settlement-pay", "post", BOTH_SIDES),
    ("orders:settlement-unpay", "post", BOTH_SIDES),
    ("orders:settlement-postings", "get", BOTH_SIDES),
    ("orders:settlement-pdf", "get", BOTH_SIDES),
    ("orders:settlement-xlsx", "get", BOTH_SIDES),
    ("orders:order-postings", "get", OWN),
    ("orders:round-postings", "get", INITIATOR),
    ("orders:arrival", "get", OFFICERS),
    ("orders:arrival", "post", OFFICERS),
    ("orders:delivery-announce", "get", SHOP_AND_OFFICERS),
    ("orders:delivery-announce", "post", SHOP_AND_OFFICERS),
    ("orders:shortage-announce", "get", SHOP_AND_OFFICERS),
    ("orders:shortage-announce", "post", SHOP_AND_OFFICERS),
    # this round is fetched: 403 for the shop, too; tests/orders/test_door_views.py
    ("orders:shop-doors", "get", (SIGN, GONE, GONE, NO, NO, NO, NO, NO)),
    ("orders:shop-doors", "post", (SIGN, GONE, GONE, NO, NO, NO, NO, NO)),
    ("orders:delivery", "get", MEMBERS),
    ("orders:arrival-later", "get", OFFICERS),
    ("orders:arrival-later", "post", OFFICERS),
    ("orders:sharing", "get", OFFICERS),
    ("orders:sharing", "post", OFFICERS),
    ("orders:delivery-photos", "get", OFFICERS),
    ("orders:delivery-photos", "post", OFFICERS),
    ("orders:delivery-photo", "get", MEMBERS),
    ("orders:inspection", "get", OFFICERS),
    ("orders:inspection", "post", OFFICERS),
    ("orders:inspect-car", "get", OFFICERS),
    ("orders:inspect-car", "post", OFFICERS),
    ("orders:hold-release", "post", INITIATOR),
    ("orders:hold-withdraw", "post", INITIATOR),
    ("orders:list", "get", OFFICERS),
    ("orders:list-pdf", "get", OFFICERS),
    ("orders:list-xlsx", "get", OFFICERS),
    ("orders:purchase", "get", SHOP_AND_OFFICERS),
    ("orders:purchase-pdf", "get", SHOP_AND_OFFICERS),
    ("orders:purchase-xlsx", "get", SHOP_AND_OFFICERS),
    ("orders:desk", "get", OFFICERS),
    ("orders:taps", "post", OFFICERS),
    ("orders:scan", "get", OFFICERS),
    ("orders:doors", "get", OFFICERS),
    ("orders:doors-at", "get", OFFICERS),
    ("orders:check-off", "post", OFFICERS),
    ("orders:check-off-undo", "post", OFFICERS),
    ("orders:returns", "get", OFFICERS),
    ("orders:return-report", "get", MEMBERS),
    ("orders:return-new", "get", OWN),
    ("orders:return-new", "post", OWN),
    ("orders:return", "get", OWN),
    ("orders:return-accept", "post", INITIATOR),
    ("orders:return-reject", "post", INITIATOR),
    ("orders:return-refund", "post", INITIATOR),
    ("orders:return-withdraw", "post", OWN),
    ("orders:return-photo", "get", (SIGN, GONE, GONE, OK, GONE, OK, OK, OK)),
    ("orders:return-file", "get", (SIGN, GONE, GONE, OK, GONE, OK, OK, OK)),
    ("orders:shop-returns", "get", SHOP),
    ("orders:shop-return", "get", SHOP),
    ("orders:shop-return", "post", SHOP),
    ("orders:question", "get", MEMBERS),
    ("orders:question-answer", "post", MEMBERS),
    ("orders:question-lift", "post", INITIATOR),
    ("reputation:rate", "get", BUYER),
    ("reputation:rate", "post", BUYER),
    ("reputation:round-said", "get", SHOP_AND_MEMBERS),
    ("reputation:comment-new", "post", MEMBERS),
    ("reputation:comment-hide", "get", OFFICERS),
    ("reputation:comment-hide", "post", OFFICERS),
    ("reputation:merchant-ratings", "get", SHOP_AND_MEMBERS),
    ("reputation:item-ratings", "get", SHOP_AND_MEMBERS),
    ("reputation:rating-answer", "get", SHOP),
    ("reputation:rating-answer", "post", SHOP),
    ("reputation:rating-useful", "post", MEMBERS),
    ("reputation:rating-photo", "get", SHOP_AND_MEMBERS),
    ("reputation:rating-flags", "get", INITIATOR),
    ("reputation:words", "get", OFFICERS),
    ("reputation:words-edit", "get", OFFICERS),
    ("reputation:words-edit", "post", OFFICERS),
    ("reputation:complaints", "get", MEMBERS),
    ("reputation:merchant-complaints", "get", SHOP_AND_MEMBERS),
    ("reputation:complaint-new", "get", MEMBERS),
    ("reputation:complaint-new", "post", MEMBERS),
    ("reputation:complaint", "get", SHOP_AND_MEMBERS),
    ("reputation:complaint-of", "get", MEMBERS),
    ("reputation:complaint-file", "get", (SIGN, GONE, GONE, OK, GONE, OK, OK, OK)),
    ("reputation:complaint-answer", "get", SHOP),
    ("reputation:complaint-answer", "post", SHOP),
    ("reputation:complaint-rule", "get", INITIATOR_OF_SHOP),
    ("reputation:complaint-rule", "post", INITIATOR_OF_SHOP),
    ("reputation:complaint-suggest", "post", (SIGN, GONE, GONE, OK, NO, OK, NO, OK)),
    ("reputation:complaint-agree", "post", SIDES),
    ("reputation:complaint-press", "post", SIDES),
    ("reputation:complaint-appeal", "post", SIDES),
    ("reputation:complaint-settle", "post", COMPLAINANT),
    ("reputation:complaint-withdraw", "post", COMPLAINANT),
    ("reputation:complaint-confirm", "post", COMPLAINANT),
    ("reputation:complaint-rate", "post", COMPLAINANT),
    ("reputation:sanction-list", "get", MEMBERS),
    ("reputation:sanctions", "get", SHOP_AND_MEMBERS),
    ("reputation:sanction-new", "get", INITIATOR),
    ("reputation:sanction-new", "post", INITIATOR),
    ("reputation:sanction-lift", "get", INITIATOR),
    ("reputation:sanction-lift", "post", INITIATOR),
    ("reputation:proposal-dismiss", "get", INITIATOR),
    ("reputation:proposal-dismiss", "post", INITIATOR),
    ("reputation:sanction-appeal", "get", SHOP),
    ("reputation:sanction-appeal", "post", SHOP),
    ("reputation:sanction-vote", "get", SEATED),
    ("reputation:sanction-vote", "post", SEATED),
    ("reputation:consequences", "get", MEMBERS),
    ("reputation:round-consequences", "get", MEMBERS),
    ("reputation:consequences-edit", "get", INITIATOR),
    ("reputation:consequences-edit", "post", INITIATOR),
    ("reputation:ledger", "get", MEMBERS),
    ("reputation:ledger-export", "get", MEMBERS),
    ("reputation:initiator-standing", "get", MEMBERS),
    ("reputation:effects", "get", INITIATOR),
    ("reputation:merchant-standing", "get", SHOP_AND_MEMBERS),
    ("reputation:merchant-chain", "get", SHOP_AND_MEMBERS),
    ("reputation:item-chain", "get", SHOP_AND_MEMBERS),
    ("orders:summary", "get", MEMBERS),
    ("orders:summary-csv", "get", MEMBERS),
    ("orders:summary-xlsx", "get", MEMBERS),
    ("orders:summary-merchant", "get", MEMBERS),
    ("orders:summary-month", "get", MEMBERS),
    ("orders:members", "get", MEMBERS),
]

# Rounds whose money the merchant takes (O8): the staff ticks, the initiator may only look.
PAID_TO_MERCHANT: list[tuple[str, str, tuple[str, ...]]] = [
    ("orders:payments", "get", (SIGN, GONE, GONE, OK, NO, NO, NO, OK)),
    ("orders:payment-receive", "post", (SIGN, GONE, GONE, OK, NO, NO, NO, NO)),
    ("orders:payment-undo", "post", (SIGN, GONE, GONE, OK, NO, NO, NO, NO)),
    ("orders:payment-refund", "post", (SIGN, GONE, GONE, OK, NO, NO, NO, NO)),
    ("orders:return-refund", "post", (SIGN, GONE, GONE, OK, NO, NO, NO, NO)),
]


@dataclass
class Scene:
    """One group in which something of every kind exists, and one person of every role."""

    stage: Stage
    people: dict[str, User | None]
    ids: dict[str, object] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)

    def session_of(self, role: str) -> str:
        """The key that the browser of somebody holds, who signed in once; of nobody: none."""
        user = self.people[role]
        if role not in self.sessions and user is not None:
            client = Client()
            client.force_login(user)
            self.sessions[role] = client.cookies[settings.SESSION_COOKIE_NAME].value
        return self.sessions.get(role, "")

    def path(self, name: str) -> str:
        app, _, local = name.rpartition(":")
        args: list[object] = [self.stage.group.slug] if app else []
        return reverse(name, args=[*args, *self._own(name, local)])

    def _own(self, name: str, local: str) -> list[object]:
        parameters = PARAMETERS[name]
        if name in LINKS:
            return [self.ids[name]]
        if name.startswith("helper"):
            return [self.ids["helper" if p == "token" else p] for p in parameters]
        return [self.ids["draft" if p == "round_id" and local in DRAFTS else p] for p in parameters]


DRAFTS = ("round-edit", "round-open")
LINKS = (
    *("invitation", "compound-link", "login-link", "shop-link", "staff-link"),
    *("told", "mailbox-confirm"),
)


def patterns(
    resolver: URLResolver, space: str = "", before: tuple[str, ...] = ()
) -> Iterator[tuple[str, tuple[str, ...]]]:
    for found in resolver.url_patterns:
        own = tuple(found.pattern.converters)
        if isinstance(found, URLResolver):
            if found.namespace in {"admin", "api"}:  # groups/test_admin.py, test_api_permissions.py
                continue
            inner = f"{space}{found.namespace}:" if found.namespace else space
            yield from patterns(found, inner, before + own)
        elif isinstance(found, URLPattern) and found.name:
            parameters = tuple(p for p in before + own if not (p == "slug" and space))
            yield f"{space}{found.name}", parameters


PARAMETERS = dict(patterns(get_resolver()))


def make_scene(payee: str = "initiator") -> Scene:
    """A round that arrived, with an order fetched, paid, and asked to be returned with a photo."""
    group = make_group()
    initiator = initiator_of(group)
    shop = make_user("店主")
    merchant = make_merchant(group, "老马家牛肉铺", staff=shop)
    stage = make_stage(group=group, merchant=merchant, payee=payee)
    order = stage.order()
    later = stage.order(stage.member)
    slip = stage.order(stage.neighbour, placed_by=stage.deputy, channel="paper")
    stage.arrive()
    stage.hand_over(order)
    payee_user = initiator.user if payee == "initiator" else shop
    if payee == "initiator":
        payment = stage.receive(order, 7600)
    else:
        payment = Payment.objects.create(
            group=group,
            round=stage.round,
            order=order,
            amount_fen=100,
            status="received",
            received_at=timezone.now(),
            received_by=payee_user,
        )
    ret = stage.ask(order, photos=(picture(kind="WEBP").getvalue(),))
    draft = make_round(group, merchant=merchant, opened=False)
    rating = rate(stage, order, photos=(picture(kind="WEBP").getvalue(),))
    case = Case(stage, order)
    complaint = case.complain(files=[PHOTO])
    elsewhere = make_group()
    scene = Scene(
        stage,
        {
            "anonymous": None,
            "outsider": make_user("路人"),
            "other_initiator": initiator_of(elsewhere).user,
            "merchant": shop,
            "neighbour": stage.neighbour.user,
            "member": stage.member.user,
            "deputy": stage.deputy.user,
            "initiator": initiator.user,
        },
    )
    item = Item.objects.filter(merchant=merchant).order_by("pk").first()
    assert item is not None
    _link, entry = make_login_link(
        group_id=group.pk, actor_id=initiator.pk, membership_id=stage.neighbour.pk
    )
    helper_link, helper = make_helper_link(
        round_id=stage.round.pk, actor_id=initiator.pk, name="小李"
    )
    invitation, token = make_invitation(group_id=group.pk, actor_id=initiator.pk)
    assert stage.member.user is not None
    shop_link = make_link(group_id=group.pk, actor_id=initiator.pk)
    staff_link = make_staff_link(merchant_id=merchant.pk, actor_user_id=shop.pk)
    helper_of_shop = MerchantStaff.objects.create(
        merchant=merchant, user=make_user("店员"), role="helper"
    )
    scene.ids = {
        "staff-link": staff_link.token,
        "staff_link_id": staff_link.pk,
        "staff_id": helper_of_shop.pk,
        "shop-link": shop_link.token,
        "shop_link_id": shop_link.pk,
        "told": told_token(stage.member.user),
        "mailbox-confirm": confirm_token(stage.member.user),
        "invitation_id": invitation.pk,
        "invitation": token,
        "login-link": entry,
        "helper": helper,
        "link_id": helper_link.pk,
        "compound-link": renew_link(group_id=group.pk, actor_id=initiator.pk).token,
        "round_id": stage.round.pk,
        "draft": draft.pk,
        "offer_id": offer_of(stage.round).pk,
        "entry_id": make_wait(offer_of(stage.round), stage.member).pk,
        "order_id": order.pk,
        "slip_id": slip.pk,
        "payment_id": payment.pk,
        "settlement_payment_id": make_settlement(stage).payments.get().pk,
        "check_off_id": CheckOff.objects.get(order=order).pk,
        "hold_id": a_hold(stage).pk,
        "delivery_photo_id": a_photo(stage).pk,
        "return_id": ret.pk,
        "question_id": BatchQuestion.objects.get(first=ret).pk,
        "photo_id": ReturnPhoto.objects.get(ret=ret).pk,
        "complaint_id": complaint.pk,
        "evidence": "reputation_complaint",
        "evidence_id": complaint.pk,
        "complaint_file_id": complaint.files.get().pk,
        "suggestion_id": case.suggest(complaint).pk,
        **judged(stage, stage.member),
        "rating_id": rating.pk,
        "rating_photo_id": rating.photos.get().pk,
        "comment_id": comment(stage, stage.member).pk,
        "category": "beef",
        "answer_file_id": an_answer_file(ret, shop).pk,
        "merchant_id": merchant.pk,
        "item_id": item.pk,
        "document_id": make_document(merchant).pk,
        "signature_id": 999_999_999,
        "merchant_day_id": make_merchant_day(group, merchant).pk,
        "price_witness_id": make_witness(group, item, by=stage.member, price_fen=1).pk,
        "merchant_question_id": ask(
            group_id=group.pk, merchant_id=merchant.pk, actor_id=stage.member.pk, text="几点切的"
        ).pk,
        "proposal_id": propose(
            group_id=group.pk, actor_id=stage.member.pk, name="阿婆馄饨", reason="皮薄"
        ).pk,
        "other_id": 999_999_999,
        "checklist_line_id": make_checklist(group)[0].pk,
        "paper": "licence",
        "building_id": stage.member.household.building_id,
        "pickup_point_id": PickupPoint.objects.get(group=group).pk,
        "membership_id": stage.deputy.pk,
        "announcement_id": announce(stage.initiator).pk,
        "pk": 999_999_999,
        "month": f"{stage.round.month:%Y-%m}",
        "code": stage.round.code,
        "kind": "building",
        "place": 1,
        "car": 1,
        "token": later.pickup_token,
        "name": "gone.webp",
        "token_id": 1,
        "export_id": 1,
    }
    return scene


def answer(scene: Scene, role: str, name: str, method: str) -> str:
    client = Client()
    if scene.people[role] is not None:
        client.cookies[settings.SESSION_COOKIE_NAME] = scene.session_of(role)
    body = {"request_id": str(uuid4())} if method == "post" else {}
    response = getattr(client, method)(scene.path(name), body)
    if response.status_code in (302, 303) and "/accounts/login/" in response.headers["Location"]:
        return SIGN
    return {403: NO, 404: GONE}.get(response.status_code, _fine(response.status_code))


def by_all(scene: Scene, name: str, method: str) -> dict[str, str]:
    """What each role gets, in this order; afterwards the scene is as before."""
    for role in ROLES:
        scene.session_of(role)
    around: Any = transaction.atomic()
    around._from_testcase = True  # as around a test: acts that must be outermost may begin
    with around:
        got = {role: answer(scene, role, name, method) for role in ROLES}
        transaction.set_rollback(True)
    caches["local"].clear()
    return got


def _fine(status: int) -> str:
    return OK if status in (200, 302, 409, 422) else f"status {status}"


READS = [(name, who) for name, method, who in TABLE if method == "get"]
ACTS = [(name, who) for name, method, who in TABLE if method == "post"]


@pytest.mark.timeout(900)  # a machine may be busy
@pytest.mark.django_db
def test_who_may_look(broker_allowed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every GET in one scene, which reading does not change. /readyz asks for the broker; whether
    this machine is ready within a second is no matter here."""
    monkeypatch.setattr(health, "SECONDS", 60.0)
    monkeypatch.setattr(health, "disk_state", lambda: "ok")
    scene = make_scene()
    wanted = {name: dict(zip(ROLES, who, strict=True)) for name, who in READS}
    wanted["item-photo"] = dict.fromkeys(ROLES, GONE) | {"anonymous": SIGN}  # no such picture
    got = {name: {role: answer(scene, role, name, "get") for role in ROLES} for name, _who in READS}
    assert {n: got[n] for n in got if got[n] != wanted[n]} == {}


@pytest.mark.timeout(900)
@pytest.mark.django_db
def test_who_may_act() -> None:
    """Every POST by everybody, one after the other, in a scene that is put back for the next."""
    scene = make_scene()
    wanted = {name: dict(zip(ROLES, who, strict=True)) for name, who in ACTS}
    got = {name: by_all(scene, name, "post") for name, _who in ACTS}
    assert {n: got[n] for n in got if got[n] != wanted[n]} == {}


@pytest.mark.django_db
def test_who_may_where_the_merchant_is_paid() -> None:
    scene = make_scene(payee="merchant")
    for name, method, expected in PAID_TO_MERCHANT:
        assert by_all(scene, name, method) == dict(zip(ROLES, expected, strict=True)), name


def test_every_address_is_in_the_table() -> None:
    assert set(PARAMETERS) == {name for name, _method, _who in TABLE}


@pytest.mark.django_db
def test_a_draft_is_missing_for_members() -> None:
    scene = make_scene()
    scene.ids["round_id"] = scene.ids["draft"]
    got = {role: answer(scene, role, "orders:round", "get") for role in ("member", "deputy")}
    assert got == {"member": GONE, "deputy": OK}


@pytest.mark.django_db
def test_another_groups_row_is_a_missing_row() -> None:
    """The initiator of one group asks for ids of another: 404, byte for byte as for no row."""
    scene, other = make_scene(), make_scene()
    client = Client()
    initiator = scene.people["initiator"]
    assert initiator is not None
    client.force_login(initiator)
    slug = scene.stage.group.slug
    for name, parameters in PARAMETERS.items():
        keys = [p for p in parameters if p.endswith("_id")]
        if not name.startswith(("orders:", "groups:")) or not keys or "merchant_id" in keys:
            continue
        foreign = [slug, *(other.ids[p] for p in parameters)]
        missing = [slug, *(999_999_999 for _ in parameters)]
        method = client.get if _methods(name)[:1] == ("get",) else client.post
        first, second = method(reverse(name, args=foreign)), method(reverse(name, args=missing))
        assert first.status_code == second.status_code == 404, name
        assert _masked(first.content) == _masked(second.content), name


def _masked(page: bytes) -> bytes:
    """Without the token that differs in every answer, and the address that was asked for."""
    page = re.sub(rb'name="csrfmiddlewaretoken" value="[^"]+"', b"", page)
    return re.sub(rb'name="next" value="[^"]+"', b"", page)


def _methods(name: str) -> tuple[str, ...]:
    return tuple(method for row, method, _who in TABLE if row == name)


@pytest.mark.django_db
def test_gone_members_lose_everything_at_once() -> None:
    scene = make_scene()
    member = scene.stage.member
    client = Client()
    assert member.user is not None
    client.force_login(member.user)
    path = scene.path("orders:home")
    assert client.get(path).status_code == 200
    member.move_to("left", left_at=timezone.now() - timedelta(seconds=1))
    assert client.get(path).status_code == 404


@pytest.mark.django_db
def test_no_page_of_a_void_group_opens() -> None:
    scene = make_scene()
    scene.stage.group.move_to("void")
    for name, method, _who in TABLE:
        if ":" in name:
            assert answer(scene, "initiator", name, method) in (GONE, SIGN), name
