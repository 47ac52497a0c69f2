"""The operator's window: staff look at everything, nobody changes anything."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from groups.admin import site
from merchants.services.witnesses import witness_price
from tests.factories import (
    make_deputy,
    make_group,
    make_initiator,
    make_item,
    make_merchant,
    make_user,
)
from tuangou.core.models import User

pytestmark = pytest.mark.django_db
MODELS = sorted(site._registry, key=lambda model: model.__name__)


@pytest.fixture
def operator(client):
    client.force_login(make_user("运维", is_staff=True))
    return client


@pytest.fixture
def world():
    make_world()


def make_world():
    """One row of most kinds, in a group of its own."""
    group = make_group()
    ziyi = make_initiator(group)
    make_deputy(group, ziyi)
    merchant = make_merchant(group, staff=make_user())
    item = make_item(merchant)
    witness_price(
        group_id=group.pk,
        item_id=item.pk,
        actor_id=ziyi.pk,
        price_fen=1,
        place="店",
        picture=b"x",
    )


def address(model, what, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{what}", args=args)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_list_and_row_opens_and_nothing_changes(operator, world, model):
    assert operator.get(address(model, "changelist")).status_code == 200
    assert operator.get(address(model, "changelist"), {"q": "牛"}).status_code == 200
    row = model._default_manager.order_by("pk").first()
    if row is None:
        return
    assert operator.get(address(model, "change", row.pk)).status_code == 200
    before = model._default_manager.filter(pk=row.pk).values().get()
    assert operator.post(address(model, "change", row.pk), {"name": "x"}).status_code == 403
    assert operator.get(address(model, "add")).status_code == 403
    assert operator.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert model._default_manager.filter(pk=row.pk).values().get() == before


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_lists_take_the_same_statements_for_any_length(operator, world, model):
    counts = []
    for more in (0, 2):
        for _ in range(more):
            make_world()
        with CaptureQueriesContext(connection) as statements:
            operator.get(address(model, "changelist"))
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_strangers_sign_in_and_others_find_nothing(client, world):
    index = reverse("admin:index")
    assert client.get(index).status_code == 302
    response = client.get(index, follow=True)
    assert response.request["PATH_INFO"] == reverse("account_login")
    for person in (make_user(), User.objects.filter(is_staff=False).order_by("pk")[0]):
        client.force_login(person)
        assert client.get(index, follow=True).status_code == 404


def test_signing_out_and_passwords_stay_with_our_pages(operator):
    assert operator.post(reverse("admin:logout")).headers["Location"] == reverse("account_logout")
    response = operator.get(reverse("admin:password_change"))
    assert response.headers["Location"] == reverse("account_change_password")
    assert operator.get(reverse("admin:index")).status_code == 200
