"""One form is one act: sent twice, ten times at once, refused, or with another body."""

from collections.abc import Callable
from decimal import Decimal
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction

from tests.databases import owner_cursor
from tests.people import make_user
from tests.threads import PATIENCE, together
from tuangou.core import clock, requests
from tuangou.core.errors import Conflict, DomainError
from tuangou.core.models import RequestKey, User


class SoldOut(DomainError):
    code = "sold_out_in_test"


def send(
    user: User,
    key,
    *,
    refuse: bool = False,
    body=None,
    slow: float = 0,
    meet: Barrier | None = None,
    **given,
) -> str:
    """The act makes a user named after the key; its replay finds that user."""

    def work() -> str:
        User.objects.create_user(nickname=str(key))
        if slow:
            with connection.cursor() as cursor:
                cursor.execute("select pg_sleep(%s)", [slow])
        if meet:
            meet.wait(PATIENCE)
        if refuse:
            raise SoldOut("牛腩只剩 3斤", field="item_5", left="3")
        return "first"

    def replay() -> str:
        assert made(key) == 1
        return "again"

    fields = {"group_id": 7, "user_id": user.pk, "key": key, "act": "order.place"} | given
    return requests.once(body=body or {"item": 1}, work=work, replay=replay, **fields)


def made(key) -> int:
    return User.objects.filter(nickname=str(key)).count()


@pytest.mark.django_db
def test_sent_twice_is_done_once_and_answered_alike():
    user, key = make_user(), uuid4()
    assert [send(user, key) for _ in range(3)] == ["first", "again", "again"]
    assert made(key) == 1


@pytest.mark.django_db(transaction=True)
def test_ten_at_once_are_one():
    user, key = make_user(), uuid4()
    answers = together([lambda: send(user, key, slow=0.2)] * 10)
    assert sorted(answers) == ["again"] * 9 + ["first"]
    assert made(key) == 1


@pytest.mark.django_db(transaction=True)
def test_twin_without_the_unique_key_ten_at_once_are_many():
    user, key = make_user(), uuid4()
    with owner_cursor() as cursor:
        cursor.execute("alter table core_requestkey drop constraint request_key_once")
    at_work = Barrier(10)
    together([lambda: send(user, key, meet=at_work)] * 10)
    assert made(key) > 1


@pytest.mark.django_db(transaction=True)
def test_a_refusal_is_undone_kept_and_stays_a_refusal():
    user, key = make_user(), uuid4()
    for refuse in (True, False, True):
        with pytest.raises(SoldOut, match="只剩 3斤") as caught:
            send(user, key, refuse=refuse)
        assert (caught.value.field, caught.value.details) == ("item_5", {"left": "3"})
    assert made(key) == 0
    assert RequestKey.objects.values_list("refusal__code").get() == ("sold_out_in_test",)


@pytest.mark.django_db(transaction=True)
def test_a_refusal_waited_for_is_the_twins_answer_too():
    user, key = make_user(), uuid4()
    answers = together([lambda: send(user, key, refuse=True, slow=0.2)] * 5)
    assert [type(answer) for answer in answers] == [SoldOut] * 5
    assert made(key) == 0


@pytest.mark.django_db
@pytest.mark.parametrize("other", [{"body": {"item": 2}}, {"act": "order.amend"}])
def test_the_same_key_for_something_else_is_a_conflict(other):
    user, key = make_user(), uuid4()
    send(user, key)
    with pytest.raises(Conflict):
        send(user, key, **other)
    assert send(user, key) == "again"


@pytest.mark.django_db
@pytest.mark.parametrize("other", ["user", "group", "nobody"])
def test_keys_of_others_do_not_meet(other):
    user, key = make_user(), uuid4()
    fields: dict[str, Callable[[], dict[str, Any]]] = {
        "user": lambda: {"user_id": make_user().pk},
        "group": lambda: {"group_id": 8},
        "nobody": lambda: {"user_id": None, "group_id": None},
    }
    assert send(user, key) == "first"
    before = made(key)
    given = fields[other]()
    assert send(user, key, **given) == "first"
    assert made(key) == before + 1


@pytest.mark.django_db
def test_without_group_and_person_a_key_still_counts_once():
    user, key = make_user(), uuid4()
    answers = [send(user, key, group_id=None, user_id=None) for _ in range(2)]
    assert answers == ["first", "again"]


@pytest.mark.django_db(transaction=True)
def test_a_crash_leaves_no_key_so_that_sending_again_works():
    user, key = make_user(), uuid4()

    def crash():
        raise OSError("power")

    with pytest.raises(OSError, match="power"):
        requests.once(
            group_id=7, user_id=user.pk, key=key, act="order.place", body={"item": 1},
            work=crash, replay=crash,
        )  # fmt: skip
    assert not RequestKey.objects.exists()
    assert send(user, key) == "first"


@pytest.mark.django_db(transaction=True)
def test_inside_another_transaction_it_is_refused_because_a_refusal_could_not_be_kept():
    user = make_user()
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        send(user, uuid4())


@pytest.mark.django_db(transaction=True)
def test_the_player_of_a_year_may_wrap_it_in_simulated_time():
    user = make_user()
    with transaction.atomic(), clock.simulated(clock.now()):
        assert send(user, uuid4()) == "first"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"q": Decimal("2.000")}, {"q": Decimal("2")}, True),
        ({"q": Decimal("100")}, {"q": Decimal("1E+2")}, True),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ({"q": Decimal("2")}, {"q": Decimal("2.5")}, False),
        ({"q": 1}, {"q": "1"}, False),
        ({"lines": [1, 2]}, {"lines": [2, 1]}, False),
    ],
)
def test_bodies_are_compared_by_what_they_say(one, other, same):
    assert (requests.body_digest(one) == requests.body_digest(other)) is same


@pytest.mark.django_db
def test_keys_are_forgotten_after_thirty_days():
    user, old, new = make_user(), uuid4(), uuid4()
    send(user, old)
    send(user, new)
    RequestKey.objects.filter(key=old).update(created_at=clock.now() - 2 * requests.KEPT)
    assert requests.tidy_keys() == 1
    assert RequestKey.objects.get().key == new
