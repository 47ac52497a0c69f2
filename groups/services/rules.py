"""The house rules in versions, and what each neighbour agreed to (G7)."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from groups.models import CONSENT_VERSION, Consent, Group, HouseRules, Membership, Purpose
from tuangou.core import clock, events
from tuangou.core.errors import DomainError, InvalidInput

MOST_CHARACTERS = 4000
ORDERS_NEEDED = gettext_lazy("下单要用到姓名和住址。同意了才能进群；不愿意就请邻居代下单")


class ConsentNeeded(DomainError):
    """Without it there is no ordering."""

    code = "consent_needed"
    rule = "G7"
    status = 422


@dataclass(frozen=True, slots=True)
class Agreed:
    """What was ticked: `rules_version` is the version that stood on the page, 0 for none."""

    orders: bool
    rules_version: int
    sms: bool = False


@transaction.atomic
def write_rules(*, group_id: int, actor_id: int, text: str) -> HouseRules:
    """A further version, which every member is asked to accept; the same text makes none.

    Raises InvalidInput.
    """
    group = Group.objects.lock(group_id)
    at = clock.now()
    actor = Membership.objects.of_group(group_id).get(pk=actor_id)
    return add_version(group, actor, text, at)


def add_version(group: Group, actor: Membership, text: str, at: datetime) -> HouseRules:
    """The caller holds the group's lock, or has just founded it."""
    text = _lines(text)
    versions = HouseRules.objects.filter(group=group)
    latest = versions.filter(version=group.rules_version).first()
    if latest is not None and latest.text == text:
        return latest
    rules = HouseRules.objects.create(
        group=group,
        version=group.rules_version + 1,
        text=text,
        written_by=actor,
        written_at=at,
    )
    group.rules_version = rules.version
    group.save(update_fields=["rules_version"])
    events.publish(
        "house_rules.written",
        group_id=group.pk,
        subject_id=rules.pk,
        actor_id=actor.user_id,
        at=at,
        version=rules.version,
    )
    accept_version(actor, rules.version, at)
    return rules


@transaction.atomic
def accept_rules(*, membership_id: int, version: int) -> None:
    """She accepts the version that stood on her page; twice is once.

    Raises InvalidInput when another one is in force by now.
    """
    member = Membership.objects.select_related("group").get(pk=membership_id)
    group = Group.objects.lock(member.group_id)
    at = clock.now()
    if version != group.rules_version:
        raise InvalidInput(_("群规刚改过。看一下现在的再点"), field="version")
    accept_version(member, version, at)


def accept_version(member: Membership, version: int, at: datetime) -> None:
    """The caller holds the group's lock."""
    given = Consent(group_id=member.group_id, membership=member, purpose=Purpose.RULES)
    given.version, given.given_at = version, at
    Consent.objects.bulk_create([given], ignore_conflicts=True)
    Membership.objects.filter(pk=member.pk, rules_version__lt=version).update(rules_version=version)
    member.rules_version = max(member.rules_version, version)


def record_consents(
    membership: Membership, agreed: Agreed, *, nickname: bool, at: datetime
) -> None:
    """What she ticked on the join form. A nickname filled in is one that may be shown.

    The caller holds the group's lock. Raises ConsentNeeded and InvalidInput.
    """
    if not agreed.orders:
        raise ConsentNeeded(ORDERS_NEEDED, field="orders")
    if agreed.rules_version != membership.group.rules_version:
        raise InvalidInput(_("看过群规再进群。群规刚改过的话，看新的"), field="rules")
    chosen = {Purpose.ORDERS: True, Purpose.NICKNAME: nickname, Purpose.SMS: agreed.sms}
    Consent.objects.bulk_create(
        Consent(
            group_id=membership.group_id,
            membership=membership,
            purpose=purpose,
            version=CONSENT_VERSION,
            given_at=at,
        )
        for purpose, given in chosen.items()
        if given
    )
    if agreed.rules_version:
        accept_version(membership, agreed.rules_version, at)


@transaction.atomic
def change_consent(*, membership_id: int, purpose: str, given: bool) -> None:
    """Agree to SMS, or take it back. Twice is once.

    Raises ConsentNeeded for what ordering cannot do without: leaving the group takes that back.
    """
    member = Membership.objects.select_related("group").get(pk=membership_id)
    Group.objects.lock(member.group_id)
    at = clock.now()
    if purpose != Purpose.SMS:
        raise ConsentNeeded(_("这一条是下单要用的。要收回就退群，或请团长删资料"))
    living = Consent.objects.filter(membership=member, purpose=purpose, withdrawn_at=None)
    if living.exists() == given:
        return
    if given:
        Consent.objects.create(
            group_id=member.group_id,
            membership=member,
            purpose=purpose,
            version=CONSENT_VERSION,
            given_at=at,
        )
    else:
        living.update(withdrawn_at=at)
    events.publish(
        "consent.changed",
        group_id=member.group_id,
        subject_id=member.pk,
        actor_id=member.user_id,
        at=at,
        purpose=purpose,
        given=given,
    )


def _lines(text: str) -> str:
    """Paragraphs of plain text. Raises InvalidInput when nothing is left, or too much."""
    lines = [
        "".join(c for c in line if c == "\t" or unicodedata.category(c)[0] != "C").rstrip()
        for line in unicodedata.normalize("NFC", text).replace("\r\n", "\n").split("\n")
    ]
    kept = "\n".join(lines).strip()
    if not kept:
        raise InvalidInput(_("写下群规，一条一行"), field="text")
    if len(kept) > MOST_CHARACTERS:
        raise InvalidInput(
            _("最多 %(most)d 个字，现在有 %(length)d 个")
            % {"most": MOST_CHARACTERS, "length": len(kept)},
            field="text",
        )
    return kept
