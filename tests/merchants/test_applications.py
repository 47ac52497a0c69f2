"""A merchant's way into a group, and what was agreed (M4, M5)."""

import pytest
from django.db import transaction

from groups.models import Group, Membership
from groups.services.rules import write_rules
from merchants.access import Signer
from merchants.models import Agreement, AgreementDraft, Application
from merchants.services import agreements
from merchants.services import applications as service
from merchants.services.applications import AlreadyApplied
from tests.factories import (
    NOON,
    make_deputy,
    make_group,
    make_initiator,
    make_member,
    make_merchant,
    make_user,
    pass_lines,
)
from tuangou.core import clock
from tuangou.core.errors import InvalidInput, InvalidTransition
from tuangou.core.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def group():
    return make_group(commission_bp=450)


@pytest.fixture
def ziyi(group):
    return make_initiator(group)


@pytest.fixture
def ma():
    return make_user("老马")


@pytest.fixture
def case(group, ziyi, ma):
    """The application of a merchant, moved along by the services themselves."""
    return Case(group, ziyi, make_merchant(staff=ma), ma)


class Case:
    def __init__(self, group, officer, merchant, staff):
        self.key = {"group_id": group.pk, "merchant_id": merchant.pk}
        self.officer, self.staff = {"actor_id": officer.pk}, {"user_id": staff.pk}
        service.start_application(**self.key, **self.staff)

    @property
    def row(self) -> Application:
        return Application.objects.get(**self.key)

    def submit(self):
        return service.submit(**self.key, **self.staff)

    def start_review(self):
        row = service.start_review(**self.key, **self.officer)
        by = Membership.objects.get(pk=self.officer["actor_id"])
        pass_lines(row, by, at=row.decided_at)
        return row

    def approve(self, **terms):
        return service.approve(**self.key, **self.officer, **terms)

    def ask_changes(self, reason="补执照"):
        return service.ask_changes(**self.key, **self.officer, reason=reason)

    def reject(self, reason="执照对不上"):
        return service.reject(**self.key, **self.officer, reason=reason)

    def suspend(self, reason="缺斤"):
        return service.suspend(**self.key, **self.officer, reason=reason)

    def reinstate(self):
        return service.reinstate(**self.key, **self.officer)

    def leave(self):
        return service.leave(**self.key, **self.staff)

    def reach(self, status):
        steps = {
            "draft": [],
            "submitted": ["submit"],
            "in_review": ["submit", "start_review"],
            "changes_asked": ["submit", "start_review", "ask_changes"],
            "rejected": ["submit", "start_review", "reject"],
            "approved": ["submit", "start_review", "approve"],
            "suspended": ["submit", "start_review", "approve", "suspend"],
            "exited": ["leave"],
        }
        for step in steps[status]:
            getattr(self, step)()
        assert self.row.status == status


ALLOWED = {
    ("draft", "submit"): "submitted",
    ("draft", "leave"): "exited",
    ("submitted", "start_review"): "in_review",
    ("submitted", "leave"): "exited",
    ("in_review", "approve"): "approved",
    ("in_review", "ask_changes"): "changes_asked",
    ("in_review", "reject"): "rejected",
    ("changes_asked", "submit"): "submitted",
    ("changes_asked", "leave"): "exited",
    ("approved", "suspend"): "suspended",
    ("approved", "start_review"): "in_review",
    ("approved", "leave"): "exited",
    ("suspended", "reinstate"): "approved",
    ("suspended", "leave"): "exited",
    ("rejected", "submit"): "submitted",
    ("exited", "submit"): "submitted",
}
STATES = [
    "draft", "submitted", "in_review", "changes_asked", "approved", "rejected", "suspended",
    "exited",
]  # fmt: skip
ACTS = [
    "submit", "start_review", "approve", "ask_changes", "reject", "suspend", "reinstate", "leave",
]  # fmt: skip


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("status", STATES)
def test_every_act_in_every_state(case, status, act):
    case.reach(status)
    events = Event.objects.count()
    if after := ALLOWED.get((status, act)):
        getattr(case, act)()
        assert case.row.status == after
        told = 2 if act == "approve" else 1  # and that terms wait for a name
        assert Event.objects.count() == events + told
    else:
        with pytest.raises(InvalidTransition):
            getattr(case, act)()
        assert case.row.status == status
        assert Event.objects.count() == events


def sent_again(case):
    case.reach("changes_asked")
    case.submit()


@pytest.mark.parametrize("act", ["approve", "ask_changes", "reject"])
def test_who_acts_on_what_came_back_reviews_it(case, group, ziyi, act):
    zhou = make_deputy(group, ziyi)
    sent_again(case)
    case.officer = {"actor_id": zhou.pk}
    getattr(case, act)()
    assert case.row.status == ALLOWED["in_review", act]
    told = Event.objects.filter(kind="application.review_started").order_by("pk")
    assert [event.actor_id for event in told] == [ziyi.user_id, zhou.user_id]


def test_the_twin_forgets_who_reviewed(case, monkeypatch):
    """Without it nobody is written down, and what came back waits for a button."""
    sent_again(case)
    monkeypatch.setattr(service, "take_up", lambda *_args: None)
    with pytest.raises(InvalidTransition):
        case.approve()
    assert Event.objects.filter(kind="application.review_started").count() == 1


@pytest.mark.parametrize("first", ["submitted", "rejected", "exited"])
def test_what_is_new_or_looked_at_anew_is_begun_by_hand(case, first):
    """Only what was asked for comes back; who was refused or had left begins anew."""
    if first == "exited":
        sent_again(case)
        case.leave()
        case.submit()
    else:
        case.reach(first)
    if first == "rejected":
        case.submit()
    assert (case.row.status, case.row.is_back) == ("submitted", False)
    for act in (case.approve, case.ask_changes, case.reject):
        with pytest.raises(InvalidTransition):
            act()
    case.start_review()
    case.ask_changes()
    case.submit()
    assert case.row.is_back


def test_one_application_per_group(case):
    with pytest.raises(AlreadyApplied):
        service.start_application(**case.key, **case.staff)
    other = make_group()
    service.start_application(group_id=other.pk, merchant_id=case.key["merchant_id"], **case.staff)


def test_decisions_name_who_took_them_and_why(case, ziyi):
    case.reach("in_review")
    case.ask_changes(reason=" 补\n执照 ")
    row = case.row
    assert (row.reason, row.decided_by, row.decided_at is not None) == ("补 执照", ziyi, True)
    event = Event.objects.get(kind="application.changes_asked")
    assert event.actor_id == ziyi.user_id
    assert (event.subject_id, event.data["merchant"]) == (row.pk, row.merchant_id)
    case.submit()
    assert case.row.reason == ""


@pytest.mark.parametrize("reason", ["", " \n", "由" * 301])
@pytest.mark.parametrize(
    ("status", "act"),
    [("in_review", "ask_changes"), ("in_review", "reject"), ("approved", "suspend")],
)
def test_a_no_needs_its_reason(case, status, act, reason):
    case.reach(status)
    with pytest.raises(InvalidInput) as refusal:
        getattr(case, act)(reason=reason)
    assert refusal.value.field == "reason"
    assert case.row.status == status


def test_a_deputy_decides_too(case, group, ziyi):
    zhou = make_deputy(group, ziyi)
    case.reach("submitted")
    case.officer = {"actor_id": zhou.pk}
    case.start_review()
    assert case.approve().decided_by == zhou


def test_an_officer_of_another_group_decides_nothing(case):
    stranger = make_initiator(make_group())
    case.reach("submitted")
    case.officer = {"actor_id": stranger.pk}
    with pytest.raises(type(stranger).DoesNotExist):
        case.start_review()
    assert case.row.status == "submitted"


def offered(case):
    rows = AgreementDraft.objects.filter(application=case.row).order_by("number")
    return list(rows.values_list("commission_bp", flat=True))


def agreed(case):
    """The shop's owner signs what was offered."""
    newest = AgreementDraft.objects.filter(application=case.row).latest("number")
    signer = Signer(("shop",), case.staff["user_id"])
    return agreements.sign(**case.key, signer=signer, content=newest.content_sha256)


def test_approval_offers_the_groups_commission_and_signs_for_the_group(case, ziyi):
    case.reach("approved")
    draft = AgreementDraft.objects.get(application=case.row)
    name = draft.signatures.get()
    assert (draft.commission_bp, name.side, name.member) == (450, "group", ziyi)
    assert not Agreement.objects.exists()
    assert Event.objects.get(kind="application.approved").data["commission_bp"] == 450


def test_approval_may_offer_another_commission(case):
    case.reach("in_review")
    case.approve(commission_bp=600)
    assert offered(case) == [600]


@pytest.mark.parametrize("commission_bp", [-1, 3001])
def test_commission_has_bounds(case, commission_bp):
    case.reach("in_review")
    with pytest.raises(InvalidInput) as refusal:
        case.approve(commission_bp=commission_bp)
    assert refusal.value.field == "commission"
    assert case.row.status == "in_review"


def test_approved_again_what_was_agreed_before_holds(case, group):
    case.reach("in_review")
    case.approve(commission_bp=600)
    agreed(case)
    Group.objects.filter(pk=group.pk).update(commission_bp=100)
    case.start_review()
    case.approve()
    assert offered(case) == [600]
    write_rules(group_id=group.pk, actor_id=case.officer["actor_id"], text="一")
    case.start_review()
    case.approve(commission_bp=550)
    assert offered(case) == [600, 550]
    assert AgreementDraft.objects.get(number=2).rules_version == 1


def test_reinstated_at_what_was_agreed_before(case):
    case.reach("suspended")
    assert case.reinstate().reason == ""
    assert offered(case) == [450]


def test_all_of_it_in_simulated_time(group, ziyi, ma):
    with transaction.atomic(), clock.simulated(NOON):
        case = Case(group, ziyi, make_merchant(staff=ma), ma)
        case.reach("approved")
    row = case.row
    assert row.submitted_at == row.decided_at == NOON
    assert AgreementDraft.objects.get(application=row).proposed_at == NOON


def test_who_is_not_asked_cannot_be_named(case):
    outsider = make_member(make_group())
    case.reach("in_review")
    case.officer = {"actor_id": outsider.pk}
    with pytest.raises(type(outsider).DoesNotExist):
        case.approve()
