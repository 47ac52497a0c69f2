"""The desk in a cellar: the network goes in the middle, nothing is lost, conflicts are shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from orders.models import CheckOff, Order, Payment
from orders.services.helpers import make_helper_link
from tests.journeys.people import Person
from tests.orders.stages import Stage, make_stage

pytestmark = pytest.mark.e2e

BAGS, OFFLINE, ONLINE, BOTH = 45, 40, 10, 5


@pytest.fixture
def bags(person: Callable[..., Person]) -> tuple[Stage, list[Order]]:
    """Bags of one building, waiting; committed, so that the server sees them."""
    stage = make_stage(timezone.now() - timedelta(hours=45))
    orders = [stage.order(stage.flat("7栋", "", f"{100 + n}", f"邻居{n}")) for n in range(BAGS)]
    stage.arrive()
    return stage, orders


def row(page: Page, order: Order) -> Locator:
    return page.locator(f'[data-row="{order.pk}"]')


def tap(person: Person, order: Order, button: str) -> None:
    person.press(row(person.page, order).get_by_role("button", name=button))


def queue(page: Page) -> Locator:
    return page.locator("[data-queue]")


def at_the_desk(person: Person, path: str) -> None:
    """The page under the worker, so that the phone keeps it."""
    person.page.goto(path)
    person.page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
    person.page.wait_for_function("navigator.serviceWorker.controller")
    person.page.goto(path)
    # this very answer, by its token: the worker may still be putting it in the place of the last
    person.page.wait_for_function(
        """async () => {
        const kept = await caches.match(location.pathname);
        const { value } = document.querySelector('[name=csrfmiddlewaretoken]');
        return Boolean(kept) && (await kept.text()).includes(value) }"""
    )


def test_forty_in_the_cellar_ten_upstairs_five_twice(person, bags):
    stage, orders = bags
    below = orders[:OFFLINE]
    above = orders[OFFLINE - BOTH : OFFLINE - BOTH + ONLINE]
    twice = orders[OFFLINE - BOTH : OFFLINE]
    path = reverse("orders:desk", args=[stage.group.slug, stage.round.pk])
    cellar: Person = person(stage.initiator.user, keeps=True)
    upstairs: Person = person(stage.deputy.user)
    at_the_desk(cellar, path)

    cellar.page.context.set_offline(True)
    for order in below[:20]:
        tap(cellar, order, "先取，没付")
    expect(queue(cellar.page)).to_contain_text("20 条待上传")
    cellar.page.reload()  # from what the phone kept
    expect(queue(cellar.page)).to_contain_text("20 条待上传")
    expect(row(cellar.page, below[0])).to_contain_text("已取，待上传")

    upstairs.page.goto(path)
    for order in above:
        with upstairs.page.expect_navigation():
            tap(upstairs, order, "已取")

    tap(cellar, below[20], "收 ¥76.00 并已取")
    for order in below[21:]:
        tap(cellar, order, "先取，没付")
    cellar.page.get_by_role("button", name="撤销 7-101").tap()
    expect(queue(cellar.page)).to_contain_text(f"{OFFLINE + 1} 条待上传")
    context = cellar.page.context
    cellar.page.close()  # the tab is killed
    assert CheckOff.objects.count() == ONLINE

    cellar.page = context.new_page()
    cellar.page.goto(path)
    expect(queue(cellar.page)).to_contain_text(f"{OFFLINE + 1} 条待上传")
    expect(queue(cellar.page)).to_have_attribute("role", "status")
    context.set_offline(False)
    expect(queue(cellar.page)).to_contain_text("都上传了")

    conflicts = cellar.page.locator("[data-conflicts] li")
    expect(conflicts).to_have_count(BOTH)
    for order, said in zip(twice, conflicts.all_inner_texts(), strict=True):
        assert order.door in said
        assert stage.deputy.nickname in said
    cellar.page.reload()  # shown until it is acknowledged
    expect(conflicts).to_have_count(BOTH)
    for left in reversed(range(BOTH)):
        conflicts.first.get_by_role("button", name="知道了").tap()
        expect(conflicts).to_have_count(left)
    cellar.page.reload()
    expect(cellar.page.locator("[data-conflicts]")).to_be_hidden()

    standing = CheckOff.objects.filter(undone_at=None)
    by = {done.order_id: done.by_id for done in standing}
    assert standing.count() == len(by) == BAGS - 1
    assert {pk for pk, who in by.items() if who == stage.deputy.pk} == {o.pk for o in above}
    assert Order.objects.get(pk=below[1].pk).status == "placed"  # undone in the cellar
    assert Payment.objects.get().order_id == below[20].pk
    assert all(done.device_at for done in standing.exclude(by=stage.deputy))


def test_what_waits_is_sent_by_a_helper_too(person, bags):
    stage, orders = bags
    link, token = make_helper_link(
        round_id=stage.round.pk, actor_id=stage.initiator.pk, name="小李", building="7栋"
    )
    helper: Person = person(None, keeps=True)
    at_the_desk(helper, reverse("helper", args=[token]))
    helper.page.context.set_offline(True)
    helper.page.reload()
    helper.page.get_by_role("searchbox").fill("7-103")
    expect(row(helper.page, orders[0])).to_be_hidden()
    tap(helper, orders[3], "已取")
    expect(queue(helper.page)).to_contain_text("1 条待上传")
    helper.page.get_by_role("searchbox").fill("")
    part = row(helper.page, orders[4])
    part.get_by_text("部分、缺货").tap()
    part.get_by_role("textbox").last.fill("1")
    part.get_by_role("button", name="交这些").tap()
    expect(queue(helper.page)).to_contain_text("2 条待上传")
    expect(part).to_contain_text("交了一部分，待上传")
    expect(helper.page.locator("[data-no-net]")).to_be_visible()
    helper.page.context.set_offline(False)
    expect(queue(helper.page)).to_contain_text("都上传了")
    whole, some = CheckOff.objects.order_by("pk")
    assert whole.helper == some.helper == link
    assert [line.quantity for line in some.lines.all()] == [1]
