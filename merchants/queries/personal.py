"""What shops hold about one person: where she works, which prices she saw."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from merchants.models import Document, LineCheck, MerchantStaff, PriceWitness, StaffRole
from merchants.queries.said import said_holdings
from merchants.queries.signed import signed_holdings
from tuangou.core.personal import Column, Holding, Obstacle


def holdings(user_id: int) -> list[Holding]:
    return [
        _staff(user_id),
        _papers(user_id),
        _checked(user_id),
        _witnessed(user_id),
        *said_holdings(user_id),
        *signed_holdings(user_id),
    ]


def obstacles(user_id: int) -> list[Obstacle]:
    """A shop keeps its owner until another one is written down."""
    owned = MerchantStaff.objects.filter(user_id=user_id, role=StaffRole.OWNER)
    return [
        Obstacle(
            _("你是「%(shop)s」的店主。先把店交给一个店员，再注销")
            % {"shop": staff.merchant.brand},
            reverse("staff", args=[staff.merchant_id]),
            _("店里的人"),
        )
        for staff in owned.select_related("merchant").order_by("pk")
    ]


def _staff(user_id: int) -> Holding:
    rows = [
        {"shop": s.merchant.brand, "role": s.role, "said": str(s.get_role_display())}
        for s in MerchantStaff.objects.filter(user_id=user_id).select_related("merchant")
    ]
    return Holding(
        "shops",
        gettext_lazy("在店里"),
        gettext_lazy("店主和团长看得到。"),
        rows,
        (Column("shop", gettext_lazy("商家")), Column("said", gettext_lazy("身份"))),
    )


def _papers(user_id: int) -> Holding:
    sent = Document.objects.filter(added_by_id=user_id).select_related("merchant")
    rows = [
        {
            "shop": d.merchant.brand,
            "said": str(d.get_kind_display()),
            "number": d.number,
            "added_at": d.added_at,
        }
        for d in sent.defer("copy_hashes").order_by("-pk")
    ]
    return Holding(
        "shop_papers",
        gettext_lazy("替店里传的证件"),
        gettext_lazy("店里的人和收到申请的团长看得到。证件是店的，注销后看不出是谁传的。"),
        rows,
        (
            Column("shop", gettext_lazy("商家")),
            Column("said", gettext_lazy("证件")),
            Column("added_at", gettext_lazy("时间"), "time"),
        ),
    )


def _checked(user_id: int) -> Holding:
    related = ("line", "application__merchant")
    looked = LineCheck.objects.filter(checked_by__user_id=user_id).select_related(*related)
    rows = [
        {
            "shop": c.application.merchant.brand,
            "line": c.line.words,
            "passed": c.passed,
            "note": c.note,
            "checked_at": c.checked_at,
        }
        for c in looked.order_by("-pk")
    ]
    return Holding(
        "shop_checks",
        gettext_lazy("审核商家时看过的"),
        gettext_lazy("群里的人看得到是谁看的；说明只有店里和团长看得到。注销后说明清空。"),
        rows,
        (
            Column("shop", gettext_lazy("商家")),
            Column("line", gettext_lazy("核对什么")),
            Column("checked_at", gettext_lazy("时间"), "time"),
        ),
    )


def _witnessed(user_id: int) -> Holding:
    seen = PriceWitness.objects.filter(witness__user_id=user_id).select_related("item")
    rows = [
        {"item": w.item.name, "price_fen": w.price_fen, "place": w.place, "seen_at": w.seen_at}
        for w in seen.order_by("-pk")
    ]
    return Holding(
        "price_witnesses",
        gettext_lazy("作证看到的店价"),
        gettext_lazy("群里的人看得到是哪栋的邻居。注销后价格留着，看不出是谁。"),
        rows,
        (
            Column("item", gettext_lazy("货品")),
            Column("price_fen", gettext_lazy("店价"), "fen"),
            Column("place", gettext_lazy("在哪看到")),
            Column("seen_at", gettext_lazy("时间"), "time"),
        ),
    )
