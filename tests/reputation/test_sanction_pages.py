"""Sanctions as everyone reads them, and the two taps that decide one (R7)."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from groups.models import Membership
from reputation.models import Consequences, Sanction, SanctionAppeal, SanctionProposal, Vote
from reputation.models.consequences import DEFAULT_LINES
from tests.factories import make_group, make_member
from tests.orders.stages import Stage, at, make_stage
from tests.reputation.judging import DAY, decide, judged, owner_of, prove, shop_of, three_short
from tuangou.core.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    return make_stage(group=make_group(merchants_per_day=20))


def sign_in(person: Membership | User | int) -> Client:
    client = Client()
    user = person.user if isinstance(person, Membership) else person
    client.force_login(User.objects.get(pk=user) if isinstance(user, int) else user)  # type: ignore[arg-type]
    return client


def url(stage: Stage, name: str, *args: object) -> str:
    return reverse(f"reputation:{name}", args=[stage.group.slug, *args])


def of_shop(stage: Stage, name: str, *args: object) -> str:
    return url(stage, name, stage.round.merchant_id, *args)


def typed(pages: list[int], **changed: Any) -> dict[str, Any]:
    return {
        "level": "suspension",
        "days": "7",
        "broken": "short",
        "reason": "三次缺斤",
        "pages": [str(n) for n in pages],
        "request_id": str(uuid4()),
    } | changed


def test_two_taps_decide_the_first_only_shows_what_will_be(stage):
    pages = three_short(stage)
    (proposal,) = SanctionProposal.objects.all()
    client = sign_in(stage.initiator)
    where = of_shop(stage, "sanction-new") + f"?proposal={proposal.pk}"
    with at(stage.start + 3 * DAY):  # a year later these pages prove nothing
        shown = client.get(where).content.decode()
        assert "后果表提议" in shown
        body = typed(pages)
        look = client.post(where, body)
        assert look.status_code == 200
        text = look.content.decode()
        assert "确认停团" in text
        assert "7 天" in text
        assert not Sanction.objects.exists()
        done = client.post(where, body | {"sure": "1"})
        assert done.status_code == 302
        assert client.post(where, body | {"sure": "1"}).status_code == 302, "sent twice is once"
        row = Sanction.objects.get()
        assert (row.proposal, row.days, row.pages) == (proposal, 7, pages)
        late = client.post(where, typed(pages) | {"sure": "1"})
        assert late.status_code in (409, 422)
        assert "定过了" in late.content.decode()


def test_the_proposals_own_pages_can_be_chosen_however_much_came_since(stage):
    pages = three_short(stage)
    (proposal,) = SanctionProposal.objects.all()
    prove(stage, *["rating"] * 31, days=3, weight_milli=-100)
    client = sign_in(stage.initiator)
    where = of_shop(stage, "sanction-new") + f"?proposal={proposal.pk}"
    form = client.get(where).context["form"]
    assert {number for number, _label in form.fields["pages"].choices} >= set(map(str, pages))
    assert client.post(where, typed(pages) | {"sure": "1"}).status_code == 302
    assert Sanction.objects.get().pages == pages


def test_what_was_typed_is_kept_beside_a_plain_sentence(stage):
    prove(stage, "short")
    client = sign_in(stage.initiator)
    answer = client.post(of_shop(stage, "sanction-new"), typed([], reason="雨天"))
    assert answer.status_code == 200, "the summary asks; the rule answers when it is meant"
    answer = client.post(of_shop(stage, "sanction-new"), typed([], sure="1", reason="雨天"))
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "没有证据不能处分" in text
    assert "雨天" in text
    none = client.post(of_shop(stage, "sanction-new"), typed([99], level="x", days="许多"))
    assert none.status_code == 422


def test_neighbours_read_it_without_names_and_the_shop_sees_how_to_appeal(stage):
    row = decide(stage)
    page = sign_in(stage.neighbour).get(of_shop(stage, "sanctions")).content.decode()
    assert "缺斤少两" in page
    assert stage.initiator.nickname not in page
    assert "申诉（" not in page
    owner = sign_in(owner_of(stage))
    with at(row.decided_at):  # for seven days
        shop = owner.get(of_shop(stage, "sanctions")).content.decode()
    assert of_shop(stage, "sanction-appeal", row.pk) in shop
    merchants = reverse("merchants:merchant", args=[stage.group.slug, stage.round.merchant_id])
    assert "停团到" in sign_in(stage.neighbour).get(merchants).content.decode()
    assert shop_of(stage).sanction == "suspension"


def test_appeal_vote_lift_and_dismiss_through_their_pages(stage):
    ids = judged(stage, stage.member)
    own = {"request_id": str(uuid4())}
    vote = sign_in(stage.member).post(
        of_shop(stage, "sanction-vote", ids["sanction_id"]),
        own | {"choice": "granted", "reason": "路上是堵"},
    )
    assert vote.status_code == 302
    assert Vote.objects.get().choice == "granted"
    client = sign_in(stage.initiator)
    reason = {"reason": "下雨封路", "request_id": str(uuid4())}
    where = of_shop(stage, "proposal-dismiss", ids["sanction_proposal_id"])
    assert client.post(where, {"request_id": str(uuid4()), "reason": ""}).status_code == 422
    assert client.post(where, reason).status_code == 302
    assert client.get(where).status_code == 404
    lifted = client.post(
        of_shop(stage, "sanction-lift", ids["sanction_id"]), reason | {"request_id": str(uuid4())}
    )
    assert lifted.status_code == 302
    for n in range(3):
        make_member(stage.group, f"邻居{n}")
    row = decide(stage, when=Sanction.objects.get().decided_at)
    appealed = sign_in(owner_of(stage)).post(
        of_shop(stage, "sanction-appeal", row.pk), {"text": "那天堵车", "request_id": uuid4()}
    )
    assert appealed.status_code == 302
    assert SanctionAppeal.objects.filter(sanction=row).exists()
    page = client.get(of_shop(stage, "sanctions")).content.decode()
    assert "下雨封路" in page
    assert "那天堵车" in page


def test_a_page_takes_as_many_statements_for_three_as_for_one(stage):
    counts = []
    client = sign_in(stage.initiator)
    pages = three_short(stage)
    for n in (1, 2):
        for _ in range(n):
            decide(stage, level="warning", days=3, pages=pages)
        counts.append(statements(client, of_shop(stage, "sanctions")))
    assert counts[0] == counts[1]


def statements(client: Client, where: str) -> int:
    client.get(where)
    with CaptureQueriesContext(connection) as caught:
        assert client.get(where).status_code == 200
    return len(caught)


def test_the_table_is_published_before_the_first_round_and_shown_on_it(stage):
    page = sign_in(stage.member).get(url(stage, "round-consequences", stage.round.pk))
    assert "第 1 版" in page.content.decode()
    shown = reverse("orders:round", args=[stage.group.slug, stage.round.pk])
    linked = sign_in(stage.member).get(shown).content.decode()
    assert url(stage, "round-consequences", stage.round.pk) in linked
    assert not Consequences.objects.exists()


def test_the_initiator_publishes_a_new_version_in_one_form(stage):
    client = sign_in(stage.initiator)
    body: dict[str, Any] = {"month_rounds": "3", "request_id": str(uuid4())}
    for line in DEFAULT_LINES:
        body |= {
            f"{line.broken}_times": str(line.times),
            f"{line.broken}_within": str(line.within),
            f"{line.broken}_level": line.level,
            f"{line.broken}_days": str(line.days or ""),
        }
    bad = client.post(url(stage, "consequences-edit"), body | {"short_times": "0"})
    assert bad.status_code == 422
    assert "次数填 1 到 20" in bad.content.decode()
    body["request_id"] = str(uuid4())
    assert client.post(url(stage, "consequences-edit"), body).status_code == 302
    row = Consequences.objects.get()
    assert (row.version, row.month_rounds) == (2, 3)
    page = sign_in(stage.member).get(url(stage, "consequences")).content.decode()
    assert "第 2 版" in page
    assert "第 1 版" in page


def test_the_console_names_what_is_proposed_until_it_is_decided(stage):
    three_short(stage)
    console = reverse("orders:console", args=[stage.group.slug])
    assert "1件处分提议等你定" in sign_in(stage.initiator).get(console).content.decode()
    assert "处分提议" not in sign_in(stage.deputy).get(console).content.decode()
    (proposal,) = SanctionProposal.objects.all()
    decide(stage, pages=proposal.pages, proposal_id=proposal.pk)
    assert "处分提议" not in sign_in(stage.initiator).get(console).content.decode()


def test_programs_read_sanctions_and_the_table(stage):
    row = decide(stage)
    base = f"/api/v1/groups/{stage.group.slug}"
    client = sign_in(stage.member)
    found = client.get(f"{base}/merchants/{stage.round.merchant_id}/sanctions").json()
    assert [one["id"] for one in found["rows"]] == [row.pk]
    assert found["rows"][0]["pages"][0]["number"] == row.pages[0]
    table = client.get(f"{base}/consequences").json()
    assert [one["version"] for one in table["versions"]] == [1]
