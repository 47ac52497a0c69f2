"""Every column that can hold a text is decided here: it names nobody, or somebody erases it.

A new column fails until it stands in one of the two tables. To decide: can a person type into it,
or can a person's name, phone, door, device or picture be copied into it? Then it is erased by the
part of its app (`<app>/services/personal.py`; tuangou/core/personal.py), and the drill in
test_erasure.py should put her name there. docs/my-data.md says the rule.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.db import models

KINDS = (
    models.CharField,
    models.TextField,
    models.JSONField,
    models.BinaryField,
    models.FileField,
    models.GenericIPAddressField,
)

# table.column: which part erases it, and how
ERASED = {
    # gone with their rows, which hang on the account (core.personal.hanging)
    "django_admin_log.object_id": "core: her rows go",
    "django_admin_log.object_repr": "core: her rows go, scrubbed in others",
    "django_admin_log.change_message": "core: her rows go, scrubbed in others",
    "account_emailaddress.email": "core: rows go",
    "account_emailconfirmation.key": "core: rows go",
    "mfa_authenticator.data": "core: rows go",
    "core_session.session_key": "core: rows go",
    "core_session.session_data": "core: rows go",
    "core_session.device": "core: rows go",
    "core_session.user_agent": "core: rows go",
    "core_session.ip": "core: rows go",
    "core_code.phone": "core: rows of her phone go",
    "core_code.nonce": "core: rows of her phone go",
    "core_sms.phone": "core: rows of her phone go",
    "core_sms.context": "core: rows of her phone go",
    "core_sms.last_error": "core: rows of her phone go",
    "core_export.file": "core: rows and files go",
    "core_requestkey.act": "core: rows go",
    "core_requestkey.body_sha256": "core: rows go",
    "core_requestkey.refusal": "core: rows go, scrubbed in others'",
    "core_apitoken.name": "core: rows go",
    "core_apitoken.scopes": "core: rows go",
    "core_apitoken.sha256": "core: rows go",
    "core_apitoken.prefix": "core: rows go",
    "core_notice.channel": "core: rows go",
    "core_notice.kind": "core: rows go",
    "core_notice.context": "core: rows go, scrubbed in others'",
    "core_notice.path": "core: rows go",
    "core_outgoing.kind": "core: rows go",
    "core_outgoing.reason": "core: rows go",
    "core_outgoing.last_error": "core: rows go",
    "core_mailbox.address": "core: rows go",
    "core_noticemute.topic": "core: rows go",
    "core_noticemute.channel": "core: rows go",
    # blanked
    "core_user.password": "core: made unusable",
    "core_user.phone": "core: null",
    "core_user.nickname": "core: pseudonym",
    "core_handling.last_error": "core: scrubbed",
    "core_event.data": "merchants, orders: reasons emptied; else ids, by core.events.publish",
    "groups_group.notice": "groups: scrubbed",
    "groups_pickuppoint.name": "groups: scrubbed",
    "groups_household.unit": "groups: row goes when nobody lives there",
    "groups_household.room": "groups: row goes when nobody lives there",
    "groups_membership.nickname": "groups: pseudonym",
    "groups_membership.real_name": "groups: pseudonym",
    "groups_membership.contact_phone": "groups: emptied",
    "groups_announcement.title": "groups: scrubbed",
    "groups_announcement.text": "groups: scrubbed",
    "groups_joining.other_building": "groups: emptied",
    "groups_joining.reason": "groups: emptied, scrubbed in others",
    "groups_loginlink.token_sha256": "groups: rows go",
    "merchants_merchant.contact": "merchants: scrubbed",
    "merchants_application.reason": "merchants: scrubbed",
    "merchants_application.delivery_promise": "merchants: scrubbed",
    "merchants_application.packaging_promise": "merchants: scrubbed",
    "merchants_application.returns_promise": "merchants: scrubbed",
    "merchants_agreementdraft.delivery": "merchants: emptied",
    "merchants_agreementdraft.packaging": "merchants: emptied",
    "merchants_agreementdraft.returns": "merchants: emptied",
    "merchants_agreementsignature.note": "merchants: emptied",
    "merchants_merchantday.wish": "merchants: scrubbed",
    "merchants_merchantday.answer": "merchants: scrubbed",
    "merchants_pricewitness.place": "merchants: emptied",
    "merchants_priceruling.reason": "merchants: emptied",
    "merchants_question.text": "merchants: emptied",
    "merchants_questionhiding.reason": "merchants: emptied",
    "merchants_answer.text": "merchants: emptied",
    "merchants_answer.if_it_fails": "merchants: emptied",
    "merchants_proposal.name": "merchants: scrubbed",
    "merchants_proposal.name_key": "merchants: made anew where the name is scrubbed",
    "merchants_proposal.reason": "merchants: emptied, scrubbed in others",
    "merchants_proposal.answer": "merchants: emptied, scrubbed in others",
    "merchants_appeal.text": "merchants: emptied, scrubbed in others",
    "merchants_appeal.answer": "merchants: emptied, scrubbed in others",
    "merchants_document.issuer": "merchants: scrubbed",
    "merchants_linecheck.note": "merchants: emptied",
    "merchants_likenesscleared.note": "merchants: emptied",
    "orders_round.title": "orders: scrubbed",
    "orders_round.note": "orders: scrubbed",
    "orders_round.cancel_reason": "orders: scrubbed",
    "orders_order.building": "orders: emptied",
    "orders_order.unit": "orders: emptied",
    "orders_order.room": "orders: emptied",
    "orders_order.nickname": "orders: pseudonym",
    "orders_order.note": "orders: emptied, scrubbed in others",
    "orders_orderchange.reason": "orders: emptied",
    "orders_delivery.note": "orders: scrubbed",
    "orders_helperlink.name": "orders: scrubbed",
    "orders_leftover.note": "orders: scrubbed",
    "orders_deliveryline.note": "orders: scrubbed",
    "orders_deliverynotice.car": "orders: emptied",
    "orders_deliverynotice.driver": "orders: emptied",
    "orders_deliverynotice.batch": "orders: emptied",
    "orders_deliverynotice.note": "orders: emptied",
    "orders_inspection.note": "orders: emptied",
    "orders_shortnotice.note": "orders: emptied",
    "orders_hold.reason": "orders: scrubbed",
    "orders_hold.release_reason": "orders: scrubbed",
    "orders_checkoff.collected_by": "orders: emptied, scrubbed in others",
    "orders_return.text": "orders: emptied, scrubbed in others",
    "orders_return.decision": "orders: scrubbed",
    "orders_returnanswer.text": "orders: emptied",
    "orders_laterarrival.note": "orders: emptied",
    "orders_answerfile.file": "orders: rows and files go",
    "orders_answerfile.sha256": "orders: rows go",
    "orders_returnphoto.file": "orders: rows and files go",
    "orders_returnphoto.sha256": "orders: rows go",
    "orders_publishedsummary.reason": "orders: emptied",
    "orders_settlementword.text": "orders: emptied",
    "orders_settlementpayment.note": "orders: emptied",
    "reputation_rating.text": "reputation: emptied",
    "reputation_ratingphoto.file": "reputation: rows and files go",
    "reputation_ratingphoto.sha256": "reputation: rows go",
    "reputation_ratinganswer.text": "reputation: emptied",
    "reputation_comment.text": "reputation: emptied",
    "reputation_complaint.text": "reputation: emptied",
    "reputation_complaintfile.file": "reputation: rows and files go",
    "reputation_complaintfile.sha256": "reputation: rows go",
    "reputation_response.text": "reputation: emptied",
    "reputation_suggestion.text": "reputation: emptied, scrubbed in others",
    "reputation_ruling.reason": "reputation: emptied",
    "reputation_complaintappeal.text": "reputation: emptied",
    "reputation_vote.reason": "reputation: emptied",
    "reputation_commenthiding.reason": "reputation: emptied",
    "reputation_sanction.reason": "reputation: emptied, scrubbed in others",
    "reputation_sanction.lifted_reason": "reputation: emptied, scrubbed in others",
    "reputation_sanctionproposal.reason": "reputation: emptied, scrubbed in others",
    "reputation_sanctionappeal.text": "reputation: emptied, scrubbed in others",
}

# table.column: why no person can stand in it
NOBODY = {
    "auth_permission.name": "Django's own",
    "auth_permission.codename": "Django's own",
    "auth_group.name": "Django's own, unused",
    "django_content_type.app_label": "Django's own",
    "django_content_type.model": "Django's own",
    "core_code.purpose": "a word of ours",
    "core_sms.kind": "a word of ours",
    "core_sms.language": "a word of ours",
    "core_erasure.mark": "SHA-256 of a number and a moment",
    "core_robot.key": "of the group's chat",
    "core_limit.act": "a word of ours",
    "core_limit.key_sha256": "keyed SHA-256",
    "core_event.kind": "a word of ours",
    "core_handling.handler": "a name of code",
    "groups_group.name": "the group's",
    "groups_group.slug": "the group's",
    "groups_group.compound": "the compound's",
    "groups_group.time_zone": "a time zone",
    "groups_group.ledger_seal": "of a SHA-256 of numbers",
    "groups_group.mandate_standing": "words of ours, and counts",
    "groups_building.name": "a building of many flats",
    "orders_helperlink.building": "a building of many flats",
    "orders_helperlink.token_sha256": "of a random number, dead at midnight",
    "groups_load.source": "a file of the year loader",
    "groups_load.month": "a month",
    "groups_mandate.band": "a word of ours",
    "merchants_application.standing_facts": "words of ours, and counts",
    "merchants_application.sanction": "a word of ours",
    "merchants_application.rated": "words of a list that officers keep, and counts",
    "reputation_book.head": "SHA-256 of numbers",
    "reputation_panel.seal_hash": "SHA-256 of numbers",
    "reputation_vote.choice": "a word of ours",
    "reputation_consequences.lines": "words of ours, and counts",
    "reputation_entry.digest": "SHA-256 of figures",
    "reputation_entry.previous": "SHA-256 of numbers",
    "reputation_entry.hash": "SHA-256 of numbers",
    "groups_invitation.token_sha256": "SHA-256 of random bits",
    "groups_compoundlink.token_sha256": "SHA-256 of random bits",
    "groups_houserules.text": "published by the group, in versions that stay (docs/my-data.md)",
    "merchants_merchant.legal_name": "a business",
    "merchants_merchant.brand": "a business",
    "merchants_merchant.brand_key": "a business",
    "merchants_merchant.credit_code": "a business",
    "merchants_document.number": "a shop's paper",
    "merchants_document.file": "a shop's paper, which the shop takes back",
    "merchants_document.sha256": "of a shop's paper",
    "merchants_document.source_sha256": "of a shop's paper",
    "merchants_document.picture_hash": "of a shop's paper",
    "merchants_pricewitness.picture": "a price tag; whoever takes it is asked to show no people",
    "merchants_item.name": "goods",
    "merchants_item.spec": "goods",
    "merchants_item.unit": "goods",
    "merchants_item.origin": "goods",
    "merchants_item.shelf_life": "goods",
    "merchants_item.storage": "goods",
    "merchants_item.description": "goods",
    "merchants_item.photo": "goods",
    "merchants_item.price_proof": "goods",
    "merchants_checklistline.text": "what a group checks",
    "merchants_linecheck.source": "where a shop is rated",
    "merchants_linecheck.value": "a shop's rating",
    "merchants_agreementdraft.content_sha256": "of terms",
    "merchants_agreementsignature.content_sha256": "of terms",
    "merchants_agreementsignature.photo": "a shop's signed sheet, part of the agreement",
    "merchants_shoplink.token_sha256": "SHA-256 of keyed bits",
    "merchants_stafflink.token_sha256": "SHA-256 of keyed bits",
    "merchants_item.video_url": "goods",
    "merchants_processphoto.photo": "how goods are made; without faces, it is asked",
    "orders_round.code": "random",
    "orders_batch.lot": "goods",
    "orders_deliveryphoto.file": "goods",
    "orders_deliveryphoto.sha256": "of a picture of goods",
    "orders_settlementpart.about": "a remark code",
    "orders_settlementpart.reason": "a sentence of ours with a remark code",
    "orders_settlementpart.content_hash": "of figures",
    "orders_settlementword.content_hash": "of figures",
    "orders_inspection.checks": "words of ours",
    "orders_offer.name": "goods",
    "orders_offer.spec": "goods",
    "orders_offer.unit": "goods",
    "orders_order.pickup_token": "random",
    "orders_orderchange.before": "ids and quantities",
    "orders_orderchange.after": "ids and quantities",
    "orders_publishedsummary.figures": "ids and figures",
}


def texts() -> dict[str, Any]:
    """Every column that can hold a text, but for those that take one of a list."""
    return {
        f"{model._meta.db_table}.{column.column}": column
        for model in apps.get_models(include_auto_created=True)
        for column in model._meta.concrete_fields
        if isinstance(column, KINDS) and not column.flatchoices
    }


def undecided(columns: dict[str, Any]) -> set[str]:
    return set(columns) - set(ERASED) - set(NOBODY)


def test_every_text_of_every_table_is_decided():
    assert undecided(texts()) == set(), __doc__


def test_nothing_is_decided_twice_or_about_nothing():
    assert set(ERASED) & set(NOBODY) == set()
    assert {*ERASED, *NOBODY} - set(texts()) == set()


def test_twin_a_new_column_is_seen():
    assert undecided(texts() | {"orders_order.gift_card": None}) == {"orders_order.gift_card"}


@pytest.mark.parametrize("part", ["core", "groups", "merchants", "orders", "reputation"])
def test_every_part_has_something_to_erase(part):
    assert any(said.startswith(f"{part}:") for said in ERASED.values())
