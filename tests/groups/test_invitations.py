"""Links: one seat, seven days, revocable, never kept; the standing link (G3)."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from groups.access import invitation_with, link_with
from groups.models import CompoundLink, Invitation, Membership
from groups.models.invitations import token_sha256
from groups.queries.invitations import invitations_page
from groups.services import invitations as service
from groups.services import memberships
from groups.services.invitations import EnoughInvitations, InvitationOver
from tests.answers import headers
from tests.factories import NOON, make_deputy, make_group, make_initiator, make_member
from tests.groups.doors import address, come, invite, stranger
from tests.markup import problems
from tests.orders.stages import at
from tuangou.core.logs import mask
from tuangou.core.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def group():
    return make_group("foodie")


@pytest.fixture
def ziyi(group):
    return make_initiator(group)


@pytest.fixture
def lan(group, ziyi):
    return make_member(group, "兰兰")


def test_a_token_has_128_bits_and_is_kept_nowhere(lan):
    invitation, token = invite(lan)
    assert len(token) == 22
    assert bytes(invitation.token_sha256) == token_sha256(token)
    assert invitation.expires_at - invitation.made_at == timedelta(days=7)
    with connection.cursor() as cursor:
        cursor.execute("select row_to_json(i)::text from groups_invitation i")
        kept = cursor.fetchone()[0]
    assert token not in kept
    assert token not in str(list(Event.objects.values("data")))


@pytest.mark.parametrize("kind", ["i", "j"])
def test_a_token_is_masked_in_logs(kind):
    assert mask(f"GET /{kind}/abcdefghijklmnop-1234/") == f"GET /{kind}/***/"


@pytest.mark.parametrize(
    "spoil",
    [
        {"used_at": NOON},
        {"revoked_at": NOON},
        {"made_at": NOON - timedelta(days=9), "expires_at": NOON - timedelta(days=2)},
    ],
    ids=["used", "revoked", "expired"],
)
def test_a_link_that_is_over_opens_nothing(lan, spoil):
    invitation, token = invite(lan)
    assert invitation_with(token) == invitation
    Invitation.objects.filter(pk=invitation.pk).update(**spoil)
    assert invitation_with(token) is None
    assert not Invitation.objects.take(invitation.pk)


def test_links_of_those_who_are_gone_open_nothing(group, ziyi, lan):
    _invitation, token = invite(lan)
    memberships.remove(membership_id=lan.pk, actor_id=ziyi.pk)
    assert invitation_with(token) is None


@pytest.mark.parametrize(("office", "most"), [("member", 5), ("deputy", 50)])
def test_so_many_a_day_and_no_more(group, ziyi, lan, office, most):
    actor = lan if office == "member" else make_deputy(group, ziyi)
    with at(NOON):
        for _n in range(most):
            invite(actor)
        with pytest.raises(EnoughInvitations, match=str(most)):
            invite(actor)
    with at(NOON + timedelta(hours=24, seconds=1)):
        invite(actor)
    known = Membership.objects.with_office().get(pk=actor.pk)
    page = invitations_page(known, at=NOON + timedelta(hours=24, seconds=1))
    assert (page.left, page.most) == (most - 1, most)


def test_taking_a_link_back(group, lan):
    invitation, token = invite(lan)
    for _twice in range(2):
        service.revoke_invitation(group_id=group.pk, actor_id=lan.pk, invitation_id=invitation.pk)
    assert invitation_with(token) is None
    assert Event.objects.filter(kind="invitation.revoked").count() == 1
    used, _token = invite(lan)
    come(used, stranger(group))
    with pytest.raises(InvitationOver):
        service.revoke_invitation(group_id=group.pk, actor_id=lan.pk, invitation_id=used.pk)


def test_the_standing_link_changes_and_closes(group, ziyi):
    act = {"group_id": group.pk, "actor_id": ziyi.pk}
    first, second = service.renew_link(**act), service.renew_link(**act)
    assert first.token != second.token
    assert (link_with(first.token), link_with(second.token)) == (None, second)
    for _twice in range(2):
        service.close_link(**act)
    assert link_with(second.token) is None
    third = service.renew_link(**act)
    assert link_with(third.token) == third
    assert CompoundLink.objects.filter(closed_at=None).count() == 1


def test_the_standing_link_is_shown_again_but_not_kept(group, ziyi, settings):
    link = service.renew_link(group_id=group.pk, actor_id=ziyi.pk)
    token = CompoundLink.objects.get().token
    assert len(token) >= 23
    settings.SECRET_KEY = "another key of the installation, fifty characters long"
    assert CompoundLink.objects.get().token == ""
    assert link_with(token) == link


# Pages


def page(client, name="invitations", *args, **data):
    path = reverse(f"groups:{name}", args=["foodie", *args])
    return client.post(path, {"request_id": uuid4()} | data) if data else client.get(path)


def test_the_link_stands_on_one_page_once(client, lan):
    client.force_login(lan.user)
    key = uuid4()
    path = reverse("groups:invitation-new", args=["foodie"])
    made = client.post(path, {"request_id": key})
    text = made.content.decode()
    assert made.status_code == 200
    assert "/i/" in text
    assert "data:image/png;base64" in text
    assert problems(text) == []
    assert made.headers["Cache-Control"].count("no-store")
    again = client.post(path, {"request_id": key}, follow=True).content.decode()
    assert "/i/" not in again
    assert Invitation.objects.count() == 1


def test_my_links_tell_what_became_of_them(client, group, lan):
    client.force_login(lan.user)
    come(lan, stranger(group))
    invite(lan)
    text = page(client).content.decode()
    assert "3栋·小* 来了" in text
    assert "林小雨" not in text
    assert text.count("收回<span") == 1
    assert problems(text) == []


def test_too_many_is_a_sentence(client, lan):
    client.force_login(lan.user)
    for _n in range(5):
        invite(lan)
    refused = page(client, "invitation-new", request_id=uuid4())
    assert refused.status_code == 409
    assert "5 个邀请链接" in refused.content.decode()


def test_another_members_link_is_not_hers_to_take_back(client, group, lan):
    wang = make_member(group, "王芳")
    client.force_login(wang.user)
    theirs, _token = invite(lan)
    assert page(client, "invitation-revoke", theirs.pk, request_id=uuid4()).status_code == 404
    mine, _token = invite(wang)
    assert page(client, "invitation-revoke", mine.pk, request_id=uuid4()).status_code == 302


def test_officers_keep_the_standing_link(client, ziyi, lan):
    client.force_login(ziyi.user)
    page(client, "link-renew", request_id=uuid4())
    text = page(client).content.decode()
    assert f"/j/{CompoundLink.objects.get().token}/" in text
    assert problems(text) == []
    page(client, "link-close", request_id=uuid4())
    assert "/j/" not in page(client).content.decode()
    client.force_login(lan.user)
    assert "小区链接" not in page(client).content.decode()


@pytest.mark.parametrize("links", [1, 3])
def test_the_list_takes_the_same_statements_for_any_size(
    client, group, lan, links, django_assert_num_queries
):
    client.force_login(lan.user)
    for n in range(links):
        come(lan, stranger(group, f"60{n}"))
    # session and user, membership, clock, links with who came, today's number
    with django_assert_num_queries(5):
        page(client)


# Guessing


def test_all_dead_links_have_one_answer(group, lan):
    """Unknown, used, revoked, expired: the same status, bytes, headers and statements."""
    tokens = {"unknown": "A" * 22}
    for state in ("used", "revoked", "expired"):
        invitation, tokens[state] = invite(lan)
        Invitation.objects.filter(pk=invitation.pk).update(
            **{
                "used": {"used_at": NOON},
                "revoked": {"revoked_at": NOON},
                "expired": {
                    "made_at": NOON - timedelta(days=9),
                    "expires_at": NOON - timedelta(days=2),
                },
            }[state]
        )
    for method in ("get", "post"):
        answers = {name: _answer(token, method) for name, token in tokens.items()}
        assert len(set(answers.values())) == 1, answers
    assert next(iter(answers.values()))[0] == 404


def _answer(token, method):
    with CaptureQueriesContext(connection) as statements:
        response = getattr(Client(), method)(address(token))
    text = response.content.decode()
    for hidden in re.findall(r'name="csrfmiddlewaretoken" value="[^"]+"', text):
        text = text.replace(hidden, "")
    told = str(sorted(headers(response).items()))
    return response.status_code, text.replace(token, ""), told, len(statements)


def test_guessing_ends_after_thirty_wrong_ones_and_right_ones_do_not_count(group, lan):
    _invitation, token = invite(lan)
    client = Client()
    for n in range(30):
        assert client.get(address(f"{n:022}")).status_code == 404
        assert client.get(address(token)).status_code == (200 if n < 29 else 429)
    stopped = client.get(address("B" * 22))
    assert stopped.status_code == 429
    assert int(stopped.headers["Retry-After"]) <= 3600
    assert client.get(address(token)).status_code == 429
    assert Client(REMOTE_ADDR="10.9.8.7").get(address(token)).status_code == 200


def test_the_page_of_a_link_tells_no_names_and_is_told_to_nobody(client, group, ziyi, lan):
    _invitation, token = invite(lan)
    response = client.get(address(token))
    text = response.content.decode()
    for known in ("梧桐里美食群", "梧桐里", "3栋", "5栋"):
        assert known in text
    for name in (lan.nickname, lan.real_name, ziyi.nickname, lan.masked_name):
        assert name not in text
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert "noindex" in response.headers["X-Robots-Tag"]
    assert "no-store" in response.headers["Cache-Control"]
    assert problems(text) == []
