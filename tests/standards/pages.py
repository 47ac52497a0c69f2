"""Every type of page: who looks, where, and what she does before it is looked at."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse

from tests.journeys.people import Person
from tests.journeys.village import Village


@dataclass(frozen=True)
class Sort:
    """A type of page: who looks, where, and what she does before it is looked at."""

    who: str
    name: str
    args: tuple[str, ...] = ()
    query: str = ""
    act: Callable[[Person], None] | None = None
    status: int = 200
    says: bool = True  # whether the act leads to a sentence at the top

    def path(self, village: Village) -> str:
        if self.name.startswith("/"):
            return self.name + self.query
        first = [village.slug] if ":" in self.name else []
        args = [*first, *(village.ids[arg] for arg in self.args)]
        query = self.query.format(**village.ids)
        return reverse(self.name, args=args) + query


def place_nothing(person: Person) -> None:
    person.go("提交订单" if person.page.locator("html[lang=zh-Hans]").count() else "Place order")


def open_without_date(person: Person) -> None:
    person.page.locator("[name=cut_off_date]").fill("")
    person.page.locator("[name=title]").fill("")
    person.go(person.page.locator("[name=open]"))


def count_too_few(person: Person) -> None:
    """One less came than was ordered: who gets how much, before anything is written."""
    box = person.page.locator("[name^=offer_]").first
    box.fill(f"{max(float(box.input_value()) - 1, 0):g}")
    person.go(person.page.locator("main form button").last)


def post_empty(person: Person) -> None:
    person.page.locator("[name=address]").fill("")
    person.go(person.page.locator("main form:has([name=address]) button"))


def join_with_nothing(person: Person) -> None:
    person.go(person.page.locator("[name=join]"))


def key_in_nothing(person: Person) -> None:
    person.go(person.page.locator("main form button").last)


def decide_nothing(person: Person) -> None:
    person.go(person.page.locator("main form button").last)


def look_at_doors(person: Person) -> None:
    person.go(person.page.locator("main form button").last)


def press_something_over(village: Village) -> Callable[[Person], None]:
    """A button of a page that stayed open too long."""

    def act(person: Person) -> None:
        address = reverse("orders:round-close", args=[village.slug, village.ids["cancelled"]])
        with person.page.expect_navigation():
            person.page.evaluate(
                """(address) => { const form = document.querySelector('header form');
                form.action = address; form.submit(); }""",
                address,
            )

    return act


MAIN = {
    "home": Sort("member", "orders:home"),
    "round": Sort("member", "orders:round", ("open",)),
    "my orders": Sort("member", "orders:my-orders"),
    "order": Sort("member", "orders:order", ("waiting_order",)),
    "open a round": Sort("initiator", "orders:round-new", (), "?merchant={merchant_id}&copy=last"),
    "payments": Sort("initiator", "orders:payments", ("arrived",)),
    "desk": Sort("initiator", "orders:desk", ("arrived",), "?show=all"),
    "summary": Sort("member", "orders:summary"),
    "landing": Sort("nobody", "home"),
    "merchant": Sort("member", "merchants:merchant", ("merchant_id",)),
    "console": Sort("initiator", "orders:console"),
    "settings of a person": Sort("member", "settings"),
}

ALL = MAIN | {
    "landing, no link": Sort("nobody", "home", (), "?link=x", status=422),
    "offline": Sort("nobody", "offline"),
    "sign in": Sort("nobody", "account_login"),
    "help before signing in": Sort("nobody", "help"),
    "start, in no group": Sort("newcomer", "home"),
    "round, officer's draft": Sort("initiator", "orders:round", ("draft",)),
    "round over": Sort("member", "orders:round", ("arrived",)),
    "round cancelled": Sort("member", "orders:round", ("cancelled",)),
    "order form with errors": Sort("member", "orders:round", ("open",), "", place_nothing, 422),
    "order, new": Sort("member", "orders:order", ("open_order",), "?new=1"),
    "order, fetched": Sort("member", "orders:order", ("collected_order",)),
    "call me when there is some": Sort(
        "member", "orders:waiting-offer", ("open", "sold_out"), "?q=2"
    ),
    "my place in line": Sort("initiator", "orders:waiting-offer", ("open", "sold_out")),
    "who waits": Sort("initiator", "orders:waiting", ("open",)),
    "amend": Sort("member", "orders:order-amend", ("open_order",)),
    "cancel": Sort("member", "orders:order-cancel", ("open_order",)),
    "neighbours": Sort("member", "orders:neighbours", ("open",)),
    "neighbours, found": Sort("initiator", "orders:neighbours", ("open",), "?q=3-1"),
    "order for a neighbour": Sort("member", "orders:round", ("open",), "?for={granny}"),
    "order for a neighbour, errors": Sort(
        "member", "orders:round", ("open",), "?for={granny}", place_nothing, 422
    ),
    "order, for a neighbour": Sort("member", "orders:order", ("proxy_order",), "?new=1"),
    "who orders for me": Sort("member", "orders:proxies"),
    "slip to print": Sort("initiator", "orders:slip", ("open",)),
    "slips to key in": Sort("initiator", "orders:slip-new", ("open",)),
    "announcements": Sort("initiator", "groups:announcements"),
    "announcement": Sort("initiator", "groups:announcement", ("announcement",)),
    "announcement, new": Sort("initiator", "groups:announcement-new"),
    "payments, one beside": Sort(
        "initiator", "orders:payments", ("arrived",), "?order={waiting_order}"
    ),
    "statement": Sort("member", "orders:statement"),
    "postings": Sort("member", "orders:order-postings", ("collected_order",)),
    "books": Sort("initiator", "orders:books"),
    "settlements": Sort("initiator", "orders:settlements"),
    "settlement, before": Sort("initiator", "orders:settlement", ("completed",)),
    "settlement, doubted": Sort("initiator", "orders:settlement", ("drawn",)),
    "settlement, to the shop": Sort("shop", "orders:settlement", ("drawn",)),
    "settlement, settled": Sort("initiator", "orders:settlement", ("settled",)),
    "settlement, to members": Sort("member", "orders:settlement", ("settled",)),
    "settlements, to the shop": Sort("shop", "orders:shop-settlements", ("merchant_id",)),
    "postings of a settlement": Sort("shop", "orders:settlement-postings", ("settled",)),
    "postings of a round": Sort("initiator", "orders:round-postings", ("arrived",)),
    "choose merchant": Sort("initiator", "orders:round-new"),
    "open a round, errors": Sort(
        "initiator", "orders:round-new", (), "?merchant={merchant_id}", open_without_date, 422
    ),
    "draft": Sort("initiator", "orders:round-edit", ("draft",)),
    "manage, open": Sort("initiator", "orders:round-manage", ("open",)),
    "manage, missed its minimum": Sort("initiator", "orders:round-manage", ("closed",)),
    "manage, arrived": Sort("initiator", "orders:round-manage", ("arrived",)),
    "cancel a round": Sort("initiator", "orders:round-cancel", ("arrived",)),
    "arrival": Sort("initiator", "orders:arrival", ("confirmed",)),
    "arrival, shared out": Sort(
        "initiator", "orders:arrival", ("confirmed",), "", count_too_few, 200
    ),
    "goods on their way": Sort("initiator", "orders:delivery-announce", ("confirmed",)),
    "delivery": Sort("member", "orders:delivery", ("arrived",)),
    "delivery, for an officer": Sort("initiator", "orders:delivery", ("arrived",)),
    "delivery, photos": Sort("initiator", "orders:delivery-photos", ("arrived",)),
    "inspection": Sort("initiator", "orders:inspection", ("arrived",)),
    "scan": Sort("initiator", "orders:scan", ("arrived",)),
    "desk, one beside": Sort("initiator", "orders:desk", ("arrived",), "?order={waiting_order}"),
    "from door to door": Sort("initiator", "orders:doors", ("arrived",)),
    "pick-up list to key in": Sort("initiator", "orders:keyed", ("arrived",)),
    "pick-up list, nothing ticked": Sort(
        "initiator", "orders:keyed", ("arrived",), "", key_in_nothing, 422
    ),
    "helpers": Sort("initiator", "orders:helpers", ("arrived",)),
    "helper's list": Sort("nobody", "helper", ("helper",)),
    "helper, arrival": Sort("nobody", "helper-arrival", ("helper",)),
    "helper, photos": Sort("nobody", "helper-photos", ("helper",)),
    "arrival, another car": Sort("initiator", "orders:arrival-later", ("arrived",)),
    "not fetched": Sort("initiator", "orders:leftovers", ("arrived",)),
    "not fetched, what now": Sort("initiator", "orders:leftover", ("waiting_order",)),
    "not fetched, errors": Sort(
        "initiator", "orders:leftover", ("waiting_order",), "", decide_nothing, 422
    ),
    "returns": Sort("initiator", "orders:returns"),
    "return to decide": Sort("initiator", "orders:return", ("return_id",)),
    "return, granted": Sort("member", "orders:return", ("granted_return",)),
    "returns in numbers": Sort("member", "orders:return-report"),
    "returns of a shop": Sort("initiator", "orders:return-report", (), "?merchant={merchant_id}"),
    "same batch": Sort("member", "orders:question", ("question_id",)),
    "returns, to the shop": Sort("shop", "orders:shop-returns", ("merchant_id",)),
    "shop, today": Sort("shop", "portal", ("merchant_id",)),
    "shop's people": Sort("shop", "staff", ("merchant_id",)),
    "helper sent away": Sort("shop", "staff-remove", ("merchant_id", "staff_id")),
    "shop handed on": Sort("shop", "staff-hand-on", ("merchant_id", "staff_id")),
    "link for a helper": Sort("nobody", "staff-link", ("staff_link",)),
    "link for a helper, dead": Sort("nobody", "/k/aaaaaaaaaaaaaaaaaaaaaaaa/", status=404),
    "what will be short": Sort("shop", "orders:shortage-announce", ("to_the_door",)),
    "doors, before the look": Sort("shop", "orders:shop-doors", ("to_the_door",)),
    "doors, looked at": Sort(
        "shop", "orders:shop-doors", ("to_the_door",), "", look_at_doors, says=False
    ),
    "how to pack, answer, photograph": Sort("nobody", "shop-guide"),
    "return, to the shop": Sort("shop", "orders:shop-return", ("return_id",)),
    "return, new": Sort("member", "orders:return-new", ("collected_order",)),
    "members": Sort("initiator", "orders:members"),
    "merchants": Sort("member", "merchants:list"),
    "merchant, by its owner": Sort("shop", "merchants:merchant", ("merchant_id",)),
    "application": Sort("initiator", "merchants:application", ("reviewed_merchant",)),
    "apply": Sort("member", "merchants:apply"),
    "links for shops": Sort("initiator", "merchants:shop-links"),
    "link for a shop": Sort("nobody", "shop-link", ("shop_link",)),
    "link for a shop, dead": Sort("nobody", "/s/aaaaaaaaaaaaaaaaaaaaaaaa/", status=404),
    "shop's goods": Sort("shop", "merchants:goods", ("merchant_id",)),
    "shop's goods from a sheet": Sort("shop", "merchants:goods-sheet", ("merchant_id",)),
    "shop's promises": Sort("shop", "merchants:promises", ("merchant_id",)),
    "shop, check and send": Sort("shop", "merchants:check", ("merchant_id",)),
    "shop, half way": Sort("new shop", "merchants:application", ("draft_merchant",)),
    "papers, half way": Sort("new shop", "merchants:documents", ("draft_merchant",)),
    "agreement": Sort("member", "merchants:agreement", ("merchant_id",)),
    "agreement to sign": Sort("shop", "merchants:agreement", ("merchant_id",)),
    "agreement, new": Sort("initiator", "merchants:agreement-new", ("merchant_id",)),
    "agreement, declined": Sort("shop", "merchants:agreement-decline", ("merchant_id",)),
    "agreement on paper": Sort("initiator", "merchants:agreement-paper", ("paper_merchant",)),
    "merchant days": Sort("initiator", "orders:days"),
    "merchant day, answer": Sort("initiator", "orders:day-answer", ("merchant_day",)),
    "shop's days": Sort("shop", "orders:shop-days", ("merchant_id",)),
    "rate what was fetched": Sort("member", "reputation:rate", ("collected_order",)),
    "said of a round": Sort("member", "reputation:round-said", ("arrived",)),
    "ratings of a shop": Sort("member", "reputation:merchant-ratings", ("merchant_id",)),
    "answer a rating": Sort("shop", "reputation:rating-answer", ("merchant_id", "rating_id")),
    "ratings to look at twice": Sort("initiator", "reputation:rating-flags"),
    "hide a comment": Sort("initiator", "reputation:comment-hide", ("comment_id",)),
    "words for ratings": Sort("initiator", "reputation:words"),
    "words for ratings, edit": Sort("initiator", "reputation:words-edit", ("category",)),
    "complaints": Sort("member", "reputation:complaints"),
    "complain": Sort("member", "reputation:complaint-new"),
    "complaint": Sort("member", "reputation:complaint", ("complaint_id",)),
    "complaint, answer": Sort("shop", "reputation:complaint-answer", ("complaint_id",)),
    "complaint, rule": Sort("initiator", "reputation:complaint-rule", ("complaint_id",)),
    "sanctions in the group": Sort("member", "reputation:sanction-list"),
    "sanctions of a shop": Sort("initiator", "reputation:sanctions", ("merchant_id",)),
    "sanction, new": Sort(
        "initiator",
        "reputation:sanction-new",
        ("merchant_id",),
        "?proposal={sanction_proposal_id}",
    ),
    "sanction, appealed": Sort(
        "shop", "reputation:sanction-appeal", ("merchant_id", "sanction_id")
    ),
    "sanction, judged": Sort("member", "reputation:sanction-vote", ("merchant_id", "sanction_id")),
    "consequences": Sort("member", "reputation:round-consequences", ("open",)),
    "consequences, edit": Sort("initiator", "reputation:consequences-edit"),
    "ledger of reputation": Sort("member", "reputation:ledger"),
    "standing of a shop": Sort("member", "reputation:merchant-standing", ("merchant_id",)),
    "standing of the initiator": Sort("member", "reputation:initiator-standing"),
    "after answers": Sort("initiator", "reputation:effects"),
    "chain of trust": Sort("member", "reputation:item-chain", ("merchant_id", "item_id")),
    "vetting": Sort("initiator", "merchants:vetting", ("reviewed_merchant",)),
    "vetting, to a member": Sort("member", "merchants:vetting", ("merchant_id",)),
    "vetting, a line": Sort(
        "initiator", "merchants:line-check", ("reviewed_merchant", "checklist_line_id")
    ),
    "checklist": Sort("initiator", "merchants:checklist"),
    "papers": Sort("shop", "merchants:documents", ("merchant_id",)),
    "paper, new": Sort("shop", "merchants:document-new", ("merchant_id", "paper")),
    "witness": Sort("member", "merchants:witness-new", ("merchant_id", "item_id")),
    "price of a thing": Sort("member", "merchants:prices", ("merchant_id", "item_id")),
    "price, whose is right": Sort(
        "initiator", "merchants:price-ruling", ("merchant_id", "price_witness_id")
    ),
    "shops we would like": Sort("initiator", "merchants:proposals"),
    "propose a shop": Sort("member", "merchants:proposal-new"),
    "propose a shop, errors": Sort("member", "merchants:proposal-new", (), "", decide_nothing, 422),
    "proposal, declined": Sort("initiator", "merchants:proposal-decline", ("proposal_id",)),
    "merchants of the month": Sort("member", "merchants:month"),
    "ask a shop": Sort("member", "merchants:question-new", ("merchant_id",)),
    "answer a neighbour": Sort(
        "shop", "merchants:question-answer", ("merchant_id", "merchant_question_id")
    ),
    "question, off the page": Sort(
        "initiator", "merchants:question-hide", ("merchant_id", "merchant_question_id")
    ),
    "item": Sort("shop", "merchants:item-edit", ("merchant_id", "item_id")),
    "settings of a group": Sort("initiator", "groups:settings"),
    "robot": Sort("initiator", "groups:robot"),
    "robot, errors": Sort("initiator", "groups:robot", (), "", post_empty, 422),
    "what was told": Sort("initiator", "orders:told"),
    "what was told of a round": Sort("initiator", "orders:round-told", ("arrived",)),
    "link in a message": Sort("nobody", "told", ("told",)),
    "mailbox": Sort("member", "mailbox"),
    "mailbox, errors": Sort("member", "mailbox", (), "", post_empty, 422),
    "mailbox, not yet confirmed": Sort("initiator", "mailbox"),
    "mailbox, from the mail": Sort("nobody", "mailbox-confirm", ("mailbox_token",)),
    "rules": Sort("initiator", "groups:rules"),
    "notice": Sort("initiator", "groups:notice"),
    "me": Sort("member", "groups:me"),
    "leave": Sort("member", "groups:leave"),
    "join": Sort("nobody", "invitation", ("invitation",)),
    "join, errors": Sort("nobody", "invitation", ("invitation",), "", join_with_nothing, 422),
    "join, dead link": Sort("nobody", "/i/AAAAAAAAAAAAAAAAAAAAAA/", status=404),
    "waiting": Sort("waiting", "groups:waiting"),
    "invitations": Sort("member", "groups:invitations"),
    "who wants to come in": Sort("initiator", "groups:joining"),
    "neighbour": Sort("initiator", "groups:member", ("neighbour_id",)),
    "remove a neighbour": Sort("initiator", "groups:member-remove", ("neighbour_id",)),
    "house rules": Sort("member", "groups:house-rules"),
    "house rules, next": Sort("initiator", "groups:house-rules-edit"),
    "what I agreed to": Sort("member", "groups:consents"),
    "found 1": Sort("newcomer", "found"),
    "found 2": Sort("newcomer", "found-buildings"),
    "found 3": Sort("newcomer", "found-rules"),
    "first day": Sort("initiator", "groups:start"),
    "help": Sort("member", "groups:help"),
    "inbox": Sort("member", "groups:notices"),
    "display": Sort("nobody", "display"),
    "change password": Sort("member", "account_change_password"),
    "sign out": Sort("member", "account_logout"),
    "month": Sort("member", "orders:summary-month", ("month",)),
    "merchant's months": Sort("member", "orders:summary-merchant", ("merchant_id",)),
    "not there": Sort("member", "/g/nowhere/", status=404),
    "not allowed": Sort("member", "orders:console", status=403),
}


CHINESE = re.compile(r"[\u3400-\u9fff]+")
# Names and data of the village; 张* is a name as neighbours see it, and a language is called by its
# own name.
NAMES = """切得真好 孩子爱吃 炖了一锅 炖了两个钟头还是咬不动 跟这个团没关系
下次送一 退一半 连着两次晚到 那天车坏在路上 简体中文 小雨 林小雨 小\\* 按时取货 截单前能改能取消
梧桐里美食群 梧桐里 按群规 周六两点发货，麻烦大家在群里报一下几点来取。 马老板
老马家牛肉铺 周日蔬菜团 周六牛肉团 周五豆腐团 中秋大闸蟹团 下周牛肉团 周三水果团 果园下雨，摘不了
看过了，只是外皮颜色深 三栋小李 断货
切小块，分两袋装 阿婆馄饨 长宁路店 李奶奶 李\\* 周六发货改到下午三点 早来的先等等。
欧阳长河 张三 王芳 子怡 老周 路人 有点酸 退一部分 阿芳豆腐坊 江边水产 有限公司
牛腩 牛舌 手打牛筋丸（冷冻，保质期三个月） 切块，约 克一份 架空层 周六早上现杀。
周三牛腩团 单上只有 送了 微信 要切块的写在备注里。 商家\\d+ 栋 斤 张\\* 王\\* 欧\\* 子\\* 老\\*"""
DATA = re.compile("|".join(sorted(NAMES.split(), key=len, reverse=True)))


def chinese(words: list[str]) -> list[str]:
    return [found for text in words for found in CHINESE.findall(DATA.sub("", text))]
