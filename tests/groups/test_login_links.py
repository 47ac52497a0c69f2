"""Login links (G2): handed over by the initiator, used once, by nobody with an office."""

from __future__ import annotations

import re
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client
from django.utils import timezone

from groups.models import Deputy, LoginLink, Membership
from groups.models.login_links import LOGIN_LINKS_A_DAY, LoginLinkQuerySet
from groups.services import login_links as service
from groups.services.login_links import (
    EnoughLoginLinks,
    LinkNotForMember,
    LoginLinkOver,
    NoLinkForOfficers,
)
from tests.factories import (
    make_deputy,
    make_group,
    make_household,
    make_initiator,
    make_member,
    make_merchant,
    make_user,
)
from tests.threads import together
from tuangou.core import events
from tuangou.core.models import Limit, Notice, Session, User


@pytest.fixture
def ziyi(db) -> Membership:
    return make_initiator(make_group())


@pytest.fixture
def lan(ziyi: Membership) -> Membership:
    return make_member(ziyi.group, "兰")


@pytest.fixture
def wang(ziyi: Membership) -> Membership:
    return make_member(ziyi.group, "王奶奶", account=False)


def make(actor: Membership, member: Membership) -> str:
    _link, token = service.make_login_link(
        group_id=actor.group_id, actor_id=actor.pk, membership_id=member.pk
    )
    return token


def path(token: str) -> str:
    return f"/l/{token}/"


def signed_in(member: Membership) -> Client:
    client = Client()
    assert member.user is not None
    client.force_login(member.user)
    return client


def masked(page: bytes) -> bytes:
    page = re.sub(rb'name="csrfmiddlewaretoken" value="[^"]+"', b"", page)
    return re.sub(rb'name="next" value="[^"]+"', b"", page)


def test_from_the_button_to_the_round(ziyi, lan):
    page = f"/g/{ziyi.group.slug}/members/{lan.pk}/login-link/"
    client = signed_in(ziyi)
    assert "做一个登录链接" in client.get(page).content.decode()
    assert page in client.get(f"/g/{ziyi.group.slug}/members/{lan.pk}/").content.decode()
    shown = client.post(page, {"request_id": "6f0d1c1e-0000-4000-8000-000000000001"})
    text = shown.content.decode()
    link = re.search(r"http://testserver(/l/[\w-]{22}/)", text)
    assert link
    assert 'src="data:image/png;base64,' in text
    assert link[1] not in client.get(page).content.decode(), "shown once"
    phone: Any = Client()
    assert phone.get(link[1]).status_code == 200
    answer = phone.post(link[1])
    assert (answer.status_code, answer.url) == (302, f"/g/{ziyi.group.slug}/")
    assert phone.get(answer.url).status_code == 200
    assert Session.objects.filter(user=lan.user).exists()


def test_looking_uses_nothing_up_and_names_nobody(ziyi, lan):
    token = make(ziyi, lan)
    for _ in range(3):  # a chat fetches it for its preview
        page = Client().get(path(token)).content.decode()
        assert lan.nickname not in page
        assert ziyi.group.name not in page
        assert ziyi.group.slug not in page
    assert Client().head(path(token)).status_code == 200
    assert Client().post(path(token)).status_code == 302
    assert Client().post(path(token)).status_code == 404


def test_a_neighbour_without_an_account_gets_one(ziyi, wang):
    client = Client()
    client.post(path(make(ziyi, wang)))
    wang.refresh_from_db()
    assert wang.user is not None
    assert (wang.user.phone, wang.user.nickname) == (None, "王奶奶")
    assert not wang.user.has_usable_password()
    assert client.get(f"/g/{ziyi.group.slug}/").status_code == 200
    assert "加上我的手机号" in client.get("/accounts/devices/").content.decode()
    user = wang.user
    Client().post(path(make(ziyi, wang)))
    wang.refresh_from_db()
    assert wang.user == user, "the second link leads to the same account"


def test_one_answer_for_used_revoked_expired_and_never_made(ziyi, lan, wang):
    used, over = make(ziyi, wang), make(ziyi, lan)
    Client().post(path(used))
    LoginLink.objects.filter(membership=lan).update(
        made_at=timezone.now() - timedelta(days=2), expires_at=timezone.now() - timedelta(days=1)
    )
    revoked_member = make_member(ziyi.group)
    revoked = make(ziyi, revoked_member)
    signed_in(ziyi).post(
        f"/g/{ziyi.group.slug}/members/{revoked_member.pk}/login-link/revoke/",
        {"request_id": "6f0d1c1e-0000-4000-8000-000000000002"},
    )
    gone_member = make_member(ziyi.group)
    gone = make(ziyi, gone_member)
    gone_member.move_to("removed", left_at=timezone.now())
    tokens = (used, over, revoked, gone, "A" * 22)
    for method in ("get", "post"):
        answers = [getattr(Client(), method)(path(token)) for token in tokens]
        assert {answer.status_code for answer in answers} == {404}
        assert len({masked(answer.content) for answer in answers}) == 1


def test_a_new_link_ends_the_one_before(ziyi, lan):
    first, second = make(ziyi, lan), make(ziyi, lan)
    assert Client().post(path(first)).status_code == 404
    assert Client().post(path(second)).status_code == 302


def test_only_a_hash_is_kept(ziyi, lan):
    token = make(ziyi, lan)
    assert len(token) == 22
    with connection.cursor() as cursor:
        cursor.execute("select groups_loginlink::text from groups_loginlink")
        assert token not in cursor.fetchone()[0]


def test_officers_staff_and_whoever_has_a_factor_get_none(ziyi, lan):
    elsewhere = make_initiator(make_group(), "别处的团长").user
    shop, operator = make_user("店主"), make_user("运维", is_staff=True)
    make_merchant(ziyi.group, staff=shop)
    Authenticator.objects.create(user=lan.user, type="totp", data={"secret": "x"})
    people = [
        ziyi,
        make_deputy(ziyi.group, ziyi),
        lan,
        *(
            make_member(ziyi.group, "兼职", user=user, household=make_household(ziyi.group))
            for user in (elsewhere, shop, operator)
        ),
    ]
    for person in people:
        with pytest.raises(NoLinkForOfficers):
            make(ziyi, person)
    assert not LoginLink.objects.exists()


@pytest.mark.parametrize("becomes", ["deputy", "factor", "staff"])
def test_whoever_becomes_more_meanwhile_does_not_come_in(ziyi, lan, becomes):
    token = make(ziyi, lan)
    if becomes == "deputy":
        Deputy.objects.create(
            group=ziyi.group, membership=lan, named_by=ziyi, started_at=timezone.now()
        )
    elif becomes == "factor":
        Authenticator.objects.create(user=lan.user, type="totp", data={"secret": "x"})
    else:
        make_merchant(ziyi.group, staff=lan.user)
    assert Client().post(path(token)).status_code == 404
    assert not Session.objects.filter(user=lan.user).exists()


def test_not_for_those_who_left(ziyi, lan):
    lan.move_to("left", left_at=timezone.now())
    with pytest.raises(LinkNotForMember):
        make(ziyi, lan)


def test_so_many_a_day(ziyi, lan):
    for _ in range(LOGIN_LINKS_A_DAY):
        make(ziyi, lan)
    with pytest.raises(EnoughLoginLinks):
        make(ziyi, lan)


def test_she_hears_of_a_link_made_for_her(ziyi, lan, wang):
    make(ziyi, lan)
    make(ziyi, wang)
    events.drain(ziyi.group_id)
    notice = Notice.objects.get(kind="groups.login_link_made")
    assert notice.user == lan.user


def test_guessing_is_limited_per_address(ziyi, lan):
    client = Client()
    answers = [client.get(path(f"{n:022d}")).status_code for n in range(61)]
    assert answers == [404] * 60 + [429]
    Limit.objects.all().delete()
    assert client.post(path("x" * 22)).status_code == 404


def test_the_link_of_another_signs_over(ziyi, lan):
    """A grandchild's phone, signed in as somebody else: the session is a new one."""
    client = signed_in(make_member(ziyi.group))
    before = client.cookies["session"].value
    client.post(path(make(ziyi, lan)))
    assert client.cookies["session"].value != before
    assert Session.objects.get(session_key=client.cookies["session"].value).user == lan.user


def enter(token: str) -> object:
    return service.use_login_link(token=token)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("guarded", [True, False])
def test_the_same_link_at_once_lets_one_in(monkeypatch, guarded):
    """Twin: read, then written, it lets several in."""
    ziyi = make_initiator(make_group())
    wang = make_member(ziyi.group, "王奶奶", account=False)
    token = make(ziyi, wang)
    if not guarded:
        read = Barrier(4, timeout=30)  # all have found it usable before one writes

        def take(rows: LoginLinkQuerySet, pk: int) -> bool:
            read.wait()
            return bool(rows.filter(pk=pk).update(used_at=timezone.now()))

        monkeypatch.setattr(LoginLinkQuerySet, "take", take)
    results = together([lambda: enter(token)] * 4)
    inside = [one for one in results if isinstance(one, service.Entry)]
    assert all(isinstance(one, service.Entry | LoginLinkOver) for one in results), results
    assert (len(inside) == 1) is guarded
    assert User.objects.filter(nickname="王奶奶").count() == 1
