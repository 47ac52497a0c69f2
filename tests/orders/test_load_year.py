"""A year from its file to Table 1, through the services; refusals, a killed load, many years."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection
from django.test import Client
from django.urls import reverse

from groups.models import Group, Load, Mandate
from groups.services.loads import void_abandoned
from merchants.models import Merchant
from orders.management.year import figures, loading
from orders.management.year.figures import Row
from orders.management.year.planner import plan_year
from orders.models import MonthItem, Order, OrderLine, OrderStatus, Payment, Round
from orders.services import returns
from orders.services.summaries import check
from reputation.management.year import complaints
from reputation.models import Complaint, Entry, Rating, Response, Ruling
from reputation.models.responses import ResponseKind
from reputation.models.rulings import Verdict
from tests import databases
from tests.factories import make_group
from tests.orders.support import check_books, moment
from tests.orders.test_year_figures import TABLE1
from tests.orders.years import drawn, judge, load, table1_csv, written
from tuangou.core.models import Event, Notice, User

SMALL = [Row(2023, 6, 2, 5, 24, 144_000, 250)]
ROOT = Path(__file__).parents[2]


def tables() -> dict[str, int]:
    return {model.__name__: model.objects.count() for model in (Group, User, Merchant, Event)}


@contextmanager
def refused(*words: str) -> Iterator[None]:
    """Refused with a sentence, before the first write."""
    before = tables()
    with pytest.raises(CommandError) as caught:
        yield
    assert all(word in str(caught.value) for word in words), str(caught.value)
    assert tables() == before


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", [3, 11, 20])
def test_table_1_of_the_group_is_the_file(number: int, tmp_path: Path):
    rows = drawn(number, largest=60, months=2)
    group = load(written(rows, tmp_path), "drawn", "--seed", str(number))
    judge(group, rows)
    assert Notice.objects.filter(group_id=group.pk).exists()
    one_more_return(group, rows)


@pytest.mark.django_db(transaction=True)
def test_complaints_of_a_year_end_in_every_way(tmp_path: Path, monkeypatch):
    """Somebody complains about every return: each answer and each outcome is there, and Table 1
    is the file."""
    monkeypatch.setattr(complaints, "ONE_IN", 1)
    rows = [Row(2023, 6, 2, 5, 60, 360_000, 3500)]
    group = load(written(rows, tmp_path), "loud")
    judge(group, rows)
    all_ways(group)


def test_complaints_are_drawn_within_the_year():
    """Few, the same for the same seed, each in order of time; the last is over before the year."""
    plan = plan_year([Row(2023, 6, 4, 20, 900, 5_400_000, 800)], "drawn", 3)
    cases = list(complaints.Complaints(plan).coming.values())
    again = list(complaints.Complaints(plan).coming.values())
    moments = [[at for at, _act in case.acts] for case in cases]
    assert moments == [[at for at, _act in case.acts] for case in again]
    assert 4 < len(cases) <= len(plan.returns) / 5
    assert all(
        times == sorted(times) and times[0] > case.source.at
        for times, case in zip(moments, cases, strict=True)
    )
    assert max(map(max, moments)) < plan.steps[-1].at


def test_twin_without_an_end_complaints_outlast_the_year(monkeypatch):
    plan = plan_year([Row(2023, 6, 4, 20, 900, 5_400_000, 800)], "drawn", 3)
    monkeypatch.setattr(complaints, "BEFORE_THE_END", timedelta(days=-60))
    cases = complaints.Complaints(plan).coming.values()
    assert max(case.at for case in cases) > plan.steps[-1].at


def all_ways(group: Group) -> None:
    ruled = Ruling.objects.filter(group=group)
    assert set(ruled.values_list("verdict", flat=True)) == set(Verdict.values)
    answers = Response.objects.filter(group=group)
    assert set(answers.values_list("kind", flat=True)) == set(ResponseKind.values)
    reviews = ruled.filter(instance=2).values_list("verdict", flat=True)
    assert set(reviews) == {"upheld", "not_upheld"}
    assert ruled.filter(complaint__against="initiator", panel__isnull=False).exists()
    pages = set(Entry.objects.filter(group=group).values_list("kind", flat=True))
    wanted = {"ruling", "ruling_vetted", "refuted", "complaint_late", "complaints_in_time"}
    assert wanted | {"overturned", "abusive", "repaired"} <= pages


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_the_papers_year():
    rows = figures.read(TABLE1)
    group = load(TABLE1, "foodie")
    judge(group, rows)
    all_ways(group)
    assert 30 < Complaint.objects.filter(group=group).count() <= 150
    lines = OrderLine.objects.live().filter(group=group).count()
    assert 0.1 < Rating.objects.filter(group=group).count() / lines < 0.2


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", range(100, 132))
def test_any_file_as_the_issue_draws_them(number: int, tmp_path: Path):
    rows = drawn(number)
    group = load(written(rows, tmp_path), "drawn", "--seed", str(number))
    judge(group, rows)
    one_more_return(group, rows)


def one_more_return(group: Group, rows: list[Row]) -> None:
    """One more accepted return is one more in Table 1, and nothing else moves."""
    before = table1_csv(group, rows).splitlines()
    collected = OrderLine.objects.filter(
        order__group=group, order__status=OrderStatus.COLLECTED, order__round__status="completed"
    )
    line = collected.filter(returned_quantity=0).latest("billed_fen", "pk")
    order = line.order
    with moment(order.check_offs.get(undone_at=None).at):
        ret = returns.request_return(
            line_id=line.pk,
            actor_id=order.placed_by_id,
            quantity=line.quantity,
            reason="damaged",
            wish="refund",
            text="坏了",
            request_id=uuid4(),
        )
        returns.accept_return(
            return_id=ret.pk,
            actor_id=order.round.initiator_id,
            accepted_fen=line.billed_fen,
            decision="同意",
            request_id=uuid4(),
        )
    after = table1_csv(group, rows).splitlines()
    moved = [place for place, text in enumerate(before) if text != after[place]]
    assert [before[place][:7] for place in moved] == [f"{order.round.month:%Y-%m}"]
    (place,) = moved
    assert before[place].rsplit(",", 1)[0] == after[place].rsplit(",", 1)[0]
    assert check(group_id=group.pk) == []


@pytest.mark.django_db(transaction=True)
def test_several_years_fit_one_installation(tmp_path: Path):
    """The same file and seed twice, and once more under a slug that was given up."""
    path = written(SMALL, tmp_path)
    first = load(path, "one")
    with refused("one", "exists", "another slug"):
        call_command("load_year", path, "--group", "one", stderr=StringIO())
    first.move_to("void")
    again, other = load(path, "one"), load(path, "other")
    for group in (again, other):
        judge(group, SMALL)


@pytest.mark.django_db(transaction=True)
def test_twin_with_phones_that_are_taken_the_second_year_is_void(tmp_path: Path, monkeypatch):
    path = written(SMALL, tmp_path)
    load(path, "one").move_to("void")
    monkeypatch.setattr(loading, "_known_here", lambda plan: False)
    with pytest.raises(IntegrityError, match="phone"):
        load(path, "one")
    assert not Group.objects.with_slug("one").exists()


def test_seed_and_time_are_looked_at_first(settings):
    with pytest.raises(CommandError, match="no seed"):
        call_command("load_year", TABLE1, "--group", "one", "--seed", "-1")
    settings.SIMULATED_TIME = False
    with pytest.raises(CommandError, match="TUANGOU_DEMO"):
        call_command("load_year", TABLE1, "--group", "one")


@pytest.mark.django_db
def test_a_file_that_cannot_be_met_is_refused_before_the_first_write(tmp_path: Path):
    path = tmp_path / "wrong.csv"
    run = ["load_year", str(path), "--group", "one"]
    with refused(str(path), "cannot be read"):
        call_command(*run)
    path.write_text(f"{','.join(figures.HEADER)}\n2022-06,3,2,20,400,1\n2022-07,1,1,20,5,1\n")
    with refused("Row 2022-06", "Row 2022-07"):
        call_command(*run)


@pytest.mark.django_db
def test_a_living_group_is_left_alone(tmp_path: Path):
    group = make_group("one")
    with refused("one", "exists"):
        call_command("load_year", TABLE1, "--group", "one")
    group.refresh_from_db()
    assert group.status == "active"


@pytest.mark.django_db(transaction=True)
def test_a_slug_that_is_none_is_refused(tmp_path: Path):
    with refused("网址"):
        call_command("load_year", written(SMALL, tmp_path), "--group", "No slug", stderr=StringIO())


@pytest.mark.django_db(transaction=True)
def test_a_year_that_came_out_different_is_void(tmp_path: Path, monkeypatch):
    """Somebody else writes into the rollups meanwhile: the cell and the recount both say so."""
    tamper(monkeypatch)
    with pytest.raises(CommandError, match="differs") as caught:
        load(written(SMALL, tmp_path), "one")
    assert "Row 2023-06: the file has 2023-06,2,5,24,1440,2.50, the group has" in str(caught.value)
    assert "kept" in str(caught.value)
    assert "rebuilt" in str(caught.value)
    assert Group.objects.get().status == "void"


@pytest.mark.django_db(transaction=True)
def test_twin_without_the_comparison_a_wrong_table_opens(tmp_path: Path, monkeypatch):
    tamper(monkeypatch)
    monkeypatch.setattr(loading, "_compare", lambda year: None)
    group = load(written(SMALL, tmp_path), "one")
    assert table1_csv(group, SMALL) != figures.to_csv(SMALL)


def tamper(monkeypatch) -> None:
    real = loading._steps

    def steps(year, tell):
        yield from real(year, tell)
        item = MonthItem.objects.filter(group=year.group_id).earliest("pk")
        MonthItem.objects.filter(pk=item.pk).update(sales_fen=item.sales_fen + 100)

    monkeypatch.setattr(loading, "_steps", steps)


@pytest.mark.django_db(transaction=True)
def test_a_year_that_is_broken_off_is_void_at_once(tmp_path: Path, monkeypatch):
    def stop(year) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(loading, "_drain", stop)
    with pytest.raises(KeyboardInterrupt):
        load(written(SMALL, tmp_path), "one")
    group = Group.objects.get()
    assert group.status == "void"
    assert not Load.is_held(group.pk)
    assert not connection.in_atomic_block


@pytest.mark.django_db(transaction=True)
def test_a_killed_load_leaves_nothing_that_opens(tmp_path: Path):
    path = written([Row(2023, 6, 4, 20, 400, 2_400_000, 250)], tmp_path)
    with loader(path, "one") as process:
        wait_until(lambda: Round.objects.filter(status="completed").exists())
        group = Group.objects.get(slug="one")
        assert (group.status, void_abandoned()) == ("loading", [])
        with pytest.raises(CommandError, match="being loaded into one right now"):
            call_command("load_year", path, "--group", "one")
        process.send_signal(signal.SIGKILL)
        process.wait()
    wait_until(lambda: not Load.is_held(group.pk))
    group.refresh_from_db()
    assert group.status == "loading"

    assert Order.objects.filter(group=group).exists()
    assert pages_of(group) == {302, 404}  # from the front page to how far the load is
    call_command("abandon_loads", stdout=StringIO())
    group.refresh_from_db()
    assert group.status == "void"
    assert pages_of(group) == {404}
    call_command("rebuild_summaries", "--check", stdout=StringIO())
    assert check(group_id=group.pk) == []
    check_books()

    judge(load(written(SMALL, tmp_path), "one"), SMALL)


def pages_of(group: Group) -> set[int]:
    """What the initiator's pages answer."""
    client = Client()
    initiator = Mandate.objects.select_related("membership__user").get(group=group)
    assert initiator.membership.user is not None
    client.force_login(initiator.membership.user)
    rnd = Round.objects.filter(group=group).earliest("pk")
    paths = [reverse(f"orders:{name}", args=["one"]) for name in ("home", "summary", "console")]
    paths.append(reverse("orders:round", args=["one", rnd.pk]))
    return {client.get(path).status_code for path in paths}


@contextmanager
def loader(path: Path, slug: str) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that loads a year, as `manage.py` does."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "load_year", str(path), "--group", slug],
        cwd=ROOT,
        env=databases.environment(),
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.05)


@pytest.mark.django_db(transaction=True)
def test_rounds_of_today_leave_the_year_as_it_is(tmp_path: Path):
    group = load(written(SMALL, tmp_path), "one", "--with-today")
    check_books()
    today = Round.objects.filter(group=group, opens_at__year__gt=2023)
    assert [rnd.status for rnd in today] == ["open"] * 3
    assert all(rnd.orders.count() < (rnd.minimum_households or 0) for rnd in today)
    out = StringIO()
    call_command("table1", "one", "--format", "csv", stdout=out)
    assert out.getvalue() == figures.to_csv(SMALL)


@pytest.mark.django_db(transaction=True)
def test_rounds_of_today_with_bags_to_hand_out(tmp_path: Path):
    group = load(written(SMALL, tmp_path), "one", "--with-desk")
    today = Round.objects.filter(group=group, opens_at__year__gt=2023).order_by("pk")
    assert [rnd.status for rnd in today] == ["arrived", "confirmed", "open", "open", "open"]
    assert table1_csv(group, SMALL) == figures.to_csv(SMALL)
    assert check(group_id=group.pk) == []
    check_books()
    waiting = today[0].orders.filter(status=OrderStatus.PLACED)
    assert 0 in {order.received_fen for order in waiting}
    assert Payment.objects.filter(round__in=today, status="claimed").exists()


@pytest.mark.django_db(transaction=True)
def test_no_rounds_of_today_in_a_month_of_the_file(tmp_path: Path):
    now = datetime.now(UTC)
    rows = [replace(SMALL[0], year=now.year + 1, month=now.month)]
    said = StringIO()
    call_command(
        "load_year", written(rows, tmp_path), "--group", "one", "--with-today", stderr=said
    )
    assert f"{rows[0].label} is not over" in said.getvalue()
    judge(Group.objects.get(), rows)


@pytest.mark.django_db(transaction=True)
def test_who_to_sign_in_as(tmp_path: Path):
    load(written(SMALL, tmp_path), "one")
    make_group("real")
    out = StringIO()
    call_command("demo_signins", "one", stdout=out)
    lines = out.getvalue().splitlines()
    assert [line.split()[0] for line in lines] == ["initiator", "deputy", "member", "merchant"]
    for line in lines:
        found = re.search(r"(\+86\d{11}), password (\S+)$", line)
        assert found
        assert User.objects.get(phone=found[1]).check_password(found[2])
    with pytest.raises(CommandError, match="people are real"):
        call_command("demo_signins", "real")
    with pytest.raises(CommandError, match="No living group"):
        call_command("demo_signins", "none")
