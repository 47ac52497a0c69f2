"""What the journey does not walk past: pictures, what is left, notices, tokens beside sessions."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from orders.models import Return
from orders.services.deliveries import record_arrival
from orders.services.helpers import make_helper_link
from tests.api.client import Api
from tests.core.test_images import picture
from tests.factories import offer_of
from tests.orders.stages import Stage, at, line_of, make_stage
from tuangou.core import events

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage(db: None) -> Stage:
    return make_stage()


def send_form(api: Api, path: str, body: dict[str, Any], key: object = None) -> Any:
    headers = api.headers(**{"Idempotency-Key": str(key or uuid4())})
    return api.http.post(api.address(path), body, headers=headers)


@pytest.fixture
def order(stage: Stage):
    order = stage.order()
    stage.arrive()
    stage.hand_over(order)
    return order


def wish(order: Any, **more: Any) -> dict[str, Any]:
    return {"line": line_of(order).pk, "quantity": "1", "reason": "not_fresh"} | more


@pytest.fixture
def just_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stage plays in its own time: let its return window be open now."""
    monkeypatch.setattr("orders.services.returns.check_window", lambda *args: None)


def photo() -> SimpleUploadedFile:
    return SimpleUploadedFile("x.jpg", picture().getvalue(), "image/jpeg")


def test_a_return_with_pictures_is_a_form(stage, order, just_fetched):
    api, key = Api(stage.member), uuid4()
    answer = send_form(api, f"orders/{order.pk}/returns", wish(order, photos=[photo()]), key)
    assert answer.status_code == 201, answer.content
    (photo_id,) = answer.json()["photo_ids"]
    shown = api.get(f"return-photos/{photo_id}")
    assert (shown.status_code, shown.headers["Content-Type"]) == (200, "image/webp")
    again = send_form(api, f"orders/{order.pk}/returns", wish(order, photos=[photo()]), key)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert Return.objects.count() == 1
    assert Api(stage.neighbour).get(f"return-photos/{photo_id}").status_code == 404


@pytest.mark.parametrize(
    ("photos", "field"),
    [([b"no picture"], "photos"), ([b""], "photos"), ([None] * 5, "photos")],
    ids=["no picture", "empty", "five"],
)
def test_pictures_that_are_refused(stage, order, just_fetched, photos, field):
    files = [photo() if data is None else SimpleUploadedFile("x.jpg", data) for data in photos]
    answer = send_form(Api(stage.member), f"orders/{order.pk}/returns", wish(order, photos=files))
    assert answer.status_code == 422
    assert not Return.objects.exists()


def test_a_line_of_another_order_is_no_line_here(stage, order, just_fetched):
    other = stage.ask(order).line_id + 1_000
    answer = Api(stage.member).post(f"orders/{order.pk}/returns", wish(order, line=other))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "line")


def test_what_is_left_answers_304_until_it_changes():
    stage = make_stage(capacity=10)
    api, path = Api(stage.member), f"rounds/{stage.round.pk}/stock"
    first = api.get(path)
    tag = first.headers["ETag"]
    assert first.json()["offers"][0]["left"] == "10"
    again = api.get(path, **{"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    stage.order()
    changed = api.get(path, **{"If-None-Match": tag})
    assert (changed.status_code, changed.json()["offers"][0]["left"]) == (200, "8")


def test_notices_are_read_when_she_says_so(stage):
    stage.order(stage.member, placed_by=stage.initiator)
    events.drain(stage.group.pk)
    api = Api(stage.member)
    unread = api.everything("notices?unread=true")
    assert unread
    assert api.get("notices").json()["results"][0]["read"] is False
    assert api.post("notices/read", {"ids": [unread[0]["id"]]}).json() == {"read": 1}
    assert len(api.everything("notices?unread=true")) == len(unread) - 1
    api.post("notices/read")
    assert api.everything("notices?unread=true") == []
    assert api.everything("/api/v1/notices") == api.everything("notices")
    stranger = Api(stage.neighbour)
    assert stranger.post("notices/read", {"ids": [unread[0]["id"]]}).json() == {"read": 0}


def test_only_her_own_orders_are_hers(stage):
    stage.order()
    stage.order(stage.neighbour, placed_by=stage.member)
    stage.order(stage.initiator)
    rows = Api(stage.member).everything("orders")
    assert [(row["by_me"], row["door"] is None) for row in rows] == [(True, True), (True, False)]
    assert len(Api(stage.member).everything("statement")) == 1


def test_prices_and_people_are_the_servers(stage):
    """What a body may not say is refused, so nobody sets a price, a state or an owner."""
    offer = stage.round.offers.get()
    line = {"offer": offer.pk, "quantity": "1"}
    for more in ({"status": "collected"}, {"number": 1}, {"household": 1}, {"placed_by": 1}):
        body = {"lines": [line], **more}
        assert Api(stage.member).post(f"rounds/{stage.round.pk}/orders", body).status_code == 422
    for more in ({"unit_price_fen": 1}, {"billed_fen": 1}):
        body = {"lines": [line | more]}
        assert Api(stage.member).post(f"rounds/{stage.round.pk}/orders", body).status_code == 422


def test_a_session_is_asked_for_its_second_factor(stage, settings):
    settings.SECOND_FACTOR = "required"
    client = Client()
    client.force_login(stage.initiator.user)
    for path in ("members", "books"):
        answer = client.get(f"/api/v1/groups/{stage.group.slug}/{path}")
        assert answer.status_code == 403
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] == "second_factor"
    client.force_login(stage.member.user)
    assert client.get(f"/api/v1/groups/{stage.group.slug}/members").status_code == 200


def test_a_session_may_post_with_its_csrf_token(stage):
    client = Client(enforce_csrf_checks=True)
    client.force_login(stage.member.user)
    page = client.get("/accounts/tokens/").content.decode()
    token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    answer = client.post(
        f"/api/v1/groups/{stage.group.slug}/notices/read",
        json.dumps({}),
        content_type="application/json",
        headers={"Idempotency-Key": str(uuid4()), "X-CSRFToken": token},
    )
    assert answer.status_code == 200


def test_a_neighbour_is_found_by_her_whole_door(stage, monkeypatch):
    neighbour = stage.neighbour
    door = f"3-{neighbour.household.room}"
    api = Api(stage.member)
    (row,) = api.everything(f"neighbours?q={door}")
    assert (row["id"], row["initial"]) == (neighbour.pk, "王")
    assert (row["door"], row["nickname"]) == ("", "")
    assert api.everything(f"neighbours?q={door[:-1]}") == []
    (seen,) = Api(stage.deputy).everything(f"neighbours?q={door}")
    assert (seen["door"], seen["nickname"]) == (door, "王芳")
    monkeypatch.setattr("orders.api.people.DOORS_AN_HOUR", 3)
    assert api.get("neighbours?q=3-1").status_code == 200
    assert api.get("neighbours?q=3-2").status_code == 429
    assert api.get("neighbours").status_code == 200


def test_a_bag_goes_in_part_and_its_rest_later(stage):
    order = stage.order(quantity=3)
    stage.arrive()
    api, line = Api(stage.initiator), line_of(order)
    part = {"lines": [{"line": line.pk, "quantity": "1"}]}
    first = api.post(f"orders/{order.pk}/check-off", part)
    assert (first.status_code, first.json()["part"]) == (201, True)
    order.refresh_from_db()
    assert order.status == "partly"
    rest = api.post(f"orders/{order.pk}/check-off", {})
    assert rest.status_code == 201, rest.content
    order.refresh_from_db()
    assert order.status == "collected"
    again = api.post(f"orders/{order.pk}/check-off", part)
    assert (again.status_code, again.json()["code"]) == (409, "already_collected")


def test_a_second_car_and_what_a_helper_counted(stage):
    order = stage.order(quantity=3)
    with at(stage.round.pickup_from - timedelta(hours=3)):
        link, _token = make_helper_link(
            round_id=stage.round.pk, actor_id=stage.initiator.pk, name="三栋小李"
        )
    stage.confirm()
    offer = offer_of(stage.round)
    with at(stage.round.pickup_from - timedelta(hours=2)):
        record_arrival(
            round_id=stage.round.pk,
            actor_id=stage.initiator.pk,
            delivered={offer.pk: Decimal(1)},
            helper_id=link.pk,
            request_id=uuid4(),
        )
    api, path = Api(stage.initiator), f"rounds/{stage.round.pk}/arrival"

    def seen() -> dict[str, list[tuple[int, str]]]:
        rows = api.get(f"{path}/shares").json()
        return {n: [(row["offer"], row["quantity"]) for row in rows[n]] for n in rows}

    assert seen() == {"lacking": [(offer.pk, "2")], "waiting": [(offer.pk, "1")]}
    twice = {"ways": [{"offer": offer.pk}, {"offer": offer.pk, "sharing": "evenly"}]}
    assert api.post(f"{path}/shares", twice).status_code == 422
    unknown = api.post(f"{path}/shares", {"ways": [{"offer": offer.pk + 10**6}]})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "bad_arrival")
    key = uuid4()
    for _again in range(2):
        shared = api.post(f"{path}/shares", {}, key=key)
        assert shared.status_code == 200, shared.content
    again = api.post(f"{path}/shares", {})
    assert (again.status_code, again.json()["code"]) == (409, "nothing_to_share")
    assert line_of(order).billed_quantity == 1
    assert seen() == {"lacking": [(offer.pk, "2")], "waiting": []}
    car = {"delivered": [{"offer": offer.pk, "quantity": "2"}]}
    later = api.post(f"{path}/later", car)
    assert later.status_code == 200, later.content
    assert line_of(order).billed_quantity == 3
    over = api.post(f"{path}/later", car)
    assert (over.status_code, over.json()["code"]) == (422, "bad_arrival")
