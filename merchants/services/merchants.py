"""Merchants as the installation knows them, across groups (M1)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from groups.services import words
from merchants.models import Merchant, MerchantKind, MerchantStaff, StaffRole
from merchants.models.credit_codes import credit_code_is_valid
from merchants.models.sounds import pinyin_key
from tuangou.core import clock, events
from tuangou.core.errors import DomainError, InvalidInput


class CreditCodeTaken(DomainError):
    """Another merchant has this unified social credit code."""

    code = "credit_code_taken"
    rule = "M1"


class OwnerKnown(DomainError):
    """The merchant has an owner, who alone names further staff."""

    code = "owner_known"
    rule = "M1"


@dataclass(frozen=True, slots=True)
class Shop:
    """What a merchant says about itself (M1). `kind`: single (one store) or chain."""

    legal_name: str
    brand: str
    kind: str = MerchantKind.SINGLE
    stores: int = 1
    credit_code: str = ""
    contact: str = ""


@transaction.atomic
def register_merchant(
    *, shop: Shop, owner_id: int | None = None, user_id: int | None = None
) -> Merchant:
    """Make a merchant known to the installation; `owner_id` (a user) becomes its first staff.

    `user_id` is who registers it. Being known opens nothing: each group approves for itself (M4).
    Raises CreditCodeTaken, InvalidInput.
    """
    fields = _checked(shop)
    at = clock.now()
    with _credit_code_once():
        merchant = Merchant.objects.create(**fields, created_at=at)
    if owner_id is not None:
        MerchantStaff.objects.create(merchant=merchant, user_id=owner_id, role=StaffRole.OWNER)
    _tell("merchant.registered", merchant.pk, user_id or owner_id, at)
    return merchant


@transaction.atomic
def change_merchant(*, merchant_id: int, user_id: int, shop: Shop) -> Merchant:
    """Correct what is known about a merchant, for all groups. Rounds keep what they copied.

    Raises CreditCodeTaken, InvalidInput.
    """
    fields = _checked(shop)
    merchant = Merchant.objects.select_for_update(no_key=True).get(pk=merchant_id)
    at = clock.now()
    changed = [name for name, value in fields.items() if getattr(merchant, name) != value]
    for name in changed:
        setattr(merchant, name, fields[name])
    if changed:
        with _credit_code_once():
            merchant.save(update_fields=changed)
        _tell("merchant.changed", merchant.pk, user_id, at, fields=changed)
    return merchant


@transaction.atomic
def add_staff(*, merchant_id: int, user_id: int, role: str, actor_user_id: int | None) -> None:
    """Let a person act for a merchant: one owner, any number of helpers. Repeating is harmless.

    Raises OwnerKnown.
    """
    Merchant.objects.select_for_update(no_key=True).get(pk=merchant_id)
    at = clock.now()
    staff = MerchantStaff.objects.filter(merchant_id=merchant_id)
    if staff.filter(user_id=user_id).exists():
        return
    if role == StaffRole.OWNER and staff.filter(role=StaffRole.OWNER).exists():
        raise OwnerKnown(_("这家店已经有店主。让店主来加人"))
    MerchantStaff.objects.create(merchant_id=merchant_id, user_id=user_id, role=role)
    _tell("merchant.staff_added", merchant_id, actor_user_id, at, user=user_id, role=str(role))


def credit_code_taken() -> CreditCodeTaken:
    return CreditCodeTaken(
        _("这个信用代码已经登记过。由它的店主来申请，或让团长添加"), field="credit_code"
    )


@contextmanager
def _credit_code_once() -> Iterator[None]:
    """A savepoint in which a credit code used twice becomes a sentence."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise credit_code_taken() from error


def _checked(shop: Shop) -> dict[str, str | int | None]:
    brand = words.plain(shop.brand, field="brand", most=40, empty=_("填店名"))
    return {
        "legal_name": words.plain(
            shop.legal_name, field="legal_name", most=80, empty=_("填营业执照上的名称")
        ),
        "brand": brand,
        "brand_key": pinyin_key(brand),
        "contact": words.plain(shop.contact, field="contact", most=40),
        "credit_code": normal_credit_code(shop.credit_code),
        "kind": shop.kind,
        "stores": _checked_stores(shop),
    }


def _checked_stores(shop: Shop) -> int:
    if shop.kind not in MerchantKind.values:
        raise InvalidInput(_("选单店或连锁"), field="kind")
    if not 1 <= shop.stores <= 100_000:
        raise InvalidInput(_("门店数填 1 以上的整数"), field="stores")
    if shop.kind == MerchantKind.SINGLE and shop.stores != 1:
        raise InvalidInput(_("单店的门店数是 1；多家店选连锁"), field="stores")
    return shop.stores


def normal_credit_code(text: str) -> str | None:
    """18 capitals and digits, or None when nothing was typed. Raises InvalidInput (M1)."""
    code = "".join(unicodedata.normalize("NFKC", text).split()).replace("-", "").upper()
    if not code:
        return None
    if not credit_code_is_valid(code):
        raise InvalidInput(
            _("信用代码有 18 位，最后一位是校验位，照营业执照核对一遍"), field="credit_code"
        )
    return code


def _tell(kind: str, merchant_id: int, user_id: int | None, at: datetime, **data: object) -> None:
    """Merchants are known across groups, so what happens to them belongs to the installation."""
    events.publish(kind, group_id=None, subject_id=merchant_id, actor_id=user_id, at=at, **data)
