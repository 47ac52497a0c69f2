"""Who may, in a group: strangers see nothing, members what is theirs."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404

from groups.access import (
    StillLoading,
    initiator_for,
    membership_for,
    membership_while_loading,
    officer_for,
)
from tests.factories import make_deputy, make_group, make_initiator, make_member, make_user
from tuangou.core.errors import NotAllowed

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    group = make_group("foodie")
    ziyi = make_initiator(group)
    return {
        "anonymous": AnonymousUser(),
        "stranger": make_user(),
        "other initiator": make_initiator(make_group("next-door")).user,
        "pending": make_member(group, status="pending").user,
        "member": make_member(group).user,
        "deputy": make_deputy(group, ziyi).user,
        "initiator": ziyi.user,
    }


YES, NO, HIDDEN = None, NotAllowed, Http404


@pytest.mark.parametrize(
    ("who", "member", "officer", "initiator"),
    [
        ("anonymous", HIDDEN, HIDDEN, HIDDEN),
        ("stranger", HIDDEN, HIDDEN, HIDDEN),
        ("other initiator", HIDDEN, HIDDEN, HIDDEN),
        ("pending", HIDDEN, HIDDEN, HIDDEN),
        ("member", YES, NO, NO),
        ("deputy", YES, YES, NO),
        ("initiator", YES, YES, YES),
    ],
)
def test_who_may(cast, who, member, officer, initiator):
    for access, answer in (
        (membership_for, member),
        (officer_for, officer),
        (initiator_for, initiator),
    ):
        if answer is None:
            assert access(cast[who], "foodie").user_id == cast[who].pk
        else:
            with pytest.raises(answer):
                access(cast[who], "foodie")


def test_one_query_answers_who_may(cast, django_assert_num_queries):
    with django_assert_num_queries(1):
        member = membership_for(cast["deputy"], "foodie")
        assert (str(member.household)[:2], member.group.slug) == ("3栋", "foodie")
        assert (member.holds_mandate, member.is_deputy, member.is_officer) == (False, True, True)


def test_those_who_left_or_were_locked_out_see_nothing():
    group = make_group("foodie")
    lan = make_user(is_active=False)
    make_member(group, user=lan)
    with pytest.raises(Http404):
        membership_for(lan, "foodie")


@pytest.mark.parametrize(("status", "loading_page"), [("loading", True), ("void", False)])
def test_a_group_that_is_not_open(status, loading_page):
    lan = make_user()
    make_member(make_group("foodie", status=status), user=lan)
    with pytest.raises(StillLoading if loading_page else Http404):
        membership_for(lan, "foodie")
    if loading_page:
        assert membership_while_loading(lan, "foodie").group.slug == "foodie"
    else:
        with pytest.raises(Http404):
            membership_while_loading(lan, "foodie")


def test_a_freed_slug_leads_to_the_living_group():
    lan = make_user()
    make_member(make_group("foodie", status="void"), user=lan)
    living = make_member(make_group("foodie"), user=lan)
    assert membership_for(lan, "foodie") == living
