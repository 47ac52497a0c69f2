"""Merchants across groups: names, credit codes, staff (M1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merchants.models import Merchant, MerchantStaff
from merchants.models.credit_codes import (
    CHARACTERS,
    credit_code_check_character,
    credit_code_is_valid,
)
from merchants.models.sounds import pinyin_key
from merchants.services import merchants as service
from merchants.services.merchants import CreditCodeTaken, OwnerKnown, Shop
from tests.factories import make_merchant, make_user
from tuangou.core.errors import InvalidInput
from tuangou.core.models import Event

# Codes of listed companies, as printed on their reports.
PUBLISHED = ["91350100M000100Y43", "91310000132260250X"]
bodies = st.text(alphabet=CHARACTERS, min_size=17, max_size=17)


@pytest.mark.parametrize("code", PUBLISHED)
def test_published_codes_are_valid(code):
    assert credit_code_is_valid(code)


@given(bodies, st.integers(0, 16), st.sampled_from(CHARACTERS))
def test_one_wrong_character_is_always_found(body, place, other):
    code = body + credit_code_check_character(body)
    assert credit_code_is_valid(code)
    wrong = code[:place] + other + code[place + 1 :]
    assert credit_code_is_valid(wrong) is (wrong == code)


@given(bodies, st.integers(0, 15))
def test_two_neighbours_swapped_are_always_found(body, place):
    code = body + credit_code_check_character(body)
    wrong = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert credit_code_is_valid(wrong) is (wrong == code)


@pytest.mark.parametrize("code", ["", "1" * 17, "1" * 19, "91350100M000100Y4O", "９" * 18])
def test_what_is_no_code(code):
    assert not credit_code_is_valid(code)


pytestmark = pytest.mark.django_db


def shop(**changes):
    return Shop(**({"legal_name": "上海老马家食品有限公司", "brand": "老马家牛肉铺"} | changes))


def test_a_merchant_is_registered_with_its_owner():
    ma = make_user("老马")
    code = f" {PUBLISHED[0][:4]} {PUBLISHED[0][4:].lower()}"
    merchant = service.register_merchant(shop=shop(credit_code=code), owner_id=ma.pk)
    assert merchant.credit_code == PUBLISHED[0]
    assert merchant.brand_key == "laomajianiuroupu lmjnrp"
    assert MerchantStaff.objects.get(merchant=merchant).role == "owner"
    event = Event.objects.get(kind="merchant.registered")
    assert (event.group_id, event.subject_id, event.actor_id) == (None, merchant.pk, ma.pk)


def test_a_credit_code_belongs_to_one_merchant():
    service.register_merchant(shop=shop(credit_code=PUBLISHED[0]))
    with pytest.raises(CreditCodeTaken) as refusal:
        service.register_merchant(shop=shop(brand="别家", credit_code=PUBLISHED[0]))
    assert refusal.value.field == "credit_code"
    for _ in range(2):
        service.register_merchant(shop=shop())  # without a code there is nothing to collide
    assert Merchant.objects.count() == 3


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"legal_name": ""}, "legal_name"),
        ({"brand": "店" * 41}, "brand"),
        ({"credit_code": "91350100M000100Y44"}, "credit_code"),
        ({"kind": "market"}, "kind"),
        ({"stores": 2}, "stores"),
        ({"kind": "chain", "stores": 0}, "stores"),
        ({"kind": "chain", "stores": 100_001}, "stores"),
    ],
)
def test_what_a_merchant_must_say(change, field):
    with pytest.raises(InvalidInput) as refusal:
        service.register_merchant(shop=shop(**change))
    assert refusal.value.field == field
    assert not Merchant.objects.exists()


def test_a_change_names_the_fields_and_no_change_is_no_event():
    ma = make_user("老马")
    merchant = service.register_merchant(shop=shop())
    chain = shop(brand="马记", kind="chain", stores=3)
    for _ in range(2):
        service.change_merchant(merchant_id=merchant.pk, user_id=ma.pk, shop=chain)
    merchant.refresh_from_db()
    assert (merchant.brand, merchant.brand_key, merchant.stores) == ("马记", "maji mj", 3)
    event = Event.objects.get(kind="merchant.changed")
    assert set(event.data["fields"]) == {"brand", "brand_key", "kind", "stores"}


def test_a_change_cannot_take_another_ones_code():
    service.register_merchant(shop=shop(credit_code=PUBLISHED[0]))
    other = service.register_merchant(shop=shop(brand="别家"))
    with pytest.raises(CreditCodeTaken):
        service.change_merchant(
            merchant_id=other.pk, user_id=make_user().pk, shop=shop(credit_code=PUBLISHED[0])
        )


def test_one_owner_and_any_number_of_helpers():
    owner = make_user()
    merchant = make_merchant(staff=owner)
    for role, times in (("helper", 2), ("helper", 1)):
        person = make_user()
        for _ in range(times):
            service.add_staff(
                merchant_id=merchant.pk, user_id=person.pk, role=role, actor_user_id=owner.pk
            )
    assert MerchantStaff.objects.filter(merchant=merchant, role="helper").count() == 2
    with pytest.raises(OwnerKnown):
        service.add_staff(
            merchant_id=merchant.pk, user_id=make_user().pk, role="owner", actor_user_id=owner.pk
        )
    assert Event.objects.filter(kind="merchant.staff_added").count() == 2


def test_a_shop_without_owner_gets_one():
    merchant = make_merchant()
    service.add_staff(
        merchant_id=merchant.pk, user_id=make_user().pk, role="owner", actor_user_id=None
    )
    assert MerchantStaff.objects.get(merchant=merchant).role == "owner"


def test_the_sounds_of_a_long_brand_fit_their_column():
    assert len(pinyin_key("庄" * 40)) <= 120
