"""A round from its opening to Table 1 through the API alone, with a plain HTTP client."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
import requests

from groups.models import Membership
from tests.api.client import token_for
from tests.journeys.street import Street, make_street

pytestmark = pytest.mark.timeout(120)


class Program:
    """What a developer would write in an evening: a base address, a token, a key on every POST."""

    def __init__(self, server: str, member: Membership, *scopes: str) -> None:
        self.base = f"{server}/api/v1/groups/{member.group.slug}"
        self.http = requests.Session()
        self.http.headers["Authorization"] = f"Bearer {token_for(member.user, *scopes)[1]}"

    def get(self, path: str) -> Any:
        return self._json(self.http.get(f"{self.base}/{path}", timeout=30))

    def post(self, path: str, body: Any = None, *, expect: int = 0) -> Any:
        headers = {"Idempotency-Key": str(uuid4())}
        url = f"{self.base}/{path}"
        answer = self.http.post(url, json=body or {}, headers=headers, timeout=30)
        if expect:
            assert answer.status_code == expect, answer.text
            return answer.json()
        return self._json(answer)

    @staticmethod
    def _json(answer: requests.Response) -> Any:
        assert answer.status_code in (200, 201), answer.text
        return answer.json()


@pytest.fixture
def street(transactional_db: None) -> Street:
    return make_street()


def total(program: Program) -> tuple[int, int, int]:
    """Orders, sales and returns of everything there is, in fen."""
    row = program.get("summary")["total"]
    return row["orders"], row["sales_fen"], row["returned_fen"]


def test_a_round_from_its_copy_to_the_summary(street: Street, live_server: Any) -> None:
    zi_yi = Program(live_server.url, street.initiator)
    zhang = Program(live_server.url, street.a, "read", "order")
    before = total(zi_yi)

    # the initiator opens last week's round again
    last = zi_yi.get("rounds?limit=1")["results"][0]
    draft = zi_yi.post(f"rounds/{last['id']}/copy", {"title": "又是周六牛肉团"}, expect=201)
    assert draft["status"] == "draft"
    zhang_sees = {row["id"] for row in zhang.get("rounds")["results"]}
    assert draft["id"] not in zhang_sees
    opened = zi_yi.post(f"rounds/{draft['id']}/open")
    assert (opened["status"], opened["takes_orders"]) == ("open", True)
    here, offer = f"rounds/{opened['id']}", opened["offers"][0]

    # a neighbour orders, thinks again, and orders for a neighbour on paper who asked her to
    line = {"offer": offer["id"], "quantity": "2"}
    mine = zhang.post(f"{here}/orders", {"lines": [line]}, expect=201)
    assert mine["money"]["owed_fen"] == 2 * offer["price_fen"]
    mine = zhang.post(f"orders/{mine['id']}/amend", {"lines": [line | {"quantity": "3"}]})
    assert mine["lines"][0]["quantity"] == "3"
    for_other = {"lines": [line], "member": street.paper.pk}
    refused = zhang.post(f"{here}/orders", for_other, expect=422)
    assert (refused["code"], refused["errors"][0]["field"]) == ("ask_first", "asked")
    hers = zhang.post(f"{here}/orders", for_other | {"asked": True}, expect=201)
    assert (hers["by_proxy"], hers["door"]) == (True, None)

    # what is not hers to do, and what her token was not made for
    assert zhang.post(f"{here}/close", expect=403)["code"] == "scope_missing"
    bold = Program(live_server.url, street.a)
    assert bold.post(f"{here}/close", expect=403)["code"] == "not_allowed"

    # closed by hand: confirmed at once, and no more orders
    assert zi_yi.post(f"{here}/close")["status"] == "confirmed"
    late = zhang.post(f"{here}/orders", {"lines": [line]}, expect=409)
    assert (late["code"], late["rule"]) == ("round_not_open", "O1")

    # paid, as she said
    owed = zhang.get(f"orders/{mine['id']}")["money"]["owed_fen"]
    assert zhang.post(f"orders/{mine['id']}/claim", expect=201)["amount_fen"] == owed
    zi_yi.post(f"orders/{mine['id']}/receive", {"amount_fen": owed}, expect=201)
    assert zhang.get(f"orders/{mine['id']}")["money"]["state"] == "paid"

    # the goods come, and one bag is fetched
    came = [{"offer": o["id"], "quantity": o["taken"]} for o in zi_yi.get(here)["offers"]]
    spoilt = [came[0] | {"damaged": "999"}]
    assert zi_yi.post(f"{here}/arrival", {"delivered": spoilt}, expect=422)["rule"] == "O9"
    looked = {"verdict": "passed", "temperature": "3.5"}
    arrived = {"delivered": came, "inspection": looked}
    assert zi_yi.post(f"{here}/arrival", arrived)["status"] == "arrived"
    done = zi_yi.post(f"orders/{mine['id']}/check-off", {"way": "door"}, expect=201)
    zi_yi.post(f"check-offs/{done['id']}/undo")
    zi_yi.post(f"orders/{mine['id']}/check-off", expect=201)

    # part of it was not fresh
    wish = {"line": mine["lines"][0]["id"], "quantity": "1", "reason": "not_fresh"}
    ret = zhang.post(f"orders/{mine['id']}/returns", wish, expect=201)
    sold = total(zi_yi)
    assert sold[0] == before[0] + 2
    assert sold[1] - before[1] == 5 * offer["price_fen"]
    assert sold[2] == before[2]
    accepted = {"accepted_fen": offer["price_fen"], "decision": "退一斤"}
    assert zi_yi.post(f"returns/{ret['id']}/accept", accepted)["status"] == "accepted"
    assert zi_yi.post(f"returns/{ret['id']}/refund")["status"] == "refunded"

    # the summary moved, the books balance, and the news told it all in order
    assert total(zi_yi) == (sold[0], sold[1], before[2] + offer["price_fen"])
    assert zhang.get("statement")["balance_fen"] == 0
    postings = zi_yi.get(f"{here}/postings?limit=100")
    assert postings["sum_fen"] == sum(row["amount_fen"] for row in postings["results"]) == 0
    kinds = [row["kind"] for row in zhang.get("events?limit=100")["results"]]
    told = ["round.opened", "order.amended", "order.placed", "round.confirmed", "return.refunded"]
    places = [len(kinds) - 1 - kinds[::-1].index(kind) for kind in told]
    assert places == sorted(places)
