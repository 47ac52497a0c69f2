"""A shop's people: one owner, helpers by link, what each may, and how soon a right ends (M1)."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from merchants import access
from merchants.models import MerchantStaff, StaffLink
from merchants.services import staff as service
from tests.factories import NOON, make_user
from tests.orders.stages import at
from tests.test_permissions import GONE, NO, OK, Scene, answer, make_scene
from tests.threads import together
from tuangou.core import events, notices
from tuangou.core.errors import NotAllowed
from tuangou.core.models import Event, Notice, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    """As the table of permissions has it, with a helper besides."""
    scene = make_scene(payee="merchant")
    helper = make_user("小马")
    MerchantStaff.objects.create(
        merchant_id=scene.stage.round.merchant_id, user=helper, role="helper"
    )
    scene.people["helper"] = helper
    return scene


def signed_in(user: User | None) -> Client:
    client = Client()
    assert user is not None
    client.force_login(user)
    return client


def shop_id(scene: Scene) -> int:
    return scene.stage.round.merchant_id


# What a helper may, beside the owner

HELPERS = [
    ("portal", "get"),
    ("merchants:merchant", "get"),
    ("merchants:application", "get"),
    ("orders:purchase", "get"),
    ("orders:purchase-pdf", "get"),
    ("orders:purchase-xlsx", "get"),
    ("orders:delivery-announce", "get"),
    ("orders:delivery-announce", "post"),
    ("orders:shortage-announce", "get"),
    ("orders:shortage-announce", "post"),
    ("orders:shop-returns", "get"),
    ("orders:shop-return", "get"),
    ("orders:shop-return", "post"),
    ("orders:return-photo", "get"),
    ("orders:shop-days", "get"),
    ("merchants:agreement", "get"),
    ("merchants:question-answer", "get"),
    ("merchants:question-answer", "post"),
]
OWNERS = [
    # goods, prices, names, promises
    ("merchants:edit", "get"),
    ("merchants:goods", "get"),
    ("merchants:goods-sheet", "post"),
    ("merchants:item-new", "get"),
    ("merchants:item-edit", "get"),
    ("merchants:item-withdraw", "post"),
    ("merchants:item-put-back", "post"),
    ("merchants:promises", "post"),
    # papers, and what is signed
    ("merchants:documents", "get"),
    ("merchants:document-new", "post"),
    ("merchants:document-file", "get"),
    ("merchants:document-withdraw", "post"),
    ("merchants:application-submit", "post"),
    ("merchants:application-leave", "post"),
    ("merchants:agreement-new", "get"),
    ("merchants:agreement-new", "post"),
    ("merchants:agreement-sign", "post"),
    ("merchants:agreement-decline", "get"),
    # money
    ("orders:shop-settlements", "get"),
    ("orders:settlement", "get"),
    ("orders:settlement-confirm", "post"),
    ("orders:settlement-say", "post"),
    ("orders:settlement-pay", "post"),
    ("orders:settlement-unpay", "post"),
    ("orders:settlement-postings", "get"),
    ("orders:settlement-pdf", "get"),
    ("orders:settlement-xlsx", "get"),
    ("orders:payments", "get"),
    ("orders:payment-receive", "post"),
    ("orders:payment-refund", "post"),
    ("orders:payment-undo", "post"),
    ("orders:return-refund", "post"),
    # people
    ("staff", "get"),
    ("staff-link-new", "post"),
]


def test_what_a_helper_may_and_what_only_the_owner(scene: Scene) -> None:
    """The owner's answers are the twin: the same pages, the same scene, another role."""
    got = {
        (role, name, method): answer(scene, role, name, method)
        for name, method in [*HELPERS, *OWNERS]
        for role in ("merchant", "helper")
    }
    wanted = {("merchant", *row): OK for row in [*HELPERS, *OWNERS]}
    wanted |= {("helper", *row): OK for row in HELPERS}
    wanted |= {("helper", *row): NO for row in OWNERS}
    assert {key: got[key] for key in got if got[key] != wanted[key]} == {}


def test_twin_without_the_role_a_helper_changes_prices(scene, monkeypatch):
    item = scene.path("merchants:item-edit")
    client = signed_in(scene.people["helper"])
    assert client.get(item).status_code == 403
    monkeypatch.setattr(access, "role_in", lambda _user, _merchant_id: "owner")
    assert client.get(item).status_code == 200


# In and out

MINE = ("portal", "orders:purchase", "orders:delivery-announce", "orders:shop-returns")


def seen_by(client: Client, scene: Scene) -> set[int]:
    return {client.get(scene.path(name)).status_code for name in MINE}


def test_sent_away_her_open_pages_end_at_once(scene):
    helper, owner = signed_in(scene.people["helper"]), signed_in(scene.people["merchant"])
    api = f"/api/v1/groups/{scene.stage.group.slug}/merchants/{shop_id(scene)}"
    assert seen_by(helper, scene) == {200}
    assert helper.get(api).status_code == 200
    row = MerchantStaff.objects.get(user=scene.people["helper"])
    page = reverse("staff-remove", args=[shop_id(scene), row.pk])
    assert "小马" in owner.get(page).content.decode()
    assert owner.post(page, {"request_id": str(uuid4())}).status_code == 302
    assert seen_by(helper, scene) == {404}
    assert helper.get(api).status_code == 404
    answer = helper.post(scene.path("orders:shop-return"), {"request_id": str(uuid4())})
    assert answer.status_code == 404
    assert Event.objects.filter(kind="merchant.staff_removed").count() == 1


def test_twin_a_remembered_role_would_outlive_her(scene, monkeypatch):
    helper = signed_in(scene.people["helper"])
    MerchantStaff.objects.filter(user=scene.people["helper"]).delete()
    monkeypatch.setattr("orders.views.portal.role_in", lambda _user, _merchant_id: "helper")
    assert helper.get(scene.path("portal")).status_code == 200


def test_she_may_go_by_herself_the_owner_may_not(scene):
    helper, owner = scene.people["helper"], scene.people["merchant"]
    rows = {staff.role: staff for staff in MerchantStaff.objects.all()}
    page = reverse("staff-remove", args=[shop_id(scene), rows["helper"].pk])
    link = f'href="{page}"'
    assert link in signed_in(helper).get(scene.path("portal")).content.decode()
    assert "不做店员了" not in signed_in(owner).get(scene.path("portal")).content.decode()
    assert signed_in(helper).post(page, {"request_id": str(uuid4())})["Location"] == "/"
    assert not MerchantStaff.objects.filter(user=helper).exists()
    stays = reverse("staff-remove", args=[shop_id(scene), rows["owner"].pk])
    assert signed_in(owner).post(stays, {"request_id": str(uuid4())}).status_code == 404
    with pytest.raises(service.NotStaff):
        service.remove_helper(
            merchant_id=shop_id(scene), staff_id=rows["owner"].pk, actor_user_id=owner.pk
        )


@pytest.mark.parametrize("by", ["helper", "merchant"])
def test_the_owner_hears_of_a_helper_who_went_by_herself(scene, by):
    """Twin: whoever sent her away knows."""
    row = MerchantStaff.objects.get(user=scene.people["helper"])
    service.remove_helper(
        merchant_id=shop_id(scene), staff_id=row.pk, actor_user_id=scene.people[by].pk
    )
    events.drain(None)
    told = Notice.objects.filter(kind="merchants.staff_left")
    if by == "merchant":
        assert not told.exists()
        return
    (notice,) = told
    assert notice.user == scene.people["merchant"]
    assert notice.path == reverse("staff", args=[shop_id(scene)])
    text = notices.text(notice.kind, notice.context)
    assert text == f"小马 不做{scene.stage.round.merchant.brand}的店员了，从现在起看不到店里的单"


def test_a_helper_sends_nobody_away(scene):
    other = MerchantStaff.objects.create(
        merchant_id=shop_id(scene), user=make_user("小李"), role="helper"
    )
    page = reverse("staff-remove", args=[shop_id(scene), other.pk])
    client = signed_in(scene.people["helper"])
    assert client.post(page, {"request_id": str(uuid4())}).status_code == 403
    with pytest.raises(NotAllowed):
        service.remove_helper(
            merchant_id=shop_id(scene),
            staff_id=other.pk,
            actor_user_id=scene.people["helper"].pk,
        )
    for role in ("outsider", "member", "initiator"):
        assert signed_in(scene.people[role]).get(page).status_code == 404


# The link


def make_link(scene: Scene) -> StaffLink:
    owner = scene.people["merchant"]
    assert owner is not None
    with at(NOON):
        return service.make_staff_link(merchant_id=shop_id(scene), actor_user_id=owner.pk)


def test_somebody_without_an_account_comes_by_the_link(scene):
    owner = signed_in(scene.people["merchant"])
    made = owner.post(
        reverse("staff-link-new", args=[shop_id(scene)]), {"request_id": str(uuid4())}
    )
    page = owner.get(made["Location"]).content.decode()
    link = StaffLink.objects.latest("pk")
    door = reverse("staff-link", args=[link.token])
    assert door in page
    stranger = Client()
    assert "小杨" not in stranger.get(door).content.decode()
    assert stranger.post(door, {"request_id": str(uuid4()), "nickname": ""}).status_code == 422
    came = stranger.post(door, {"request_id": str(uuid4()), "nickname": "小杨"})
    assert came["Referrer-Policy"] == "same-origin"
    assert came["Location"] == reverse("portal", args=[shop_id(scene)])
    assert stranger.get(came["Location"]).status_code == 200
    assert MerchantStaff.objects.get(user__nickname="小杨").role == "helper"
    assert Client().get(door).status_code == 404, "one person by one link"


@pytest.mark.parametrize("how", ["closed", "used", "late"])
def test_a_link_that_is_over_lets_nobody_in(scene, how):
    link, lan = make_link(scene), make_user("兰兰")
    owner = scene.people["merchant"]
    when = NOON + timedelta(hours=1)
    with at(when):
        if how == "closed":
            service.close_staff_link(
                merchant_id=shop_id(scene), link_id=link.pk, actor_user_id=owner.pk
            )
        if how == "used":
            service.join_staff(link_id=link.pk, user_id=make_user("小杨").pk)
    late = when + timedelta(days=3 if how == "late" else 0)
    with at(late), pytest.raises(service.StaffLinkOver):
        service.join_staff(link_id=link.pk, user_id=lan.pk)
    assert not MerchantStaff.objects.filter(user=lan).exists()


def test_the_owner_who_opens_her_own_link_stays_the_owner(scene):
    link, owner = make_link(scene), scene.people["merchant"]
    with at(NOON):
        service.join_staff(link_id=link.pk, user_id=owner.pk)
    assert MerchantStaff.objects.get(user=owner).role == "owner"


def test_another_shops_link_is_missing(scene):
    link, other = make_link(scene), make_scene()
    page = reverse("staff-link-close", args=[shop_id(other), link.pk])
    client = signed_in(other.people["merchant"])
    assert client.post(page, {"request_id": str(uuid4())}).status_code == 404
    assert answer(other, "merchant", "staff", "get") == OK
    assert signed_in(other.people["merchant"]).get(scene.path("staff")).status_code == 404
    assert answer(scene, "outsider", "staff", "get") == GONE


# The shop goes on


def test_a_helper_becomes_the_owner_and_the_owner_a_helper(scene):
    owner, helper = scene.people["merchant"], scene.people["helper"]
    row = MerchantStaff.objects.get(user=helper)
    page = reverse("staff-hand-on", args=[shop_id(scene), row.pk])
    assert signed_in(helper).post(page, {"request_id": str(uuid4())}).status_code == 403
    assert signed_in(owner).post(page, {"request_id": str(uuid4())}).status_code == 302
    both = MerchantStaff.objects.filter(user__in=[owner, helper])
    roles = dict(both.values_list("user_id", "role"))
    assert roles == {owner.pk: "helper", helper.pk: "owner"}
    assert signed_in(owner).get(scene.path("merchants:item-edit")).status_code == 403
    assert signed_in(helper).get(scene.path("merchants:item-edit")).status_code == 200


def test_twin_two_owners_are_refused_by_the_table(scene):
    with pytest.raises(IntegrityError, match="one_owner_per_merchant"), transaction.atomic():
        MerchantStaff.objects.filter(user=scene.people["helper"]).update(role="owner")


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_handed_to_two_and_two_by_one_link_at_once():
    scene = make_scene()
    merchant_id, owner = shop_id(scene), scene.people["merchant"]
    assert owner is not None
    helpers = [
        MerchantStaff.objects.create(merchant_id=merchant_id, user=make_user(), role="helper")
        for _ in range(2)
    ]

    def hand(row: MerchantStaff) -> None:
        service.hand_shop_on(merchant_id=merchant_id, staff_id=row.pk, actor_user_id=owner.pk)

    results = together([partial(hand, row) for row in helpers])
    assert [type(result) for result in results if result] == [NotAllowed]
    assert MerchantStaff.objects.filter(role="owner").count() == 1
    new_owner = MerchantStaff.objects.get(role="owner").user_id
    link = service.make_staff_link(merchant_id=merchant_id, actor_user_id=new_owner)
    came = [make_user() for _ in range(2)]
    results = together(
        [partial(service.join_staff, link_id=link.pk, user_id=user.pk) for user in came]
    )
    assert [type(r) for r in results].count(service.StaffLinkOver) == 1
    assert MerchantStaff.objects.filter(user__in=came).count() == 1
