"""Shops and goods by programs: announced, inspected, agreed on, asked, proposed, photographed."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from merchants.models import Follow, MerchantStaff, ProcessPhoto
from merchants.services import applications
from orders.models import DeliveryPhoto, DoorView, Hold, Round
from orders.queries.inspections import checklist
from orders.services.deliveries import record_arrival
from tests.api.client import Api
from tests.api.test_parts import photo, send_form
from tests.factories import approve, make_item, make_merchant, make_user, offer_of
from tests.orders.stages import Stage, at, make_stage
from tuangou.core import clock
from tuangou.core.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage(db: None) -> Stage:
    return make_stage()


@pytest.fixture
def owner(stage: Stage) -> User:
    made = make_user("老马")
    MerchantStaff.objects.create(merchant=stage.round.merchant, user=made, role="owner")
    return made


def shop_api(stage: Stage, owner: User) -> Api:
    return Api(owner, slug=stage.group.slug)


def fine(answer: Any, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    body: dict[str, Any] = answer.json()
    return body


def refused(answer: Any, status: int = 422) -> str:
    assert answer.status_code == status, answer.content
    return str(answer.json()["code"])


def test_goods_from_announced_to_let_go(stage, owner):
    """The shop says when it comes and what will be short; what failed stays until she decides."""
    shop, hers, reader = shop_api(stage, owner), Api(stage.initiator), Api(stage.member)
    order, offer, here = stage.order(), offer_of(stage.round), f"rounds/{stage.round.pk}"
    stage.confirm()
    start = stage.round.pickup_from - timedelta(hours=2)
    window = {
        "arrives_from": start.isoformat(),
        "arrives_until": stage.round.pickup_from.isoformat(),
    }
    with at(stage.round.pickup_from - timedelta(hours=3)):
        key = uuid4()
        for _again in range(2):
            fine(shop.post(f"{here}/coming", window, key=key), 201)
        back = {"arrives_from": window["arrives_until"], "arrives_until": window["arrives_from"]}
        assert refused(shop.post(f"{here}/coming", back)) == "bad_delivery_notice"
        row = {"offer": offer.pk, "quantity": "1"}
        assert shop.post(f"{here}/short", {"short": [row, row]}).status_code == 422
        said = fine(shop.post(f"{here}/short", {"short": [row]}), 201)
        assert [(one["offer"], one["quantity"]) for one in said["short"]] == [(offer.pk, "1")]
        assert len(said["announced"]) == 1
    with at(start):
        record_arrival(
            round_id=stage.round.pk,
            actor_id=stage.initiator.pk,
            delivered={offer.pk: Decimal(2)},
            request_id=uuid4(),
        )
        found = {"verdict": "failed", "bad": ["car"], "temperature": "9", "note": "化冻了"}
        assert refused(hers.post(f"{here}/inspection", found | {"car": 2})) == "invalid_input"
        fine(hers.post(f"{here}/inspection", found), 201)
        assert refused(hers.post(f"{here}/inspection", found), 409) == "not_inspectable"
        goods = fine(reader.get(f"{here}/goods"))
        assert [(one["car"], one["verdict"], one["bad"]) for one in goods["inspections"]] == [
            (1, "failed", ["car"])
        ]
        assert goods["to_inspect"] == []
        stops = [stop["id"] for stop in goods["stops"] if stop["released_at"] is None]
        assert stops == [Hold.objects.standing(stage.round.pk).get().pk]
        assert refused(hers.post(f"holds/{stops[0]}/release", {"reason": ""})) == "invalid_input"
        fine(hers.post(f"holds/{stops[0]}/release", {"reason": "重新量过"}))
        again = hers.post(f"holds/{stops[0]}/withdraw", {"reason": "不行"})
        assert refused(again, 409) == "already_released"
        shown = send_form(hers, f"{here}/photos", {"photos": [photo()], "offer": str(offer.pk)})
        (pk,) = fine(shown, 201)["photo_ids"]
        got = reader.get(f"delivery-photos/{pk}")
        assert got["Content-Type"] == "image/webp"
        assert got["Content-Security-Policy"].startswith("sandbox")
        many = send_form(hers, f"{here}/photos", {"photos": [photo() for _ in range(8)]})
        assert refused(many) == "bad_photos"
    assert DeliveryPhoto.objects.count() == 1
    assert len(checklist([offer.category])) > 1
    assert order.round_id == stage.round.pk


def test_a_file_that_is_no_picture_is_refused(stage, owner):
    stage.order()
    stage.arrive()
    hers = Api(stage.initiator)
    svg = SimpleUploadedFile("x.jpg", b"<svg onload=alert(1)>", "image/jpeg")
    sent = send_form(hers, f"rounds/{stage.round.pk}/photos", {"photos": [svg]})
    assert sent.status_code == 422
    assert not DeliveryPhoto.objects.exists()


def test_she_alone_reads_who_looked_at_her_door(stage, owner):
    order = stage.order()
    Round.objects.filter(pk=stage.round.pk).update(to_the_door=True)
    DoorView.objects.create(
        group=stage.group, order=order, round=stage.round, seen_by=owner, seen_at=clock.now()
    )
    path = f"orders/{order.pk}/door-looks"
    (look,) = fine(Api(stage.member).get(path))["looks"]
    assert look["who"] == "老马"
    assert Api(stage.initiator).get(path).status_code == 404


def test_both_sign_what_one_proposed(stage, owner):
    """The text that was read is what is signed; a text that changed meanwhile is refused."""
    shop, hers = shop_api(stage, owner), Api(stage.initiator)
    path = f"merchants/{stage.round.merchant_id}/agreement"
    first = fine(shop.post(path, {"delivery": "周五送到"}), 201)["draft"]
    assert first["waits_for"] == ["group"]
    assert fine(Api(stage.member).get(path))["draft"] is None
    second = fine(shop.post(path, {"delivery": "周六送到"}), 201)["draft"]
    assert refused(hers.post(f"{path}/sign", {"content": first["content"]}), 409)
    key = uuid4()
    for _again in range(2):
        signed = fine(hers.post(f"{path}/sign", {"content": second["content"]}, key=key))
    assert signed["draft"] is None
    assert [version["delivery"] for version in signed["coming"]] == ["周六送到"]
    third = fine(hers.post(path, {"delivery": "周六送到", "commission_bp": 900}), 201)["draft"]
    assert third["commission_bp"] == 900
    no = {"content": third["content"], "note": "太多了"}
    assert fine(shop.post(f"{path}/decline", no))["draft"] is None
    assert refused(shop.post(path, {"commission_bp": 9999})) == "invalid_input"


def test_a_day_is_asked_for_kept_and_given_back(stage, owner):
    shop, hers = shop_api(stage, owner), Api(stage.initiator)
    days = f"merchants/{stage.round.merchant_id}/days"
    with at(stage.start):
        day = (stage.group.local(stage.start).date() + timedelta(days=9)).isoformat()
        key = uuid4()
        for _again in range(2):
            (wish,) = fine(shop.post(days, {"day": day, "wish": "草莓"}, key=key), 201)["wishes"]
        assert (wish["state"], wish["day"]) == ("asked", day)
        answer = f"merchant-days/{wish['id']}/answer"
        assert refused(hers.post(answer, {"keep": False})) == "invalid_input"
        (kept,) = fine(hers.post(answer, {"keep": True}))["wishes"]
        assert kept["state"] == "confirmed"
        (gone,) = fine(shop.post(f"{days}/{wish['id']}/withdraw"))["wishes"]
        assert gone["state"] == "withdrawn"


def test_members_follow_ask_and_propose(stage, owner):
    member, other = Api(stage.member), Api(stage.neighbour)
    shop, hers = shop_api(stage, owner), Api(stage.initiator)
    here = f"merchants/{stage.round.merchant_id}"
    assert fine(member.post(f"{here}/follow", {"on": True})) == {"on": True}
    assert Follow.objects.filter(member=stage.member).exists()
    assert fine(member.post(f"{here}/follow", {"on": False})) == {"on": False}
    assert not Follow.objects.exists()
    asked = fine(member.post(f"{here}/questions", {"text": "几点切的"}), 201)["questions"]
    answer = {"text": "早上五点", "if_it_fails": "退全款"}
    done = fine(shop.post(f"{here}/questions/{asked[0]['id']}/answer", answer), 201)["questions"]
    assert done[0]["answers"][0]["if_it_fails"] == "退全款"
    hide = f"{here}/questions/{asked[0]['id']}/hide"
    assert fine(hers.post(hide, {"reason": "写了电话"}))["questions"][0]["text"] == "几点切的"
    (shown,) = fine(other.get(f"{here}/questions"))["questions"]
    assert (shown["text"], shown["answers"], shown["hidden_reason"]) == ("", [], "写了电话")
    wish = {"name": "阿婆馄饨", "reason": "皮薄"}
    (row,) = fine(member.post("proposals", wish), 201)["proposals"]
    assert member.post("proposals", wish).status_code in (409, 422)
    (row,) = fine(other.post(f"proposals/{row['id']}/back", {"on": True}))["proposals"]
    assert (row["households"], row["mine"]) == (2, True)
    (row,) = fine(other.post(f"proposals/{row['id']}/back", {"on": False}))["proposals"]
    assert row["households"] == 1
    (row,) = fine(hers.post(f"proposals/{row['id']}/invite"))["proposals"]
    assert row["invite_token"]
    assert fine(other.get("proposals"))["proposals"][0]["invite_token"] == ""


def test_a_price_is_seen_contested_and_decided(stage, owner):
    """A form with a picture, which members may look at; without one nothing is written."""
    member, hers = Api(stage.member), Api(stage.initiator)
    item = make_item(stage.round.merchant, "牛腱", store_price_fen=5000)
    here = f"merchants/{stage.round.merchant_id}"
    prices = f"{here}/items/{item.pk}/prices"
    seen = {"price_fen": "4200", "place": "长宁路店"}
    assert send_form(member, prices, seen).status_code == 422
    found = fine(send_form(member, prices, seen | {"picture": photo()}), 201)
    assert found["claim"]["state"] == "contested"
    (look,) = found["looks"]
    assert look["state"] == "contests"
    picture = f"{here}/prices/{look['id']}/picture"
    assert Api(stage.neighbour).get(picture)["Content-Type"] == "image/webp"
    ruled = {"stands": True, "reason": "那天搞活动"}
    done = fine(hers.post(f"{here}/prices/{look['id']}/rule", ruled))
    assert done["looks"][0]["reason"] == "那天搞活动"


def test_pictures_of_how_it_is_made_come_and_go(stage, owner):
    shop = shop_api(stage, owner)
    item = make_item(stage.round.merchant, "牛腱")
    path = f"merchants/{stage.round.merchant_id}/items/{item.pk}/process-photos"
    key = uuid4()
    for _again in range(2):
        shown = fine(send_form(shop, path, {"photos": [photo(), photo()]}, key))
    assert len(shown["process_photos"]) == 2
    assert send_form(shop, path, {"photos": [photo()] * 3}).status_code == 422
    left = fine(send_form(shop, path, {"drop": ["1"]}))["process_photos"]
    assert left == shown["process_photos"][1:]
    assert ProcessPhoto.objects.count() == 1


def test_the_owner_keeps_the_shops_people(stage, owner):
    shop, helper = shop_api(stage, owner), make_user("阿强")
    row = MerchantStaff.objects.create(merchant=stage.round.merchant, user=helper, role="helper")
    staff = f"/api/v1/merchants/{stage.round.merchant_id}/staff"
    made = fine(shop.post(f"{staff}/links"), 201)["links"][0]
    assert made["state"] == "open"
    assert "/k/" in made["url"]
    closed = fine(shop.post(f"{staff}/links/{made['id']}/close"))["links"][0]
    assert closed["state"] == "revoked"
    theirs = Api(helper)
    assert theirs.get(staff).status_code == 403
    assert fine(shop.post(f"{staff}/{row.pk}/hand-on")) == {"role": "helper"}
    assert fine(theirs.get(staff))["people"][0]["nickname"] == "阿强"
    mine = MerchantStaff.objects.get(user=owner).pk
    assert fine(shop.post(f"{staff}/{mine}/remove")) == {"role": ""}


def test_a_rejected_shop_appeals_once(stage, owner):
    shop, deputy = shop_api(stage, owner), Api(stage.deputy)
    merchant = make_merchant(None, "阿婆馄饨")
    MerchantStaff.objects.create(merchant=merchant, user=owner, role="owner")
    approve(stage.group, merchant, status="in_review")
    applications.reject(
        group_id=stage.group.pk,
        merchant_id=merchant.pk,
        actor_id=stage.initiator.pk,
        reason="证件看不清",
    )
    path = f"merchants/{merchant.pk}/appeal"
    made = fine(shop.post(path, {"text": "重新拍了"}), 201)["appeal"]
    assert made["status"] == "waiting"
    assert shop.post(path, {"text": "再说一次"}).status_code in (409, 422)
    done = fine(deputy.post(f"{path}/answer", {"granted": True, "reason": "看清了"}))["appeal"]
    assert (done["status"], done["answer"]) == ("granted", "看清了")
