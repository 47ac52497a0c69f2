"""What the states of things look like: shape, icon and word. Words are those of the models."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

Word = str | Promise
# kind of thing → state → (class of the chip, icon, word)
CHIPS: dict[str, dict[str, tuple[str, str, Word]]] = {
    "payment": {
        "unpaid": ("due", "clock", gettext_lazy("未付")),
        "claimed": ("said", "speech", gettext_lazy("说已付")),
        "paid": ("paid", "check", gettext_lazy("已收")),
        "part": ("due", "yen", gettext_lazy("部分付")),
        "over": ("said", "refund", gettext_lazy("多付")),
        "refunded": ("back", "refund", gettext_lazy("已退款")),
        "received": ("paid", "check", gettext_lazy("已收")),
        "withdrawn": ("", "undo", gettext_lazy("收回")),
        "undone": ("", "undo", gettext_lazy("已撤销")),
        "nothing": ("", "check", gettext_lazy("不用付")),
    },
    "order": {
        "placed": ("", "bag", gettext_lazy("未取")),
        "collected": ("ok", "check", gettext_lazy("已取")),
        "partly": ("due", "bag", gettext_lazy("取了一部分")),
        "missed": ("back", "cross", gettext_lazy("没取")),
        "cancelled": ("", "stop", gettext_lazy("已取消")),
    },
    "round": {
        "draft": ("", "pen", gettext_lazy("草稿")),
        "open": ("ok", "bowl", gettext_lazy("跟团中")),
        "paused": ("due", "pause", gettext_lazy("暂停")),
        "closed": ("", "clock", gettext_lazy("已截单")),
        "confirmed": ("ok", "check", gettext_lazy("已成团")),
        "failed": ("", "stop", gettext_lazy("没成团")),
        "arrived": ("ok", "box", gettext_lazy("已到货")),
        "completed": ("ok", "check", gettext_lazy("已结团")),
        "settled": ("", "slip", gettext_lazy("已结算")),
        "cancelled": ("back", "stop", gettext_lazy("已取消")),
    },
    "settlement": {
        "drawn": ("due", "clock", gettext_lazy("等确认")),
        "objected": ("back", "warn", gettext_lazy("有异议")),
        "unpaid": ("due", "yen", gettext_lazy("已确认，没转完")),
        "paid": ("ok", "check", gettext_lazy("已结清")),
    },
    "return": {
        "requested": ("due", "clock", gettext_lazy("等团长决定")),
        "accepted": ("ok", "check", gettext_lazy("同意退")),
        "rejected": ("back", "cross", gettext_lazy("没同意")),
        "withdrawn": ("", "undo", gettext_lazy("已撤回")),
        "refunded": ("ok", "refund", gettext_lazy("已退款")),
    },
    "complaint": {
        "open": ("due", "clock", gettext_lazy("等答复")),
        "answered": ("said", "speech", gettext_lazy("在商量")),
        "settled": ("ok", "check", gettext_lazy("谈妥了")),
        "withdrawn": ("", "undo", gettext_lazy("已撤回")),
        "ruled": ("paid", "slip", gettext_lazy("有裁定")),
        "appealed": ("due", "warn", gettext_lazy("申诉中")),
        "reviewed": ("paid", "check", gettext_lazy("复议完了")),
    },
    "outgoing": {
        "waiting": ("due", "clock", gettext_lazy("等着发")),
        "sent": ("ok", "check", gettext_lazy("发出了")),
        "failed": ("back", "cross", gettext_lazy("没发成")),
        "lapsed": ("", "stop", gettext_lazy("过时了，没发")),
        "muted": ("", "pause", gettext_lazy("本人不收")),
        "over": ("", "stop", gettext_lazy("超了限量")),
        "cancelled": ("", "undo", gettext_lazy("撤了")),
    },
    "application": {
        "draft": ("", "pen", gettext_lazy("草稿")),
        "submitted": ("said", "file", gettext_lazy("已提交")),
        "in_review": ("said", "eye", gettext_lazy("审核中")),
        "approved": ("ok", "check", gettext_lazy("已通过")),
        "changes_asked": ("due", "pen", gettext_lazy("要补材料")),
        "rejected": ("back", "cross", gettext_lazy("未通过")),
        "suspended": ("back", "pause", gettext_lazy("停团")),
        "exited": ("", "stop", gettext_lazy("已退出")),
    },
    "membership": {
        "pending": ("due", "clock", gettext_lazy("等团长核对")),
        "active": ("ok", "check", gettext_lazy("群友")),
        "left": ("", "undo", gettext_lazy("已退群")),
        "removed": ("back", "cross", gettext_lazy("已移出")),
    },
    "invitation": {
        "open": ("said", "link", gettext_lazy("可以用")),
        "used": ("ok", "check", gettext_lazy("用过了")),
        "revoked": ("", "undo", gettext_lazy("收回了")),
        "expired": ("", "clock", gettext_lazy("过期了")),
    },
    "sanction": {
        "in_force": ("back", "warn", gettext_lazy("生效中")),
        "over": ("", "clock", gettext_lazy("到期了")),
        "lifted": ("ok", "undo", gettext_lazy("解除了")),
    },
    "merchant_day": {
        "asked": ("due", "clock", gettext_lazy("等团长回")),
        "confirmed": ("ok", "check", gettext_lazy("留好了")),
        "declined": ("back", "cross", gettext_lazy("没留")),
        "withdrawn": ("", "stop", gettext_lazy("不要了")),
        "over": ("", "clock", gettext_lazy("过了")),
    },
    "document": {
        "valid": ("ok", "check", gettext_lazy("有效")),
        "expiring": ("due", "clock", gettext_lazy("快到期")),
        "expired": ("back", "cross", gettext_lazy("已过期")),
        "coming": ("due", "clock", gettext_lazy("还没生效")),
    },
}
# band of a merchant's standing → (icon, word)
BADGES: dict[str, tuple[str, Word]] = {
    "good": ("shield-check", gettext_lazy("良好")),
    "fair": ("shield", gettext_lazy("一般")),
    "watch": ("eye", gettext_lazy("观察")),
    "stop": ("pause", gettext_lazy("停团")),
    "new": ("sprout", gettext_lazy("新")),
}
