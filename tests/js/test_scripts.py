"""What the scripts add to pages that work without them."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Route, expect

from tests.browser import PATIENCE
from tests.core.test_components import bad_form

pytestmark = pytest.mark.e2e

ORDER = """<h1>牛肉团</h1>
<form method="post" action="/order/" {% live_form stock=stock %} {{ extra|safe }}>
{% include "components/draft.html" %}
<ul><li class="item"><h3>牛腩</h3><span data-stock-of="offer_1">剩 3斤</span>
{% stepper name="offer_1" value=0 item="牛腩" unit="斤" step="0.5" most=3 fen=3845 %}</li>
<li class="item"><h3>牛尾</h3>
{% stepper name="offer_2" value=0 item="牛尾" unit="条" fen=1000000 %}</li></ul>
{% include "components/receipt.html" with live=True %}
{% include "components/total.html" with said="还没选" total=0 action="提交订单" live=True %}
</form>"""


def keep_posts(site, posts: list[str], heading: str) -> None:
    """The order's address keeps what arrives and answers with a heading."""

    def answer(route: Route) -> None:
        posts.append(route.request.post_data or "")
        route.fulfill(body=f"<h1>{heading}</h1>", content_type="text/html; charset=utf-8")

    site.answers["/order/"] = answer


def said(page) -> str:
    return str(page.locator("[data-said]").inner_text()).replace("\n", " ")


def more(page, item: str):
    return page.get_by_role("button", name=f"{item} 加一")


def less(page, item: str):
    return page.get_by_role("button", name=f"{item} 减一")


def test_stepper_counts_in_steps_and_adds_up_fen(site):
    page = site.show(ORDER, "round", total=0)
    box = page.get_by_label("牛腩 数量（斤）")
    expect(page.locator("[data-said]")).to_contain_text("还没选")
    more(page, "牛腩").click()
    expect(box).to_have_value("0.5")
    assert said(page) == "1种 · 0.5斤 ¥19.23"  # 19.225 rounds half up
    for _tap in range(2):
        more(page, "牛腩").click()
    expect(box).to_have_value("1.5")
    more(page, "牛尾").click()
    assert said(page) == "2种 ¥10,057.68"
    receipt = page.locator("[data-receipt] dl")
    assert receipt.text_content() == "牛腩 1.5斤¥57.68牛尾 1条¥10,000.00合计¥10,057.68"
    less(page, "牛尾").click()
    less(page, "牛尾").click()
    assert said(page) == "1种 · 1.5斤 ¥57.68"


def test_stepper_stops_at_what_is_left_and_lands_on_whole_steps(site):
    page = site.show(ORDER, "round", total=0)
    box = page.get_by_label("牛腩 数量（斤）")
    box.fill("2.3")
    more(page, "牛腩").click()
    expect(box).to_have_value("2.5")
    for _tap in range(3):
        more(page, "牛腩").click()
    expect(box).to_have_value("3")
    box.fill("2.3")
    less(page, "牛腩").click()
    expect(box).to_have_value("2")


def test_without_its_script_the_stepper_posts_the_button(site):
    posts: list[str] = []
    keep_posts(site, posts, "ok")
    page = site.show(ORDER, total=0)
    more(page, "牛腩").click()
    expect(page.get_by_role("heading", name="ok")).to_be_visible()
    assert "more=offer_1" in posts[0]


def test_stock_marks_what_is_gone_and_lowers_nothing(site):
    states = [
        {"open": True, "left": {"offer_1": "1", "offer_2": None}},
        {"open": True, "left": {"offer_1": "0", "offer_2": None}},
        {"open": False, "left": {"offer_1": "0", "offer_2": None}},
    ]
    seen = []

    def answer(route: Route) -> None:
        seen.append(route.request.headers.get("if-none-match"))
        if len(seen) == 2:
            route.fulfill(status=304)
            return
        state = states.pop(0)
        route.fulfill(
            body=json.dumps(state), content_type="application/json", headers={"ETag": '"7"'}
        )

    site.answers["/stock/"] = answer
    site.page.clock.install()
    page = site.show(ORDER, "round", total=0, stock="/stock/")
    box = page.get_by_label("牛腩 数量（斤）")

    def look() -> None:
        with page.expect_response("**/stock/"):
            page.clock.run_for(20_500)

    box.fill("2")
    look()
    tell = page.locator("[data-stock-said]")
    expect(tell).to_have_text("牛腩只剩 1斤，改一下再提交")
    expect(page.locator("[data-stock-of]")).to_have_text("剩 1斤")
    expect(box).to_have_value("2")
    look()
    page.wait_for_timeout(100)
    look()
    expect(tell).to_have_text("牛腩 抢完")
    expect(page.locator(".item").first).to_have_class("item item-out")
    expect(box).to_have_value("2")
    look()
    expect(tell).to_have_text("已截单，不能再提交")
    asked = len(seen)
    page.clock.run_for(90_000)
    page.wait_for_timeout(100)
    assert len(seen) == asked == 4
    assert seen[:2] == [None, '"7"']


@pytest.mark.parametrize(
    ("left", "text"),
    [
        (timedelta(days=3, hours=2), "还剩 3天"),
        (timedelta(days=1, hours=23), "还剩 47小时"),
        (timedelta(hours=1, minutes=59), "还剩 1小时"),
        (timedelta(minutes=59), "还剩 59分钟"),
        (timedelta(seconds=20), "还剩 1分钟"),
        (timedelta(seconds=-1), "时间到了"),
    ],
)
def test_countdown_goes_by_the_servers_clock_and_does_not_speak(site, left, text):
    now = datetime(2020, 1, 1, tzinfo=UTC)  # this device's own clock is years ahead
    page = site.show(
        '<h1>x</h1>{% day "截单" "20:00" "周五" more="…" until=until at=now %}',
        "round",
        now=now,
        until=now + left,
    )
    expect(page.locator("[data-countdown]")).to_have_text(text)
    assert page.locator("[aria-live]").count() == 0


def test_copy_puts_the_text_on_the_clipboard_and_says_so(site):
    site.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    main = '<h1>x</h1>{% include "components/copy.html" with label="发群的话" text=text %}'
    page = site.show(main, "copy", text="#接龙\n1. 张三")
    page.get_by_role("button", name="复制").click()
    expect(page.get_by_text("已复制，去群里粘贴")).to_be_visible()
    # the address is no secure one, so it went by selecting the text
    selected = "document.activeElement.value.slice(document.activeElement.selectionStart)"
    assert page.evaluate(selected) == "#接龙\n1. 张三"


def taps(site, wanted: int) -> int:
    """How many orders three quick taps send while the server is slow; so many are waited for, and
    a little longer for one too many."""
    posts: list[Route] = []
    tapped: list[str] = []
    site.answers["/order/"] = posts.append  # never answers
    page = site.show(ORDER, total=0)
    page.on("console", lambda said: tapped.append(said.text))
    page.evaluate("""() => { const button = document.querySelector('.total .btn-main');
      const tap = (more) => {
        button.click();
        console.log('tap');
        if (more) setTimeout(tap, 150, more - 1);
      };
      setTimeout(tap, 0, 2) }""")
    until = time.monotonic() + PATIENCE / 1000
    while (len(posts) < wanted or tapped.count("tap") < 3) and time.monotonic() < until:
        page.wait_for_timeout(50)
    page.wait_for_timeout(400)
    assert tapped.count("tap") == 3
    return len(posts)


def test_three_taps_send_a_form_once(site):
    assert taps(site, 1) == 1


def test_three_taps_without_the_guard_send_more(site):
    site.answers["/static/js/once.js"] = lambda route: route.fulfill(status=404)
    assert taps(site, 2) > 1


def test_unsent_order_waits_for_the_network_and_goes_off_with_its_button(site):
    posts: list[str] = []
    site.answers["/healthz"] = lambda route: route.abort()
    keep_posts(site, posts, "收到")
    page = site.show(ORDER, "round", total=0, extra="data-once")
    more(page, "牛尾").click()
    page.get_by_role("button", name="提交订单").click()
    expect(page.get_by_text("没发出去，网络好了自动再发")).to_be_visible()
    page.get_by_role("button", name="提交订单").click()  # a second tap changes nothing
    assert page.get_by_text("没发出去，网络好了自动再发").count() == 1
    assert posts == []
    site.answers["/healthz"] = lambda route: route.fulfill(body="ok")
    page.get_by_role("button", name="现在再发").click()
    expect(page.get_by_role("heading", name="收到")).to_be_visible()
    assert len(posts) == 1
    assert "offer_2=1" in posts[0]


def test_unsent_order_goes_off_by_itself_when_the_network_is_back(site):
    site.answers["/healthz"] = lambda route: route.abort()
    site.answers["/order/"] = lambda route: route.fulfill(
        body="<h1>ok</h1>", content_type="text/html"
    )
    page = site.show(ORDER, total=0, extra="data-once")
    page.get_by_role("button", name="提交订单").click()
    expect(page.get_by_role("button", name="现在再发")).to_be_visible()
    site.answers["/healthz"] = lambda route: route.fulfill(body="ok")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.get_by_role("heading", name="ok")).to_be_visible()


def test_a_choice_never_sent_comes_back_and_can_be_cleared(site):
    page = site.show(ORDER, "round", total=0, extra='data-draft="round-1"')
    expect(page.locator("[data-draft-note]")).to_be_hidden()
    more(page, "牛尾").click()
    page.reload()
    expect(page.get_by_label("牛尾 数量（条）")).to_have_value("1")
    assert said(page) == "1种 · 1条 ¥10,000.00"
    page.get_by_role("button", name="清空").click()
    expect(page.get_by_label("牛尾 数量（条）")).to_have_value("0")
    page.reload()
    expect(page.get_by_label("牛尾 数量（条）")).to_have_value("0")
    expect(page.locator("[data-draft-note]")).to_be_hidden()


def test_a_stored_order_ends_the_draft(site):
    page = site.show(ORDER, "round", total=0, extra='data-draft="round-1"')
    more(page, "牛尾").click()
    site.show('<h1>已提交</h1><p data-draft-done="round-1">第31单</p>')
    page = site.show(ORDER, "round", total=0, extra='data-draft="round-1"')
    expect(page.get_by_label("牛尾 数量（条）")).to_have_value("0")


LEDGER = """<h1>收款</h1>{% include "components/find.html" with label="找" %}
<ul data-keys>
<li data-row>甲 <button data-key="p" class="got">已收甲</button>
<button data-key=" ">已取甲</button></li>
<li data-row>乙 <button data-key="p" class="got">已收乙</button>
<button data-key=" ">已取乙</button></li></ul>
<button data-key="u" class="undo">撤销</button>
<details data-key="?"><summary>快捷键</summary><p>都在这</p></details>
<output></output>"""
LOG = """document.addEventListener('click', (e) => { if (e.target.closest('[data-key]'))
  document.querySelector('output').textContent += e.target.textContent + ';' })"""


def test_keys_only_press_buttons_that_are_there(site):
    page = site.show(LEDGER, "keys")
    page.evaluate(LOG)
    done = page.locator("output")
    page.keyboard.press("p")
    expect(done).to_have_text("")  # no row is chosen
    page.keyboard.press("j")
    page.keyboard.press("p")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Space")
    page.keyboard.press("k")
    page.keyboard.press("p")
    page.keyboard.press("u")
    expect(done).to_have_text("已收甲;已取乙;已收甲;撤销;")
    page.keyboard.press("?")
    expect(page.get_by_text("都在这")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("jp/u")
    expect(page.get_by_label("找")).to_have_value("jp/u")
    expect(done).to_have_text("已收甲;已取乙;已收甲;撤销;")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+p")
    expect(done).to_have_text("已收甲;已取乙;已收甲;撤销;")


ROWS = """<h1>自提</h1>
<p class="vh" role="status" data-row-said="{name}，第 {n} 行，共 {all} 行"></p>
<ul data-keys>{% for n in "123" %}<li data-row="{{ n }}"><span data-row-name>3-50{{ n }}</span>
<a href="#beside" data-key="Enter">看 {{ n }}</a><button data-key=" ">已取 {{ n }}</button>
<button data-key="u">旧 {{ n }}</button><button data-key="u">新 {{ n }}</button></li>
{% endfor %}</ul>
<input aria-label="谁"><details data-key="?"><summary>快捷键</summary>
<button type="button" hidden data-keys-off data-on="打开快捷键" data-off="关掉快捷键"></button>
</details>
<output></output>"""


def test_a_chosen_row_is_said_shown_and_found_again(site):
    page = site.show(ROWS, "keys")
    page.evaluate(LOG)
    said, done = page.locator("[data-row-said]"), page.locator("output")
    for key in ("k", "j", "j", "j", "j"):
        page.keyboard.press(key)
    expect(said).to_have_text("3-503，第 3 行，共 3 行")
    page.keyboard.press("k")
    expect(said).to_have_text("3-502，第 2 行，共 3 行")
    row = page.locator("[data-row='2']")
    expect(row).to_be_focused()
    assert row.evaluate("node => getComputedStyle(node).outlineStyle") != "none"
    page.keyboard.press("u")
    page.keyboard.press("Enter")
    expect(done).to_have_text("新 2;看 2;")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="看 2")).to_be_focused()
    page.keyboard.press("Space")  # a link is not pressed by it, nor is the row's button
    expect(done).to_have_text("新 2;看 2;")
    page.reload()
    expect(row).to_be_focused()
    page.reload()  # found again once, not for good
    expect(row).not_to_be_focused()


def test_keys_can_be_turned_off_and_stay_off_while_typing(site):
    page = site.show(ROWS, "keys")
    page.keyboard.press("?")
    page.get_by_role("button", name="关掉快捷键").click()
    page.keyboard.press("j")
    expect(page.locator("[data-row-said]")).to_have_text("")
    page.reload()
    page.keyboard.press("j")
    expect(page.locator("[data-row-said]")).to_have_text("")
    page.locator("summary").click()
    page.get_by_role("button", name="打开快捷键").click()
    page.get_by_label("谁").focus()
    page.keyboard.type("jk?/")
    expect(page.get_by_label("谁")).to_have_value("jk?/")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(page.locator("[data-row-said]")).to_have_text("3-501，第 1 行，共 3 行")


def test_a_phone_has_no_keys(site):
    site.page.add_init_script(
        "window.matchMedia = () => ({ matches: false, addEventListener() {} })"
    )
    page = site.show(ROWS, "keys")
    page.keyboard.press("j")
    expect(page.locator("[data-row-said]")).to_have_text("")


def test_mistakes_get_the_focus(site):
    page = site.show("<h1>x</h1>{% errors form %}{% field form.phone %}", form=bad_form())
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_role("link", name="手机号要 11 位").click()
    expect(page.get_by_label("手机号")).to_be_focused()


def test_reading_aloud_shows_only_where_the_device_can_speak(site):
    main = "<h1>牛肉团</h1><p>今天截单</p><ul><li><b>牛腩</b> 38元</li></ul>"
    fake = """window.spoken = []; const speech = { speaking: false, pending: false,
      speak(u) { window.spoken.push(u.text); this.speaking = true },
      cancel() { this.speaking = false } };
      Object.defineProperty(window, 'speechSynthesis', { value: speech })"""
    site.page.add_init_script(fake)
    page = site.show(main, size="xl")
    button = page.get_by_role("button", name="读给我听")
    button.click()
    assert page.evaluate("window.spoken") == ["牛肉团", "今天截单", "牛腩 38元"]
    pressed = page.get_by_role("button", name="停", pressed=True)
    pressed.click()
    expect(button).to_have_attribute("aria-pressed", "false")


def test_a_device_that_cannot_speak_shows_no_button(site):
    site.page.add_init_script("delete window.SpeechSynthesisUtterance")
    page = site.show("<h1>牛肉团</h1>", size="xl")
    expect(page.locator("[data-read]")).to_be_hidden()
