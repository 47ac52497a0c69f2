"""The call button of the largest type."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.factories import make_deputy, make_group, make_initiator, make_member

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("who", "calls"), [("member", True), ("deputy", True), ("self", False)])
def test_everyone_but_the_initiator_herself_can_call_her(client, who, calls):
    group = make_group("foodie")
    initiator = make_initiator(group)
    people = {
        "member": make_member(group),
        "deputy": make_deputy(group, initiator),
        "self": initiator,
    }
    client.force_login(people[who].user)
    client.cookies["size"] = "xl"
    page = client.get(reverse("orders:home", args=["foodie"])).content.decode()
    assert 'data-size="xl"' in page
    assert initiator.user is not None
    assert (f"tel:{initiator.user.phone}" in page) is calls
