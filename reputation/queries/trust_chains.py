"""The chain of trust from a neighbour to what she buys: each link a fact with its evidence (R10).

Neighbour – who brought her – initiator – merchant – goods – what neighbours lived through – she
herself. What is not there is shown as missing, never left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from groups.models import Group, Joining, Mandate, MandateOrigin, Membership
from merchants.models import Application, ApplicationStatus, Item
from merchants.queries.agreements import of_merchant
from merchants.queries.documents import documents_of
from merchants.queries.items import ItemCard, claim_on, process_of, with_claims, with_process
from merchants.queries.vetting import vetting_of
from orders.models import COUNTED, Order, OrderStatus
from orders.queries.merchants import record_of
from orders.queries.summaries import items_of
from reputation.models import Kind, Subject
from reputation.queries.formula import YEAR
from reputation.queries.standings import entries_about, mandate_in_office
from tuangou.core.templatetags.times import day, month

HAD = (OrderStatus.COLLECTED, OrderStatus.PARTLY_COLLECTED)


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that carries a link, in a sentence; `url` opens what proves it, "" where there is
    nothing to open. `holds` False: it is missing."""

    text: str
    url: str = ""
    holds: bool = True


@dataclass(frozen=True, slots=True)
class Link:
    """`tie`: by what it hangs on the one before; `holds` False: this link is missing. `next_tie`
    and `breaks`: how the next one hangs on this one."""

    key: str
    icon: str
    title: str
    facts: list[Fact]
    tie: str = ""
    holds: bool = True
    band: str = ""
    next_tie: str = ""
    breaks: bool = False

    @property
    def partly(self) -> bool:
        """Some of it is there; of a link without any, what it hangs on says so."""
        return not self.holds and any(fact.holds for fact in self.facts)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a link stands in the picture, in per cent from the left."""

    number: int
    x: float
    before: float
    holds: bool
    title: str


@dataclass(frozen=True, slots=True)
class ChainPage:
    links: list[Link]
    brand: str
    item: str

    @property
    def missing(self) -> int:
        return sum(1 for link in self.links if not link.holds)

    @property
    def picture(self) -> list[Spot]:
        step = 100 / len(self.links)
        return [
            Spot(n + 1, (n + 0.5) * step, (n - 0.5) * step, link.holds, link.title)
            for n, link in enumerate(self.links)
        ]


@dataclass(frozen=True, slots=True)
class _About:
    """What the links are made of."""

    group: Group
    application: Application
    item: Item | None
    at: datetime
    member: Membership | None

    @property
    def today(self) -> date:
        return self.group.local(self.at).date()

    def url(self, name: str, *args: object) -> str:
        return reverse(name, args=[self.group.slug, *args])

    def inside(self, name: str, query: str = "") -> str:
        """A page for members; the shop that looks from outside is told without it."""
        return self.url(name) + query if self.member else ""

    def of_merchant(self, name: str, *args: object) -> str:
        return self.url(name, self.application.merchant_id, *args)


def chain_page(
    application: Application, member: Membership | None, *, item: Item | None, at: datetime
) -> ChainPage:
    """The links in order; `member` None: the shop itself looks. A constant number of queries."""
    about = _About(application.group, application, item, at, member)
    links = [*_from_her(about, member), _initiator(about), _merchant(about)]
    if item is not None:
        links.append(_goods(about, item))
    links.append(_neighbours(about))
    if member is not None:
        links.append(_herself(about, member))
    tied = [
        replace(link, next_tie=then.tie, breaks=not then.holds) for link, then in pairwise(links)
    ]
    return ChainPage([*tied, links[-1]], application.merchant.brand, item.name if item else "")


def goods_of(merchant_id: int) -> list[Item]:
    """What it sells now, each with a chain of its own. One query."""
    rows = Item.objects.filter(merchant_id=merchant_id, is_active=True)
    return list(rows.order_by("category", "name", "pk"))


def _from_her(about: _About, member: Membership | None) -> list[Link]:
    if member is None:
        return []
    since = member.activated_at
    joined = _("%(month)s进群") % {"month": month(since, about.group.time_zone)} if since else ""
    facts = [Fact(f"{member.household}")] + ([Fact(joined)] if joined else [])
    her = Link("you", "person", member.nickname, facts)
    return [her] if member.holds_mandate else [her, _voucher(about, member)]


def _voucher(about: _About, member: Membership) -> Link:
    """Whoever answered for her: the neighbour who invited her, or the officer who let her in."""
    people = about.url("orders:members")
    row = Membership.objects.filter(pk=member.pk).select_related("invited_by__household__building")
    inviter = row.get().invited_by
    if inviter is not None:
        brought = Membership.objects.of_group(about.group.pk).filter(invited_by=inviter)
        states = Counter(brought.values_list("status", flat=True))
        n, gone = sum(states.values()), states["removed"]
        text = ngettext("带进 %(n)s 人", "带进 %(n)s 人", n) % {"n": n}
        kept = ngettext("其中 %(n)s 人被移出", "其中 %(n)s 人被移出", gone) % {"n": gone}
        facts = [Fact(text, people), Fact(kept if gone else _("没有人被移出"))]
        return Link("voucher", "people", inviter.masked_name, facts, _("介绍你进群"))
    joining = Joining.objects.filter(membership=member, decided_by__isnull=False).first()
    if joining is not None and joining.decided_at is not None:
        when = day(joining.decided_at, about.group.time_zone)
        facts = [Fact(_("%(day)s 核对过你的门牌") % {"day": when}, people)]
        return Link("voucher", "people", _("团长或副团长"), facts, _("让你进群"))
    return Link(
        "voucher",
        "people",
        _("介绍人"),
        [Fact(_("没有邻居介绍你，也没有核对的记录"), people, holds=False)],
        _("这一环还没有"),
        holds=False,
    )


def _initiator(about: _About) -> Link:
    """Who answers for the shops, how she came to office, and how she stands."""
    mandate = mandate_in_office(about.group.pk)
    if mandate is None:
        missing = [Fact(_("现在没有团长"), holds=False)]
        return Link("initiator", "person", _("团长"), missing, _("这一环还没有"), holds=False)
    standing = about.inside("reputation:initiator-standing")
    elected = mandate.origin == MandateOrigin.ELECTED
    since = month(mandate.started_at, about.group.time_zone)
    facts = [_office(elected, since), Fact(_standing_words(mandate), standing)]
    tie = _("投票选出") if elected else _("创群的人，还没有投票选过")
    name = _("团长 %(name)s") % {"name": mandate.membership.nickname}
    return Link("initiator", "person", name, facts, tie, holds=elected, band=mandate.band)


def _office(elected: bool, since: str) -> Fact:
    if elected:
        return Fact(_("%(month)s当选") % {"month": since})
    return Fact(_("%(month)s起当团长，没有选举的记录") % {"month": since}, holds=False)


def _standing_words(row: Mandate | Application) -> str:
    if row.score_bp is None or not row.entries:
        return _("还没有信誉记录")
    said = {"score": f"{row.score_bp / 100:.1f}", "n": row.entries}
    return (
        ngettext(
            "信誉 %(score)s 分，一年 %(n)s 条记录",
            "信誉 %(score)s 分，一年 %(n)s 条记录",
            row.entries,
        )
        % said
    )


def _merchant(about: _About) -> Link:
    """Vetted line by line, with papers that hold, an agreement, and a standing."""
    application = about.application
    vetting = vetting_of(application, today=about.today)
    passed = sum(1 for state in vetting.lines if vetting.holds(state))
    looked = _("审核 %(all)s 项里 %(n)s 项有凭据") % {"all": len(vetting.lines), "n": passed}
    lines = Fact(
        looked if vetting.lines else _("还没有审核的记录"),
        about.of_merchant("merchants:vetting"),
        holds=bool(vetting.lines) and not vetting.missing,
    )
    facts = [lines, _papers(about), _agreed(about)]
    facts.append(
        Fact(
            _standing_words(application),
            about.of_merchant("reputation:merchant-standing"),
            holds=bool(application.entries),
        )
    )
    sells = application.status == ApplicationStatus.APPROVED
    return Link(
        "merchant",
        "shop",
        application.merchant.brand,
        facts,
        _("审过才能开团") if lines.holds else _("审核不全"),
        holds=lines.holds and sells,
        band="stop" if application.status == ApplicationStatus.SUSPENDED else application.band,
    )


def _papers(about: _About) -> Fact:
    papers = documents_of(about.application.merchant_id, today=about.today)
    valid = sum(1 for card in papers if card.state in ("valid", "expiring"))
    url = about.of_merchant("merchants:vetting")
    if not papers:
        return Fact(_("没有证件"), url, holds=False)
    said = {"all": len(papers), "n": valid}
    return Fact(_("证件 %(n)s/%(all)s 有效") % said, url, holds=valid == len(papers))


def _agreed(about: _About) -> Fact:
    agreed = of_merchant(
        about.group.pk,
        about.application.merchant_id,
        at=about.at,
        rules_version=about.group.rules_version,
    ).current
    url = about.of_merchant("merchants:agreement")
    if agreed is None:
        return Fact(_("还没有签约定"), url, holds=False)
    return Fact(_("约定第 %(n)s 版，双方签了") % {"n": agreed.number}, url)


def _goods(about: _About, item: Item) -> Link:
    """The store price as neighbours saw it, how it is made, and how it was rated."""
    row = with_process(with_claims(Item.objects.filter(pk=item.pk), about.group.pk)).get()
    card = ItemCard(row, None, claim_on(row, about.group.time_zone), process_of(row))
    shop = about.of_merchant("merchants:merchant") + f"#item-{item.pk}"
    prices = about.of_merchant("merchants:prices", item.pk)
    shown = len(card.process)
    made = ngettext("%(n)s 张制作照片", "%(n)s 张制作照片", shown) % {"n": shown}
    facts = [
        Fact(card.claim.text, prices, holds=card.claim.holds),
        Fact(made if shown else _("没有制作照片"), shop, holds=bool(shown)),
        _stars(
            about.application.rated.get("items", {}).get(str(item.pk), []),
            about.of_merchant("reputation:item-ratings", item.pk),
        ),
        _returned(about, item),
    ]
    tie = _("店价有邻居看过") if card.claim.holds else _("店价还没有邻居证实")
    return Link("goods", "bag", item.name, facts, tie, holds=card.claim.holds)


def _returned(about: _About, item: Item) -> Fact:
    """What of it came back in twelve months, by the definitions of Table 1."""
    first = (about.today.replace(day=1) - timedelta(days=334)).replace(day=1)
    merchant_id = about.application.merchant_id
    rows = items_of(about.group.pk, first=first, last=about.today, merchant_id=merchant_id)
    row = next((row for row in rows if row.id == item.pk), None)
    if row is None:
        return Fact(_("还没有人买过"), holds=False)
    url = about.inside("orders:return-report", f"?merchant={merchant_id}")
    return Fact(_("退货率 %(rate)s%%") % {"rate": row.rate or "0.00"}, url)


def _stars(stars: Sequence[int], url: str) -> Fact:
    """Never an average without how many stand behind it."""
    n = sum(stars)
    if not n:
        return Fact(_("还没有人评过"), url, holds=False)
    mean = sum(star * count for star, count in enumerate(stars, start=1)) / n
    text = ngettext("%(mean)s 星，%(n)s 人评", "%(mean)s 星，%(n)s 人评", n)
    return Fact(text % {"mean": f"{mean:.1f}", "n": n}, url)


def _neighbours(about: _About) -> Link:
    """What households of this group lived through with it."""
    group_id, merchant_id = about.group.pk, about.application.merchant_id
    record = record_of(group_id, merchant_id, today=about.today)
    counted = Order.objects.filter(
        group_id=group_id, round__merchant_id=merchant_id, round__status__in=COUNTED
    ).exclude(status=OrderStatus.CANCELLED)
    homes = counted.order_by().values("household_id").distinct().count()
    ledger = about.inside("reputation:ledger", f"?merchant={merchant_id}")
    if not homes:
        none = [Fact(_("还没有邻居买过"), ledger, holds=False)]
        title, tie = _("邻居的经历"), _("这一环还没有")
        return Link("neighbours", "people", title, none, tie, holds=False)
    bought = ngettext("%(n)s 户买过", "%(n)s 户买过", homes) % {"n": homes}
    report = about.inside("orders:return-report", f"?merchant={merchant_id}")
    back = {"rate": record.rate or "0.00", "n": record.orders_returned}
    facts = [
        Fact(bought, about.of_merchant("merchants:merchant")),
        _stars(
            about.application.rated.get("stars", []),
            about.of_merchant("reputation:merchant-ratings"),
        ),
        Fact(_("一年退货率 %(rate)s%%，%(n)s 单退过货") % back, report),
        Fact(_in_ledger(about), ledger),
    ]
    return Link("neighbours", "people", _("邻居的经历"), facts, bought)


def _in_ledger(about: _About) -> str:
    """Rulings and repairs of 360 days that were not struck out."""
    group_id, merchant_id = about.group.pk, about.application.merchant_id
    entries = entries_about(group_id, Subject.MERCHANT, merchant_id)
    struck = {entry.corrects for entry in entries}
    recent = [e for e in entries if e.at > about.at - YEAR and e.number not in struck]
    kinds = Counter(entry.kind for entry in recent)
    if not kinds[Kind.RULING]:
        return _("一年里没有裁定属实的投诉")
    said = {"n": kinds[Kind.RULING], "repaired": kinds[Kind.REPAIRED]}
    return _("一年里 %(n)s 件投诉裁定属实，%(repaired)s 件补救了") % said


def _herself(about: _About, member: Membership) -> Link:
    """Her household's own orders of this shop, or of these goods."""
    mine = Order.objects.filter(
        group_id=about.group.pk,
        household_id=member.household_id,
        round__merchant_id=about.application.merchant_id,
        status__in=HAD,
    )
    if about.item is not None:
        mine = mine.filter(lines__offer__item=about.item).distinct()
    latest = list(mine.order_by("-placed_at").values_list("pk", "placed_at"))
    title = _("你自己的经历")
    if not latest:
        shop = about.of_merchant("merchants:merchant")
        none = [Fact(_("你家还没买过。买过以后，这里写你的经历。"), shop, holds=False)]
        return Link("own", "star", title, none, _("这一环还没有"), holds=False)
    n, (order_id, placed_at) = len(latest), latest[0]
    text = ngettext("你家取过 %(n)s 单", "你家取过 %(n)s 单", n) % {"n": n}
    last = _("最近一次 %(day)s") % {"day": day(placed_at, about.group.time_zone)}
    facts = [Fact(text), Fact(last, about.url("orders:order", order_id))]
    return Link("own", "star", title, facts, text)
