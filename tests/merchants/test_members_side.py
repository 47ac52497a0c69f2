"""What neighbours ask, follow and propose, and what a refused shop appeals (W6, M4)."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.storage import default_storage
from django.urls import reverse

from groups.access import membership_for
from merchants.models import (
    Answer,
    Appeal,
    Application,
    Backing,
    Document,
    Follow,
    ProcessPhoto,
    Proposal,
    Question,
)
from merchants.models.sounds import pinyin_key, sounds_alike
from merchants.queries.applications import list_text, merchants_of
from merchants.queries.feeds import merchants_feed
from merchants.queries.follows import following_of
from merchants.queries.proposals import known_by_name, proposals_of
from merchants.queries.questions import questions_of, unanswered_for
from merchants.services import (
    appeals,
    applications,
    departures,
    follows,
    items,
    proposals,
    questions,
)
from merchants.services.appeals import NothingToAppeal
from merchants.services.proposals import AlreadyProposed, EnoughProposals
from merchants.services.questions import AlreadyHidden, EnoughQuestions
from merchants.services.witnesses import NotSoldHere
from tests.core.test_images import picture
from tests.factories import (
    approve,
    make_deputy,
    make_document,
    make_group,
    make_initiator,
    make_item,
    make_member,
    make_merchant,
    make_round,
    make_user,
)
from tests.orders.guarded import Guard, check_guards
from tuangou.core import clock, events
from tuangou.core.errors import InvalidInput, InvalidTransition, NotAllowed
from tuangou.core.models import Event, Notice
from tuangou.core.scrubbing import blank

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


@pytest.fixture
def ma():
    return make_user("老马")


@pytest.fixture
def shop(group, ma):
    made = make_merchant(group, "老马家牛肉铺", staff=ma)
    made.brand_key = pinyin_key(made.brand)
    made.save(update_fields=["brand_key"])
    return made


def told(user, group):
    events.drain(group.pk)
    return list(Notice.objects.filter(user=user).order_by("pk").values_list("kind", flat=True))


def member_of(member):
    """As access lets her in: with her offices."""
    return membership_for(member.user, "foodie")


def ask(shop, member, text="牛腩是当天切的吗"):
    return questions.ask(
        group_id=member.group_id, merchant_id=shop.pk, actor_id=member.pk, text=text
    )


def reply(row, user, text="早上五点切的", if_it_fails="退全款"):
    return questions.answer(
        group_id=row.group_id,
        question_id=row.pk,
        user_id=user.pk,
        text=text,
        if_it_fails=if_it_fails,
    )


def of_shop(group, shop, **changes):
    given: dict[str, Any] = {"at": clock.now(), "reads_hidden": False} | changes
    return questions_of(group.pk, shop.pk, **given)


def test_a_question_its_answer_and_how_long_it_took(group, lan, shop, ma):
    at = clock.now().replace(microsecond=0)
    with clock.simulated(at):
        row = ask(shop, lan)
    assert told(ma, group) == ["merchants.question_asked"]
    [open_one] = of_shop(group, shop, at=at + timedelta(hours=3))
    assert (open_one.took, open_one.open_text) == (None, "问了 3 小时，还没答")
    assert [q.id for q in unanswered_for(ma.pk, at=at)] == [row.pk]
    for text, fails in (("", "退全款"), ("切的", " ")):
        with pytest.raises(InvalidInput):
            reply(row, ma, text, fails)
    with clock.simulated(at + timedelta(hours=5, minutes=40)):
        reply(row, ma)
    with clock.simulated(at + timedelta(days=9)):
        reply(row, ma, "改成六点切")
    [shown] = of_shop(group, shop)
    assert (shown.took, shown.took_text) == (timedelta(hours=5, minutes=40), "5 小时后答的")
    assert [a.if_it_fails for a in shown.answers] == ["退全款", "退全款"]
    assert (shown.who, shown.text) == (lan.masked_name, "牛腩是当天切的吗")
    assert told(lan.user, group) == ["merchants.question_answered"] * 2
    assert unanswered_for(ma.pk, at=clock.now()) == []
    first = Event.objects.filter(kind="question.answered").order_by("pk")[0]
    assert (first.data["merchant"], first.data["first"]) == (shop.pk, True)


def test_who_answers_and_how_often(group, ziyi, lan, shop, ma):
    row = ask(shop, lan)
    for user in (ziyi.user, lan.user, make_user()):
        with pytest.raises(NotAllowed):
            reply(row, user)
    for _n in range(5):
        reply(row, ma)
    with pytest.raises(EnoughQuestions):
        reply(row, ma)


def test_five_questions_a_day_to_who_sells_here(group, lan, shop):
    """Twin: the sixth passes a day later, so it is the count that stops it."""
    at = clock.now()
    for n in range(5):
        ask(shop, lan, f"问 {n}")
    with pytest.raises(EnoughQuestions):
        ask(shop, lan)
    with clock.simulated(at + timedelta(days=1, minutes=1)):
        ask(shop, lan)
    elsewhere = make_merchant(make_group())
    with pytest.raises(NotSoldHere):
        ask(elsewhere, make_member(group))
    with pytest.raises(InvalidInput):
        ask(shop, make_member(group), " ")


def test_hidden_with_a_reason_the_text_is_kept(group, ziyi, lan, shop, ma):
    row = ask(shop, lan, "你们是骗子")
    given = {"group_id": group.pk, "question_id": row.pk, "actor_id": ziyi.pk}
    with pytest.raises(InvalidInput):
        questions.hide(**given, reason="")
    questions.hide(**given, reason="人身攻击")
    with pytest.raises(AlreadyHidden):
        questions.hide(**given, reason="再藏")
    [shown] = of_shop(group, shop)
    assert (shown.text, shown.hidden_reason) == ("", "人身攻击")
    [kept] = of_shop(group, shop, reads_hidden=True)
    assert kept.text == Question.objects.get().text == "你们是骗子"
    assert unanswered_for(ma.pk, at=clock.now()) == []
    assert told(lan.user, group) == ["merchants.question_hidden"]


def test_nobody_is_asked_to_answer_an_erased_question(group, ziyi, lan, shop, ma):
    """Nor does the page keep an empty place for it; one that was hidden keeps its reason."""
    row, hidden = ask(shop, lan), ask(shop, lan, "你们是骗子")
    questions.hide(group_id=group.pk, question_id=hidden.pk, actor_id=ziyi.pk, reason="人身攻击")
    blank(Question, "text", [row.pk, hidden.pk])
    assert unanswered_for(ma.pk, at=clock.now()) == []
    assert [shown.hidden_reason for shown in of_shop(group, shop)] == ["人身攻击"]


def test_a_follower_is_told_in_her_own_words(group, ziyi, lan, shop):
    other = make_member(group)
    given = {"group_id": group.pk, "merchant_id": shop.pk, "actor_id": lan.pk}
    assert follows.follow(**given, on=True)
    assert follows.follow(**given, on=True)
    assert following_of(group.pk, shop.pk, member_id=lan.pk).mine
    assert following_of(group.pk, shop.pk, member_id=other.pk).count == 1
    make_round(group, merchant=shop)
    assert told(lan.user, group) == ["orders.followed_opened"]
    assert told(other.user, group) == ["orders.round_opened"]
    follows.follow(**given, on=False)
    assert not Follow.objects.exists()
    make_round(group, merchant=shop)
    assert told(lan.user, group) == ["orders.followed_opened", "orders.round_opened"]
    with pytest.raises(NotSoldHere):
        follows.follow(**given | {"merchant_id": make_merchant(make_group()).pk}, on=True)


def propose(member, name="阿婆馄饨", **changes):
    said = {"reason": "皮薄", "name": name} | changes
    return proposals.propose(group_id=member.group_id, actor_id=member.pk, **said)


def test_names_that_may_be_one_shop():
    assert pinyin_key("老马家") == "laomajia lmj"
    pairs = [("老马家牛肉铺", "老马家牛肉店"), ("阿婆馄饨", "啊婆馄饨"), ("老马家", "老马家牛肉铺")]
    assert all(sounds_alike(pinyin_key(a), pinyin_key(b)) for a, b in pairs)
    assert not sounds_alike(pinyin_key("阿婆馄饨"), pinyin_key("青禾果蔬"))


def test_a_shop_is_proposed_once_and_backed_by_households(group, ziyi, lan, shop):
    row = propose(lan)
    for name in ("阿婆馄饨", "啊婆馄饨", "老马家牛肉店"):
        with pytest.raises(AlreadyProposed):
            propose(ziyi, name)
    assert [k.merchant_id for k in known_by_name(group.pk, "老马家牛肉店")] == [shop.pk]
    with pytest.raises(AlreadyProposed):
        propose(ziyi, another=True)  # the same name is the same shop
    propose(ziyi, "啊婆馄饨", another=True)
    home, other = make_member(group, household=lan.household), make_member(group)
    for member in (home, other, other):
        proposals.back(group_id=group.pk, proposal_id=row.pk, actor_id=member.pk, on=True)
    first = proposals_of(member_of(other))[0]
    assert (first.name, first.households, first.mine) == ("阿婆馄饨", 2, True)
    proposals.back(group_id=group.pk, proposal_id=row.pk, actor_id=other.pk, on=False)
    assert Backing.objects.filter(proposal=row).count() == 1
    assert told(ziyi.user, group)[0] == "merchants.proposal_made"


def test_three_proposals_a_day(lan):
    for name in ("阿婆馄饨", "青禾果蔬", "海边小王"):
        propose(lan, name)
    with pytest.raises(EnoughProposals):
        propose(lan, "隔壁面包")
    with clock.simulated(clock.now() + timedelta(days=1, minutes=1)):
        propose(lan, "隔壁面包")


def test_a_proposal_is_answered_once(group, ziyi, lan):
    row, other = propose(lan), propose(lan, "青禾果蔬")
    given = {"group_id": group.pk, "proposal_id": row.pk, "actor_id": ziyi.pk}
    invited = proposals.invite(**given)
    link: Any = invited.link
    assert (invited.status, link.made_by) == ("invited", ziyi)
    with pytest.raises(InvalidTransition):
        proposals.decline(**given, reason="不了")
    with pytest.raises(InvalidTransition):
        proposals.back(group_id=group.pk, proposal_id=row.pk, actor_id=ziyi.pk, on=True)
    given["proposal_id"] = other.pk
    with pytest.raises(InvalidInput):
        proposals.decline(**given, reason="")
    proposals.decline(**given, reason="太远")
    assert told(lan.user, group) == ["merchants.proposal_invited", "merchants.proposal_declined"]
    shown = {r.name: r for r in proposals_of(member_of(lan))}
    assert (shown["青禾果蔬"].answer, shown["阿婆馄饨"].token) == ("太远", "")
    officer = member_of(ziyi)
    tokens = {r.name: r.token for r in proposals_of(officer)}
    assert tokens["阿婆馄饨"] == link.token
    with clock.simulated(link.expires_at):
        assert {r.token for r in proposals_of(officer)} == {""}


def test_the_list_is_found_by_name_sound_and_goods(group, shop):
    make_item(shop, "红颜草莓")
    make_merchant(group, "青禾果蔬")
    hidden = make_item(make_merchant(group, "海边小王"), "带鱼", is_active=False)
    at = clock.now()

    def found(query):
        rows = [r.brand for r in merchants_of(group.pk, at=at, query=query).rows]
        feed = merchants_feed(group.pk, at=at, after=None, limit=9, query=query)
        assert sorted(rows) == sorted(r.brand for r in feed.rows)
        return rows

    for query in ("牛肉铺", "laoma", "Lao Ma Jia", "lmj", "草莓"):
        assert found(query) == ["老马家牛肉铺"], query
    assert found("带鱼") == []
    assert hidden.pk
    assert len(found("")) == 3
    text = list_text(group, at=at, url="https://x")
    assert "老马家牛肉铺：红颜草莓" in text
    assert text.splitlines()[-1].endswith("https://x")


def reject(group, shop, by):
    row = Application.objects.get(group=group, merchant=shop)
    row.status = "in_review"
    Application.objects.filter(pk=row.pk).update(status="in_review")
    return applications.reject(
        group_id=group.pk, merchant_id=shop.pk, actor_id=by.pk, reason="报告过期"
    )


def answer_appeal(group, shop, by, **changes):
    said: dict[str, Any] = {"granted": True, "reason": "新报告是对的"} | changes
    return appeals.answer_appeal(group_id=group.pk, merchant_id=shop.pk, actor_id=by.pk, **said)


def test_one_appeal_answered_by_another_officer(group, ziyi, shop, ma):
    deputy = make_deputy(group, ziyi)
    given = {"group_id": group.pk, "merchant_id": shop.pk, "user_id": ma.pk}
    with pytest.raises(NothingToAppeal):
        appeals.appeal(**given, text="没错")
    reject(group, shop, ziyi)
    with pytest.raises(InvalidInput):
        appeals.appeal(**given, text=" ")
    appeals.appeal(**given, text="报告是上个月的")
    with pytest.raises(NothingToAppeal):
        appeals.appeal(**given, text="再说一遍")
    with pytest.raises(NotAllowed):
        answer_appeal(group, shop, ziyi)
    with pytest.raises(InvalidInput):
        answer_appeal(group, shop, deputy, reason="")
    answer_appeal(group, shop, deputy)
    row = Application.objects.get(group=group, merchant=shop)
    assert row.status == "submitted"
    with pytest.raises(NothingToAppeal):
        answer_appeal(group, shop, deputy)
    assert "merchants.appeal_made" in told(deputy.user, group)
    assert told(ma, group)[-1] == "merchants.appeal_answered"


def test_alone_in_office_she_answers_herself(group, ziyi, shop, ma):
    """Twin of the test before: it is the other officer that stops her."""
    reject(group, shop, ziyi)
    appeals.appeal(group_id=group.pk, merchant_id=shop.pk, user_id=ma.pk, text="报告是新的")
    answer_appeal(group, shop, ziyi, granted=False, reason="还是旧的")
    assert Appeal.objects.get().status == "refused"
    assert Application.objects.get(group=group, merchant=shop).status == "rejected"
    with pytest.raises(NothingToAppeal):
        appeals.appeal(group_id=group.pk, merchant_id=shop.pk, user_id=ma.pk, text="又来")


def test_files_go_90_days_after_the_shop_left(group, shop, ma, settings, tmp_path):
    """Twins: a day before nothing goes, nor while another group has the shop."""
    settings.MEDIA_ROOT = tmp_path
    paper = make_document(shop)
    name = str(paper.file.name)
    shown = make_item(shop)
    goods = items.Goods("牛腩", "斤", "beef", 4500)
    items.change_item(
        item_id=shown.pk, goods=goods, user_id=None, process=[picture(kind="WEBP").getvalue()]
    )
    made = str(ProcessPhoto.objects.get().photo.name)
    other = make_group()
    approve(other, shop)
    at = clock.now()

    def scan(days):
        with clock.simulated(at + timedelta(days=days)):
            departures.clear_departed()
        return default_storage.exists(name)

    with clock.simulated(at):
        applications.leave(group_id=group.pk, merchant_id=shop.pk, user_id=ma.pk)
    assert scan(400)
    with clock.simulated(at + timedelta(days=10)):
        applications.leave(group_id=other.pk, merchant_id=shop.pk, user_id=ma.pk)
    assert scan(99.9)
    assert default_storage.exists(made)
    assert not scan(100)
    assert not default_storage.exists(made)
    assert not ProcessPhoto.objects.exists()
    kept = Document.objects.get()
    assert (kept.file.name, kept.number) == ("", paper.number)
    assert kept.withdrawn_at is not None
    cleared = Event.objects.filter(kind="merchant.files_cleared")
    assert [e.data["files"] for e in cleared] == [2]
    assert not scan(101)
    assert cleared.count() == 1


@pytest.mark.django_db(transaction=True)
def test_what_was_said_stays_and_is_answered_once(group, ziyi, lan, shop, ma):
    """Twins: each guard switched off lets the damage through."""
    row = ask(shop, lan)
    reply(row, ma)
    questions.hide(group_id=group.pk, question_id=row.pk, actor_id=ziyi.pk, reason="x")
    proposals.decline(
        group_id=group.pk, proposal_id=propose(lan).pk, actor_id=ziyi.pk, reason="太远"
    )
    propose(lan, "青禾果蔬")
    reject(group, shop, ziyi)
    appeals.appeal(group_id=group.pk, merchant_id=shop.pk, user_id=ma.pk, text="报告是新的")
    off = "alter table {} disable trigger user".format
    q, a, h = (f"merchants_{t}" for t in ("question", "answer", "questionhiding"))
    p, b, ap = (f"merchants_{t}" for t in ("proposal", "backing", "appeal"))
    again = (
        f"insert into {ap} (group_id, application_id, rejected_at, rejected_by_id, text,"
        " made_by_id, made_at, status, answer) select group_id, application_id, rejected_at,"
        f" rejected_by_id, 'x', made_by_id, made_at, 'waiting', '' from {ap}"
    )
    check_guards(
        Guard(q, "append-only", f"update {q} set text = 'x'", off=off(q)),
        Guard(a, "append-only", f"update {a} set if_it_fails = 'x'", off=off(a)),
        Guard(h, "append-only", f"delete from {h}", off=off(h)),
        Guard(
            p,
            "no move from declined to invited",
            f"update {p} set status = 'invited', link_id = null where status = 'declined'",
            off=f"{off(p)}; alter table {p} drop constraint proposal_invitation_has_link",
        ),
        Guard(
            b,
            "backing_once_per_household",
            f"insert into {b} (group_id, proposal_id, household_id, member_id, at)"
            f" select group_id, proposal_id, household_id, member_id, at from {b}",
        ),
        Guard(ap, "one_appeal_per_rejection", again),
        Guard(
            ap,
            "appeal_answer_has_author",
            f"update {ap} set status = 'granted', answer = 'x'",
        ),
    )


def test_the_pages_of_it_all(client, group, ziyi, lan, shop, ma):
    def at(name, /, *args):
        return reverse(f"merchants:{name}", args=["foodie", *args])

    def send(name, /, *args, **body):
        return client.post(at(name, *args), {"request_id": uuid4()} | body)

    client.force_login(lan.user)
    assert send("follow", shop.pk, on="1").status_code == 302
    assert send("question-new", shop.pk, text="").status_code == 422
    assert send("question-new", shop.pk, text="是当天的吗").status_code == 302
    row = Question.objects.get()
    assert send("question-answer", shop.pk, row.pk).status_code == 403
    assert send("question-hide", shop.pk, row.pk).status_code == 403
    assert send("proposal-new", name="老马家牛肉店", reason="好吃").status_code == 422
    page = send("proposal-new", name="老马家牛肉店", reason="好吃").content.decode()
    assert "是不是这家" in page
    assert send("proposal-new", name="阿婆馄饨", reason="皮薄").status_code == 302
    proposal = Proposal.objects.get()
    assert send("proposal-invite", proposal.pk).status_code == 403
    assert "老马家牛肉铺" in client.get(at("month")).content.decode()
    client.force_login(ma)
    body = {"text": "早上切的", "if_it_fails": "退全款"}
    assert send("question-answer", shop.pk, row.pk, **body).status_code == 302
    client.force_login(ziyi.user)
    text = client.get(at("merchant", shop.pk)).content.decode()
    for said in ("是当天的吗", "早上切的", "没做到怎么办", "退全款", "1 位邻居关注"):
        assert said in text, said
    assert send("proposal-invite", proposal.pk).status_code == 302
    proposal.refresh_from_db()
    link: Any = proposal.link
    assert link.token in client.get(at("proposals")).content.decode()
    assert Answer.objects.count() == 1


def test_an_appeal_in_the_browser(client, group, ziyi, shop, ma):
    deputy = make_deputy(group, ziyi)
    reject(group, shop, ziyi)
    page = reverse("merchants:application", args=["foodie", shop.pk])
    make, decide = (
        reverse(f"merchants:appeal-{name}", args=["foodie", shop.pk]) for name in ("new", "answer")
    )
    client.force_login(deputy.user)
    assert client.get(make).status_code == 403
    assert client.get(decide).status_code == 404
    client.force_login(ma)
    assert make in client.get(page).content.decode()
    body = {"request_id": uuid4(), "text": "报告是上个月的"}
    assert client.post(make, body).status_code == 302
    assert "报告是上个月的" in client.get(page).content.decode()
    client.force_login(deputy.user)
    assert decide in client.get(page).content.decode()
    body = {"request_id": uuid4(), "granted": "no", "reason": "还是旧的"}
    assert client.post(decide, body).status_code == 302
    assert "还是旧的" in client.get(page).content.decode()
