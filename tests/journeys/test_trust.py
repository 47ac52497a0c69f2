"""Trust lost and earned, in the browser: complaints with a bad end, a good one, and a panel's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import FilePayload, expect

from groups.models import Membership
from orders.models import Round
from reputation.models import Complaint, Entry, Ruling, Sanction, SanctionAppeal, Seat
from reputation.services import sanction_appeals
from tests.factories import make_round
from tests.journeys.people import Person
from tests.orders.stages import make_stage
from tests.reputation.cases import PHOTO
from tests.reputation.cases import Scene as Case
from tests.reputation.judging import judge
from tuangou.core import events
from tuangou.core.models import User

pytestmark = pytest.mark.e2e


@pytest.fixture
def case(person: Callable[..., Person]) -> Case:
    """Goods that were fetched an hour ago; committed, so that the server sees them."""
    stage = make_stage(timezone.now() - timedelta(hours=46))
    case = Case(stage, stage.collected())
    case.neighbours()
    return case


def path(case: Case, name: str, *args: object) -> str:
    return reverse(f"reputation:{name}", args=[case.stage.group.slug, *args])


def pick(someone: Person, words: str) -> None:
    """One answer of a closed question, by all its words."""
    exact = someone.page.get_by_text(words, exact=True)
    someone.press(someone.page.locator("main label").filter(has=exact))


def complain(
    someone: Person, case: Case, category: str, text: str, about: str = "卖货的商家"
) -> Complaint:
    someone.open(path(case, "complaint-new"))
    pick(someone, about)
    if about == "卖货的商家":
        someone.page.get_by_label("哪样货").select_option(index=1)
    pick(someone, category)
    someone.page.get_by_label("发生了什么").fill(text)
    someone.go("交上去")
    return Complaint.objects.latest("pk")


def answer(shop: Person, case: Case, made: Complaint, kind: str, text: str, **more: str) -> None:
    """First the words, then the preview with what shows them, then it is sent."""
    shop.open(path(case, "complaint-answer", made.pk))
    pick(shop, kind)
    shop.page.get_by_label("说几句").fill(text)
    for label, value in more.items():
        shop.page.get_by_label(label).fill(value)
    shop.go("先看一眼")
    expect(shop.page.get_by_text("邻居会这样看到")).to_be_visible()
    if kind == "否认":
        shop.go("发出答复")
        expect(shop.page.get_by_text("否认要附证据").first).to_be_visible()
        photo = FilePayload(name="a.webp", mimeType="image/webp", buffer=PHOTO.content)
        shop.page.get_by_label("证据").set_input_files(photo)
    shop.go("发出答复")


def decide(judge: Person, case: Case, made: Complaint, verdict: str, severity: str = "") -> None:
    """What is found, why, and the second tap."""
    judge.open(path(case, "complaint-rule", made.pk))
    pick(judge, verdict)
    if severity:
        pick(judge, severity)
    judge.page.get_by_label("理由").fill("两边的话和照片都看了")
    judge.go("下一步：看一眼再定")
    judge.go(judge.page.get_by_role("button", name="确认"))


def vote(person: Callable[..., Person], case: Case, made: Complaint, verdict: str) -> None:
    """Two of the three say the same."""
    seats = Seat.objects.filter(panel__case="complaint", panel__case_id=made.pk)
    seats = seats.filter(panel__decided_at=None)
    for seat in seats.select_related("member__user").order_by("position")[:2]:
        decide(person(seat.member.user), case, made, verdict)


def unseated(case: Case, made: Complaint) -> Membership:
    """A neighbour who was not drawn: who sits in judgement reads all of the case."""
    seats = Seat.objects.filter(panel__case="complaint", panel__case_id=made.pk)
    others = Membership.objects.filter(group=case.stage.group, nickname__startswith="邻居")
    return others.exclude(pk__in=seats.values("member_id")).earliest("pk")


def suspend(leader: Person, case: Case, page: int) -> Sanction:
    """What, which rule, which page proves it, why; the next page sums up, its button decides."""
    leader.open(path(case, "sanction-new", case.stage.round.merchant_id))
    pick(leader, "停团")
    leader.page.get_by_label("几天").fill("14")
    leader.page.get_by_label("违反哪一条").select_option("ruled")
    leader.press(leader.page.get_by_label(f"第 {page} 页"))
    leader.page.get_by_label("理由").fill("一批货有味，还不认")
    leader.go("下一步：再看一遍")
    leader.sees("今天起停团 14 天")
    leader.go("确认停团")
    return Sanction.objects.get()


def overturn(person: Callable[..., Person], case: Case, shop: Person, row: Sanction) -> None:
    """The shop says what is wrong; of the three drawn one is for it, one against, the last for."""
    shop.open(path(case, "sanctions", row.merchant_id))
    shop.go("不服，申诉")
    shop.page.get_by_label("哪里不对").fill("第一次，货款已经退了")
    shop.go("交上去")
    made = SanctionAppeal.objects.get(sanction=row)
    judge(made, "granted", "refused")
    (seat,) = Seat.objects.filter(panel=sanction_appeals.panel_of(made), votes=None)
    last = person(seat.member.user)
    last.open(path(case, "sanctions", row.merchant_id))
    last.go("抽到你了，说你的看法")
    pick(last, "申诉成立，解除处分")
    last.page.get_by_label("理由").fill("头一回，停 14 天太重")
    last.go("就这样")
    last.sees("申诉成立", "解除：申诉成立")


def buys(someone: Person, case: Case, rnd: Round) -> bool:
    """Whether the page of a round lets her order."""
    someone.open(reverse("orders:round", args=[case.stage.group.slug, rnd.pk]))
    paused = someone.page.get_by_text("这个团暂停接单")
    button = someone.page.locator("main").get_by_role("button", name="提交订单")
    expect(paused.or_(button).first).to_be_visible()
    return not paused.count()


def kinds(case: Case) -> list[str]:
    events.drain(case.stage.group.pk)
    pages = Entry.objects.of_group(case.stage.group.pk).filter(evidence__startswith="reputation_")
    return list(pages.order_by("number").values_list("kind", flat=True))


def test_a_bad_batch_denied_refuted_and_overturned(person, case):
    member, shop = person(case.stage.member.user), person(User.objects.get(pk=case.staff_id))
    leader = person(case.stage.initiator.user, desktop=True)
    on_sale = make_round(case.stage.group, merchant=case.stage.round.merchant, title="下周的团")
    made = complain(member, case, "质量不好", "两斤都有味，炖了也去不掉")
    answer(shop, case, made, "否认", "当天早上现切的，有进货单")
    member.open(path(case, "complaint", made.pk))
    expect(member.page.get_by_text("答复：否认")).to_be_visible()
    member.go("谈不拢，请裁定")
    decide(leader, case, made, "属实", "重")
    assert kinds(case)[:3] == ["denied", "ruling", "refuted"]
    row = suspend(leader, case, Entry.objects.get(kind="ruling").number)
    assert not buys(member, case, on_sale)
    overturn(person, case, shop, row)
    assert kinds(case)[-2:] == ["sanctioned", "sanction_lifted"]
    assert buys(member, case, on_sale)
    shop.open(path(case, "complaint", made.pk))
    shop.page.get_by_label("裁定哪里不对").fill("那张照片不是我家的袋子")
    shop.go("申诉")
    vote(person, case, made, "不成立")
    reader = person(unseated(case, made).user)
    reader.open(path(case, "complaint", made.pk))
    expect(reader.page.get_by_text("复议：不成立")).to_be_visible()
    expect(reader.page.get_by_text(case.stage.member.nickname)).to_have_count(0)
    assert kinds(case)[-1] == "overturned"
    assert kinds(case).count("correction") == 3


def test_an_apology_with_a_remedy_that_came(person, case):
    member, shop = person(case.stage.member.user), person(User.objects.get(pk=case.staff_id))
    made = complain(member, case, "分量不足", "少了半斤")
    day = f"{timezone.now() + timedelta(days=3):%Y-%m-%d}"
    words = {"补偿多少（元）": "19", "哪天以前给": day}
    answer(shop, case, made, "道歉并补偿", "秤没归零，少的补上，以后先校秤", **words)
    member.open(path(case, "complaint", made.pk))
    member.go("补偿收到了")
    member.go("这样可以，了结")
    pick(member, "5 星 很好")
    member.go("评这个结果")
    expect(member.page.get_by_text("补偿到了").first).to_be_visible()
    assert Ruling.objects.get(complaint=made).verdict == "agreed"


def test_against_the_initiator_three_drawn_neighbours_rule(person, case):
    member = person(case.stage.member.user)
    made = complain(member, case, "规矩不公平", "截单后给熟人加单", about="团长")
    leader = person(case.stage.initiator.user)
    answer(leader, case, made, "解释", "那是候补转的单")
    leader.open(path(case, "complaint-rule", made.pk))
    expect(leader.page.get_by_text("由抽出来的三位邻居裁定").first).to_be_visible()
    member.open(path(case, "complaint", made.pk))
    member.go("谈不拢，请裁定")
    vote(person, case, made, "不成立")
    member.open(path(case, "complaint", made.pk))
    expect(member.page.get_by_text("裁定：不成立")).to_be_visible()
