"""Notices × ways: the one table of what leaves the app, and how (ux 5, S2).

The inbox gets every notice. A line here says what goes to phones and mailboxes besides, how long it
is of use, and how often it is told; the second table what the group's robot says. docs/notices.md
shows both, and a test compares.
"""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from groups.queries import robots
from merchants.queries import matrix as shops
from orders.queries import chat
from orders.queries import matrix as settling
from orders.queries.reminders import still_open, still_owes, still_waited_for
from reputation.queries import complaint_matrix as complaints
from reputation.queries import sanction_matrix as sanctions
from tuangou.core import matrix
from tuangou.core.matrix import DIGEST, NOW, GroupNews, Kind

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

KINDS = (
    # rounds
    Kind(
        "orders.round_opened",
        _("开团"),
        email=DIGEST,
        useful_until="cut_off_at",
        once_per="round",
        still=still_open,
    ),
    Kind(
        "orders.followed_opened",
        _("关注的商家开团"),
        email=NOW,
        useful_until="cut_off_at",
        once_per="round",
        still=still_open,
    ),
    Kind("orders.round_extended", _("延长截单"), useful_until="cut_off_at", once_per="round"),
    Kind("orders.last_call", _("快截单了"), useful_until="until", once_per="round, cut-off"),
    Kind(
        "orders.round_short",
        _("没到起团量，等团长"),
        email=NOW,
        useful_until="until",
        once_per="round",
    ),
    Kind("orders.round_confirmed", _("成团了"), email=NOW, once_per="round"),
    Kind("orders.round_failed", _("没成团"), email=NOW, useful_for=3 * DAY, once_per="round"),
    Kind(
        "orders.round_cancelled",
        _("团取消了"),
        sms=True,
        email=NOW,
        useful_for=3 * DAY,
        once_per="round",
    ),
    Kind(
        "orders.pay_now",
        _("截单，该付款了"),
        email=NOW,
        useful_for=36 * HOUR,
        once_per="round",
        still=still_owes,
    ),
    Kind(
        "orders.payment_due",
        _("12 小时还没付"),
        sms=True,
        useful_for=24 * HOUR,
        once_per="round",
        still=still_owes,
    ),
    Kind(
        "orders.round_arrived",
        _("到货"),
        sms=True,
        starred=True,
        useful_until="pickup_until",
        once_per="round",
        still=still_waited_for,
    ),
    Kind(
        "orders.not_collected",
        _("还没取"),
        sms=True,
        useful_until="pickup_until",
        once_per="round, window, call",
        still=still_waited_for,
    ),
    Kind(
        "orders.asked_after",
        _("第二天问一声"),
        email=DIGEST,
        useful_for=2 * DAY,
        once_per="round, day",
    ),
    # goods that come late, short, or are not handed out
    Kind("orders.delivery_announced", _("商家报了到货时间"), once_per="delivery, version"),
    Kind(
        "orders.delivery_late",
        _("要晚到"),
        sms=True,
        useful_until="arrives_until",
        once_per="delivery, version",
    ),
    Kind(
        "orders.said_short", _("商家说会少货"), email=NOW, useful_for=DAY, once_per="round, version"
    ),
    Kind("orders.order_short", _("少货"), sms=True, once_per="order, count"),
    Kind("orders.order_recounted", _("重新数过"), once_per="order, count"),
    Kind("orders.order_later", _("后来到了"), sms=True, once_per="order, car"),
    Kind("orders.to_share", _("等你定怎么分"), sms=True, useful_for=DAY, once_per="car"),
    Kind("orders.said_missing", _("帮手说缺货"), useful_for=DAY, once_per="order, quantity"),
    Kind("orders.shop_short", _("少货（商家）"), email=NOW, useful_for=3 * DAY, once_per="count"),
    Kind(
        "orders.goods_held", _("货先不发"), sms=True, starred=True, useful_for=DAY, once_per="hold"
    ),
    Kind(
        "orders.goods_released",
        _("货放行了"),
        sms=True,
        useful_until="pickup_until",
        once_per="hold",
    ),
    Kind(
        "orders.shop_goods_held",
        _("货先不发（商家）"),
        sms=True,
        email=NOW,
        useful_for=DAY,
        once_per="hold",
    ),
    Kind("orders.batch_asked", _("同一批的问一声"), email=NOW, once_per="batch"),
    Kind("orders.incident_found", _("一批货有问题"), sms=True, email=NOW, once_per="incident"),
    Kind(
        "orders.shop_incident", _("一批货有问题（商家）"), sms=True, email=NOW, once_per="incident"
    ),
    Kind(
        "orders.incident_stopped",
        _("先别取"),
        sms=True,
        starred=True,
        useful_for=DAY,
        once_per="incident",
    ),
    # orders and money
    Kind("orders.order_placed", _("邻居帮忙下单"), sms=True, useful_for=DAY, once_per="order"),
    Kind(
        "orders.order_amended", _("邻居改了单"), sms=True, useful_for=DAY, once_per="order, version"
    ),
    Kind("orders.order_cancelled", _("邻居取消了单"), sms=True, useful_for=DAY, once_per="order"),
    Kind("orders.order_missed", _("记成没取"), once_per="order"),
    Kind(
        "orders.waiting_served",
        _("候补轮到了"),
        sms=True,
        email=NOW,
        useful_until="cut_off_at",
        once_per="entry",
    ),
    Kind("orders.waiting_lapsed", _("候补没轮到"), once_per="round"),
    Kind("orders.waiting_taken_off", _("候补被拿掉"), email=NOW, once_per="entry"),
    Kind("orders.leftover_passed", _("没取的让给邻居"), email=NOW, once_per="order"),
    Kind("orders.leftover_kept", _("没取的先留着"), email=NOW, once_per="order, decision"),
    Kind("orders.leftover_returned", _("没取的退回商家"), email=NOW, once_per="order"),
    Kind("orders.leftover_yours", _("没人取的归你"), sms=True, once_per="order"),
    Kind("orders.payment_received", _("收到付款"), once_per="payment"),
    Kind("orders.payment_undone", _("收款撤销"), once_per="payment"),
    Kind(
        "orders.payment_paid_back",
        _("退款"),
        sms=True,
        email=NOW,
        useful_for=3 * DAY,
        once_per="payment",
    ),
    # returns
    Kind(
        "orders.return_requested",
        _("要退货"),
        sms=True,
        email=NOW,
        useful_for=3 * DAY,
        once_per="return",
    ),
    Kind(
        "orders.shop_return_requested",
        _("要退货（商家）"),
        sms=True,
        email=NOW,
        useful_for=3 * DAY,
        once_per="return",
    ),
    Kind(
        "orders.return_accepted",
        _("退货同意了"),
        email=NOW,
        useful_for=3 * DAY,
        once_per="return, step",
    ),
    Kind(
        "orders.return_rejected",
        _("退货没同意"),
        email=NOW,
        useful_for=3 * DAY,
        once_per="return, step",
    ),
    Kind(
        "orders.return_refunded",
        _("退货退款"),
        sms=True,
        email=NOW,
        useful_for=3 * DAY,
        once_per="return, step",
    ),
    Kind(
        "orders.return_reopened",
        _("退款撤销"),
        email=NOW,
        useful_for=3 * DAY,
        once_per="return, step",
    ),
    Kind("orders.return_withdrawn", _("退货撤回"), once_per="return"),
    Kind("orders.shop_return_withdrawn", _("退货撤回（商家）"), once_per="return"),
    Kind(
        "orders.return_answered",
        _("商家答复了退货"),
        email=NOW,
        useful_for=3 * DAY,
        once_per="return, step",
    ),
    Kind(
        "orders.return_credited", _("先记上退款"), email=NOW, useful_for=3 * DAY, once_per="return"
    ),
    Kind(
        "orders.shop_return_decided",
        _("退货定了（商家）"),
        email=NOW,
        useful_for=3 * DAY,
        once_per="return, step",
    ),
    Kind(
        "orders.return_answer_late",
        _("商家没答复退货"),
        sms=True,
        email=NOW,
        useful_for=DAY,
        once_per="return, hours",
    ),
    Kind(
        "orders.shop_answer_late",
        _("还没答复退货（商家）"),
        sms=True,
        email=NOW,
        useful_for=DAY,
        once_per="return, hours",
    ),
    Kind(
        "orders.return_decision_late",
        _("退货还没决定"),
        sms=True,
        email=NOW,
        useful_for=DAY,
        once_per="return, hours",
    ),
    # merchants
    Kind(
        "orders.shop_confirmed",
        _("备货单（商家）"),
        sms=True,
        email=NOW,
        useful_until="pickup_from",
        once_per="round",
    ),
    *shops.KINDS,
    *settling.KINDS,
    *sanctions.KINDS,
    *complaints.KINDS,
    # the group and its people
    Kind(
        "groups.announcement_published",
        _("公告"),
        email=DIGEST,
        useful_for=3 * DAY,
        once_per="announcement",
    ),
    Kind(
        "orders.summary_published",
        _("每月账本"),
        email=DIGEST,
        useful_for=7 * DAY,
        once_per="month",
    ),
    Kind(
        "groups.membership_asked",
        _("有人要进群"),
        email=DIGEST,
        useful_for=7 * DAY,
        once_per="person",
    ),
    Kind(
        "groups.household_asked",
        _("家人要进群"),
        email=DIGEST,
        useful_for=7 * DAY,
        once_per="person",
    ),
    Kind(
        "groups.membership_activated",
        _("进群了"),
        email=DIGEST,
        useful_for=7 * DAY,
        once_per="person",
    ),
    Kind(
        "groups.membership_queued",
        _("排队进群"),
        email=DIGEST,
        useful_for=7 * DAY,
        once_per="person",
    ),
    Kind(
        "groups.membership_rejected",
        _("没进成群"),
        email=DIGEST,
        useful_for=7 * DAY,
        once_per="person",
    ),
    Kind("groups.door_asked", _("要改房号"), email=DIGEST, useful_for=7 * DAY, once_per="wish"),
    Kind("groups.door_moved", _("房号改了"), once_per="move"),
    # accounts: never muted, never waiting
    Kind(
        "core.signed_in", _("新设备登录"), sms=True, email=NOW, useful_for=DAY, once_per="session"
    ),
    Kind("core.phone_changed", _("换手机号"), email=NOW, useful_for=3 * DAY, once_per="change"),
    Kind("groups.login_link_made", _("登录链接"), sms=True, useful_for=DAY, once_per="link"),
    Kind("account.export_ready", _("数据打包好了"), email=NOW, useful_for=DAY, once_per="export"),
)

GROUP_NEWS = (
    GroupNews("robot.connected", _("机器人接通"), robots.hello),
    GroupNews("round.opened", _("开团"), chat.opened),
    GroupNews("round.extended", _("延长截单"), chat.opened),
    GroupNews("round.last_call", _("快截单了"), chat.last_call, 2 * HOUR),
    GroupNews("round.confirmed", _("截单，该付款了"), chat.confirmed),
    GroupNews("round.failed", _("没成团"), chat.ended),
    GroupNews("round.cancelled", _("团取消了"), chat.ended),
    GroupNews("round.arrived", _("到货"), chat.arrived, 4 * HOUR),
    GroupNews("round.shared_out", _("少货"), chat.short, 4 * HOUR),
    GroupNews("hold.placed", _("货先不发"), chat.held, 4 * HOUR),
    GroupNews("hold.released", _("货放行了"), chat.released, 4 * HOUR),
    GroupNews("delivery.announced", _("商家报了到货时间"), chat.announced),
    GroupNews("round.not_collected", _("还没取"), chat.not_collected, HOUR),
    GroupNews("round.asked_after", _("第二天问一声"), chat.asked_after, 4 * HOUR),
)


def connect() -> None:
    """Called once when Django is ready."""
    matrix.register(KINDS, GROUP_NEWS)
