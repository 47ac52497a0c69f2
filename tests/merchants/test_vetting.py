"""Line by line, under the approval's lock; the frauds that are known are caught (M3, M4)."""

import io
from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from merchants.models import Application, ChecklistLine, LineCheck
from merchants.services import applications
from merchants.services import documents as papers
from merchants.services import vetting as service
from merchants.services.documents import Paper
from merchants.services.papers import read_paper
from merchants.services.vetting import (
    Finding,
    NotVetted,
    PaperKnownElsewhere,
    SecondPersonNeeded,
)
from tests.factories import (
    NOON,
    approve,
    make_deputy,
    make_document,
    make_group,
    make_initiator,
    make_item,
    make_member,
    make_merchant,
    make_user,
)
from tests.merchants.papers import CODE, FOOD, FOOD_B, form_filled_in, jpeg, pdf, shot_again
from tests.orders.stages import at
from tuangou.core.errors import InvalidInput, InvalidTransition
from tuangou.core.models import Event

pytestmark = pytest.mark.django_db
TODAY = NOON.date()
NEXT_YEAR = TODAY + timedelta(days=365)
YES = Finding(passed=True)


class Review:
    """A butcher under review at noon of 20 November; papers and lines by the services."""

    def __init__(self, slug="foodie", brand="老马家"):
        self.ziyi = make_initiator(make_group(slug))
        self.owner = make_user("老马")
        self.merchant = make_merchant(brand=brand, staff=self.owner)
        make_item(self.merchant)
        self.key = {"group_id": self.ziyi.group_id, "merchant_id": self.merchant.pk}
        with at(NOON):
            applications.start_application(**self.key, user_id=self.owner.pk)
            applications.submit(**self.key, user_id=self.owner.pk)
            applications.start_review(**self.key, actor_id=self.ziyi.pk)

    @property
    def row(self):
        return Application.objects.get(**self.key)

    def line(self, topic):
        return ChecklistLine.objects.get(group=self.ziyi.group, topic=topic, retired_at=None)

    def show(self, kind, number, *, file=None, **fields):
        with at(NOON):
            return papers.add_document(
                merchant_id=self.merchant.pk,
                paper=Paper(kind, number, **fields),
                file=file or pdf(uuid4().hex.encode()),
                user_id=self.owner.pk,
            )

    def show_all(self, food=FOOD, covers=("beef",), until=NEXT_YEAR):
        self.show("licence", CODE)
        self.show("food", food, covers=covers, valid_until=until)

    def check(self, topic, finding=YES, by=None, when=NOON):
        with at(when):
            return service.check_line(
                **self.key,
                line_id=self.line(topic).pk,
                actor_id=(by or self.ziyi).pk,
                finding=finding,
            )

    def check_all(self, by=None):
        for topic in ("licence", "food", "scope"):
            self.check(topic, by=by)

    def approve(self, by=None, when=NOON):
        with at(when):
            return applications.approve(**self.key, actor_id=(by or self.ziyi).pk)


@pytest.fixture
def review():
    return Review()


def test_all_mandatory_lines_and_no_other(review):
    review.show_all()
    with pytest.raises(NotVetted, match="还差：营业执照有效，名称对得上、食品许可证有效、许可"):
        review.approve()
    for topic in ("licence", "food"):
        review.check(topic)
    with pytest.raises(NotVetted, match="还差：许可证写明能卖这些货。"):
        review.approve()
    review.check("scope")
    assert review.approve().status == "approved"
    assert review.row.papers_required == ["licence", "food", "scope"]
    (first, *_rest) = LineCheck.objects.order_by("pk")
    assert (first.checked_by, first.checked_at) == (review.ziyi, NOON)
    assert first.document == review.merchant.documents.get(number=CODE)
    told = Event.objects.filter(kind="application.line_checked").values_list("actor_id", flat=True)
    assert set(told) == {review.ziyi.user_id}


def test_twin_without_the_check_it_would_be_approved(review, monkeypatch):
    monkeypatch.setattr(applications, "require_vetted", lambda application, at: [])
    assert review.approve().status == "approved"


def test_lines_are_checked_in_review_only(review):
    review.show_all()
    review.check_all()
    review.approve()
    with pytest.raises(InvalidTransition):
        review.check("licence")


def test_a_no_says_what_to_bring_and_the_next_look_counts(client, review):
    review.show_all()
    review.check_all()
    with pytest.raises(InvalidInput) as refusal:
        review.check("licence", Finding(passed=False))
    assert refusal.value.field == "note"
    review.check("licence", Finding(passed=False, note="照片看不清，重拍"))
    with pytest.raises(NotVetted, match="还差：营业执照"):
        review.approve()
    client.force_login(review.ziyi.user)
    page = client.get(reverse("merchants:application-ask-changes", args=key(review))).content
    assert "营业执照有效，名称对得上：照片看不清，重拍" in page.decode()
    review.check("licence")
    assert review.approve().status == "approved"


def key(review, *more):
    return [review.ziyi.group.slug, review.merchant.pk, *more]


def test_looked_at_anew_everything_is_checked_again(review):
    review.show_all()
    review.check_all()
    review.approve()
    later = NOON + timedelta(days=1)
    with at(later):
        applications.start_review(**review.key, actor_id=review.ziyi.pk)
    with pytest.raises(NotVetted):
        review.approve(when=later)


def test_sent_back_for_changes_what_was_checked_stays(review):
    review.show_all()
    review.check_all()
    with at(NOON):
        applications.ask_changes(**review.key, actor_id=review.ziyi.pk, reason="补送货承诺")
        applications.submit(**review.key, user_id=review.owner.pk)
        applications.start_review(**review.key, actor_id=review.ziyi.pk)
    assert review.approve().status == "approved"


def sent_again(review):
    with at(NOON):
        applications.ask_changes(**review.key, actor_id=review.ziyi.pk, reason="补送货承诺")
        applications.submit(**review.key, user_id=review.owner.pk)


def reviewers():
    told = Event.objects.filter(kind="application.review_started").order_by("pk")
    return list(told.values_list("actor_id", flat=True))


def test_what_came_back_is_taken_up_by_the_first_line(review):
    review.show_all()
    zhou = make_deputy(review.ziyi.group, review.ziyi)
    sent_again(review)
    review.check("licence", by=zhou)
    assert (review.row.status, review.row.decided_by) == ("in_review", zhou)
    review.check("food")
    assert reviewers() == [review.ziyi.user_id, zhou.user_id]


def test_twin_what_came_back_would_wait_for_a_button(review, monkeypatch):
    review.show_all()
    sent_again(review)
    monkeypatch.setattr(service, "take_up", lambda *_args: None)
    with pytest.raises(InvalidTransition, match="开始审核"):
        review.check("licence")
    assert reviewers() == [review.ziyi.user_id]


def test_an_officer_goes_on_where_it_came_back(client, review):
    """No button to begin with: what was asked for, the lines, and the decision."""
    sent_again(review)
    client.force_login(review.ziyi.user)
    page = client.get(reverse("merchants:application", args=key(review))).content.decode()
    assert "上次要补：补送货承诺" in page
    assert reverse("merchants:application-review", args=key(review)) not in page
    for act in ("approve", "ask-changes", "reject"):
        assert reverse(f"merchants:application-{act}", args=key(review)) in page
    line = reverse("merchants:line-check", args=key(review, review.line("licence").pk))
    lines = reverse("merchants:vetting", args=key(review))
    assert line in client.get(lines).content.decode()
    client.force_login(review.owner)
    for address in (lines, reverse("merchants:application", args=key(review))):
        page = client.get(address).content.decode()
        assert line not in page
        assert "店里改好又交来了" not in page
    assert "等团长审核" in page


def test_who_sells_no_food_needs_no_food_licence(review):
    review.merchant.items.update(category="household")
    review.show("licence", CODE)
    review.check("licence")
    assert review.approve().papers_required == ["licence"]


def test_a_rating_has_its_source_its_value_and_its_day(review):
    full = Finding(passed=True, source="大众点评", value="4.8", seen_on=TODAY)
    for wrong, field in (
        (replace(full, source=""), "source"),
        (replace(full, value=""), "value"),
        (replace(full, seen_on=None), "seen_on"),
        (replace(full, seen_on=NEXT_YEAR), "seen_on"),
    ):
        with pytest.raises(InvalidInput) as refusal:
            review.check("rating", wrong)
        assert refusal.value.field == field
    assert review.check("rating", full).value == "4.8"
    with pytest.raises(InvalidInput):
        review.check("sample", Finding(passed=True, value="很多"))
    assert review.check("sample", Finding(passed=True, value="3")).value == "3"


def test_cooked_food_takes_two_people(review):
    review.merchant.items.update(category="cooked")
    review.show_all(covers=("cooked",))
    review.show("health", "沪 2026-1", valid_until=NEXT_YEAR)
    topics = ("licence", "food", "scope", "health")
    for topic in topics:
        review.check(topic)
        review.check(topic)  # the same person twice is one
    with pytest.raises(SecondPersonNeeded, match="请另一位"):
        review.approve()
    zhou = make_deputy(review.ziyi.group, review.ziyi)
    for topic in topics[:-1]:
        review.check(topic, by=zhou)
    with pytest.raises(SecondPersonNeeded, match=r"也看：健康证有效$"):
        review.approve()
    review.check("health", by=zhou)
    assert review.approve().status == "approved"


# The checklist


def test_the_initiator_says_what_is_mandatory(review):
    wanted = {review.line("scope").pk: "no", review.line("sample").pk: "must"}
    with at(NOON):
        service.change_checklist(
            group_id=review.ziyi.group_id,
            actor_id=review.ziyi.pk,
            wanted=wanted,
            more="冷库去看过",
            must=True,
        )
    review.show_all()
    review.check("licence")
    review.check("food")
    with pytest.raises(NotVetted, match="还差：邻居试吃过、冷库去看过。"):
        review.approve()
    review.check("sample", Finding(passed=True, value="3"))
    review.check("other")
    assert review.approve().status == "approved"


def test_two_who_begin_at_once_make_one_checklist(review):
    service.begin_checklist(review.ziyi.group_id)
    assert ChecklistLine.objects.count() == 9
    with pytest.raises(IntegrityError), transaction.atomic():
        ChecklistLine.objects.create(
            group=review.ziyi.group, topic="food", mandatory=True, position=1
        )


def test_history_is_noted_only_while_it_is_loaded(review):
    with at(NOON), pytest.raises(InvalidTransition):
        service.note_from_record(**review.key, actor_id=review.ziyi.pk)
    assert not LineCheck.objects.exists()


def test_what_was_found_is_not_rewritten(review):
    review.show_all()
    check = review.check("licence", Finding(passed=True, note="看过原件"))
    for change in ({"passed": False}, {"note": "别的"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            LineCheck.objects.filter(pk=check.pk).update(**change)


# The frauds: each is caught, at its place, with its sentence


def another(review, **wanted):
    """A shop of another group, with papers of its own."""
    other = Review(f"other-{wanted.get('n', 1)}", "别家")
    return other


def test_fraud_the_number_of_another(review):
    other = another(review)
    other.show_all()
    review.show_all(food=FOOD_B)
    review.check_all()
    with pytest.raises(PaperKnownElsewhere, match=r"营业执照 9131\*\*\*\*250X 已经是别家的"):
        review.approve()
    assert review.row.status == "in_review"


def test_twin_without_the_clash_it_would_pass(review, monkeypatch):
    another(review).show_all()
    review.show_all(food=FOOD_B)
    review.check_all()
    monkeypatch.setattr(service, "clashes_of", lambda application: [])
    assert review.approve().status == "approved"


def test_fraud_the_number_another_took_back(review):
    other = another(review)
    paper = other.show("licence", CODE)
    with at(NOON):
        papers.withdraw_document(
            merchant_id=other.merchant.pk, document_id=paper.pk, user_id=other.owner.pk
        )
    review.show_all()
    review.check_all()
    with pytest.raises(PaperKnownElsewhere):
        review.approve()


def test_fraud_one_report_under_two_names(review):
    """The same file, with another number typed beside it."""
    report = pdf(b"report")
    another(review).show("report", "W26-1", valid_from=TODAY, file=report)
    review.show_all()
    review.show("report", "W26-2", valid_from=TODAY, file=report)
    review.check_all()
    with pytest.raises(PaperKnownElsewhere, match="同一个文件"):
        review.approve()


@pytest.mark.parametrize("turn", [-2, 1.5])
def test_fraud_a_paper_photographed_again(client, review, turn):
    def shot(sheet):
        return read_paper(io.BytesIO(jpeg(sheet)))

    other = another(review)
    theirs = other.show("report", "W26-1", valid_from=TODAY, file=shot(form_filled_in(1)))
    again = shot(shot_again(form_filled_in(1), turn))
    review.show_all()
    mine = review.show("report", "W26-2", valid_from=TODAY, file=again)
    review.check_all()
    with pytest.raises(PaperKnownElsewhere, match="照片很像"):
        review.approve()
    client.force_login(review.ziyi.user)
    assert "照片很像" in client.get(reverse("merchants:vetting", args=key(review))).content.decode()
    pair = key(review, mine.pk, theirs.pk)
    assert client.get(reverse("merchants:likeness", args=pair)).status_code == 200
    assert client.get(reverse("merchants:likeness-file", args=pair)).status_code == 200
    client.post(
        reverse("merchants:likeness", args=pair), {"note": "编号不同", "request_id": str(uuid4())}
    )
    assert review.approve().status == "approved"


def test_another_form_filled_in_is_no_fraud(review):
    for who, text in ((another(review), 1), (review, 2)):
        file = read_paper(io.BytesIO(jpeg(form_filled_in(text))))
        who.show("report", f"W26-{text}", valid_from=TODAY, file=file)
    review.show_all()
    review.check_all()
    assert review.approve().status == "approved"


def test_a_number_in_common_shows_no_file_of_the_other(client, review):
    theirs = another(review).show("licence", CODE)
    mine = review.show("licence", CODE)
    client.force_login(review.ziyi.user)
    pair = key(review, mine.pk, theirs.pk)
    assert client.get(reverse("merchants:likeness-file", args=pair)).status_code == 404
    with at(NOON), pytest.raises(NotVetted):
        service.clear_likeness(
            **review.key,
            document_id=mine.pk,
            other_id=theirs.pk,
            actor_id=review.ziyi.pk,
            note="看过",
        )


def test_fraud_an_expired_licence(review):
    review.show_all(until=TODAY - timedelta(days=1))
    with pytest.raises(NotVetted, match="过期了"):
        review.check("food")
    review.show_all(until=TODAY)  # to the end of this day
    review.check_all()
    with pytest.raises(NotVetted, match="还差：食品许可证有效、许可证写明"):
        review.approve(when=NOON + timedelta(hours=12))  # midnight in Shanghai
    assert review.approve(when=NOON + timedelta(hours=12, seconds=-1)).status == "approved"


def test_fraud_a_report_of_more_than_a_year(review):
    review.show("report", "W25", valid_from=TODAY - timedelta(days=366))
    with pytest.raises(NotVetted, match="超过一年"):
        review.check("report")
    review.show("report", "W26", valid_from=TODAY - timedelta(days=365))
    assert review.check("report").document.number == "W26"


def test_fraud_goods_the_licence_does_not_cover(review):
    make_item(review.merchant, category="seafood")
    make_item(review.merchant, category="cooked", is_active=False)
    review.show_all()
    with pytest.raises(NotVetted, match="许可证上没有：水产。"):
        review.check("scope")
    review.show("production", "SC10741018302531", covers=("seafood",), valid_until=NEXT_YEAR)
    review.check_all()
    make_item(review.merchant, category="dairy")  # put on the shelf after the look
    with pytest.raises(NotVetted, match="还差：许可证写明"):
        review.approve()


def test_fraud_a_paper_taken_back_after_the_look(review):
    review.show_all()
    review.check_all()
    paper = review.merchant.documents.get(kind="food")
    with at(NOON):
        papers.withdraw_document(
            merchant_id=review.merchant.pk, document_id=paper.pk, user_id=review.owner.pk
        )
    with pytest.raises(NotVetted, match="还差：食品许可证"):
        review.approve()


# Pages


def test_members_read_who_looked_but_not_what_she_wrote(client, review):
    review.show_all()
    review.check_all()
    review.check("visit", Finding(passed=True, note="后厨很小"))
    review.approve()
    client.force_login(make_member(review.ziyi.group, "兰兰").user)
    page = client.get(reverse("merchants:vetting", args=key(review))).content.decode()
    assert "上门看过" in page
    assert review.ziyi.masked_name in page
    assert "后厨很小" not in page
    assert CODE not in page


def test_an_officer_checks_a_line_in_the_browser(client, review):
    review.show_all(until=timezone.localdate() + timedelta(days=365))  # the page goes by today
    client.force_login(review.ziyi.user)
    path = reverse("merchants:line-check", args=key(review, review.line("scope").pk))
    page = client.get(path).content.decode()
    assert FOOD in page
    assert "下载 PDF" in page
    assert client.post(path, {"request_id": str(uuid4())}).status_code == 422
    answer = client.post(path, {"request_id": str(uuid4()), "passed": "yes", "note": ""})
    assert answer.status_code == 302
    assert LineCheck.objects.get().passed


def test_the_checklist_in_the_browser(client, review):
    client.force_login(review.ziyi.user)
    path = reverse("merchants:checklist", args=[review.ziyi.group.slug])
    lines = ChecklistLine.objects.filter(group=review.ziyi.group)
    body = {f"line_{line.pk}": "may" for line in lines}
    assert client.get(path).status_code == 200
    client.post(path, body | {"more": "冷库", "must": "on", "request_id": str(uuid4())})
    must = ChecklistLine.objects.filter(group=review.ziyi.group, mandatory=True)
    assert [line.words for line in must] == ["冷库"]


def test_what_stands_against_it_is_not_shown_to_members(client, review):
    group = review.ziyi.group
    other = make_merchant(brand="别家")
    make_document(other, "licence", number=CODE)
    review.show("licence", CODE)
    Application.objects.filter(pk=review.row.pk).update(
        status="approved", decided_at=NOON, decided_by=review.ziyi
    )
    client.force_login(make_member(group, "兰兰").user)
    assert "别家" not in client.get(reverse("merchants:vetting", args=key(review))).content.decode()


def test_a_group_elsewhere_vets_for_itself(review):
    review.show_all()
    review.check_all()
    review.approve()
    second = make_initiator(make_group("second"))
    approve(second.group, review.merchant, status="draft")
    own = {"group_id": second.group_id, "merchant_id": review.merchant.pk}
    with at(NOON):
        applications.submit(**own, user_id=review.owner.pk)
        applications.start_review(**own, actor_id=second.pk)
        with pytest.raises(NotVetted):
            applications.approve(**own, actor_id=second.pk)


def test_days_are_those_of_the_group(review):
    assert review.show("food", FOOD, covers=("beef",), valid_until=date(2026, 11, 20)).is_valid_on(
        TODAY
    )
