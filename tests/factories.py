"""Plain typed builders. Anything past "just created" is built by calling services."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from uuid import uuid4

from django.core.files.base import ContentFile
from django.db import transaction
from PIL import Image

from groups.models import (
    Announcement,
    Building,
    Deputy,
    Group,
    Household,
    Mandate,
    Membership,
    PickupPoint,
)
from groups.services import announcements
from merchants.models import (
    Agreement,
    AgreementDraft,
    AgreementSignature,
    Application,
    ChecklistLine,
    Document,
    Item,
    LineCheck,
    Merchant,
    MerchantDay,
    MerchantStaff,
    PriceWitness,
)
from merchants.services.vetting import begin_checklist
from orders.models import Offer, Order, Round, WaitlistEntry
from orders.services import orders as order_services
from orders.services import rounds as round_services
from orders.services.rounds import OfferSpec, RoundSpec, TierSpec
from tuangou.core import clock
from tuangou.core.models import User

# A Friday noon in Shanghai; simulated tests start from here.
NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
_serial = count(1)


def _own(width: int = 7) -> str:
    """A number nobody else has, of the digits from five to nine: no page shows by chance a door or
    an amount that a test looks for, and as all are of one length, later ones sort later."""
    n, digits = next(_serial), ""
    while n or len(digits) < width:
        n, digit = divmod(n, 5)
        digits = "56789"[digit] + digits
    return digits


def make_user(nickname: str = "邻居", *, password: str | None = None, **fields: object) -> User:
    phone = f"+86199{_own(8)}"
    return User.objects.create_user(phone=phone, password=password, nickname=nickname, **fields)


def make_group(slug: str | None = None, **fields: object) -> Group:
    """A living group with two buildings and one pick-up point, nobody in it."""
    slug = slug or f"group-{_own()}"
    defaults: dict[str, object] = {"name": "梧桐里美食群", "compound": "梧桐里"}
    group = Group.objects.create(slug=slug, created_at=LONG_AGO, **(defaults | fields))
    for position, name in enumerate(("3栋", "5栋"), start=1):
        Building.objects.create(group=group, name=name, position=position)
    PickupPoint.objects.create(group=group, name="3栋架空层")
    return group


def make_household(group: Group, room: str | None = None, building: str = "3栋") -> Household:
    return Household.objects.create(
        group=group,
        building=Building.objects.get(group=group, name=building),
        room=room or _own(),
        activated_at=LONG_AGO,
    )


def make_member(
    group: Group,
    nickname: str = "张三",
    *,
    household: Household | None = None,
    user: User | None = None,
    account: bool = True,
    status: str = "active",
) -> Membership:
    """An active member with a flat of her own; without `account`, a neighbour known from paper."""
    return Membership.objects.create(
        group=group,
        household=household or make_household(group),
        user=user or (make_user(nickname) if account else None),
        nickname=nickname,
        real_name=nickname,
        status=status,
        activated_at=LONG_AGO,
    )


def make_initiator(group: Group, nickname: str = "子怡", **fields: object) -> Membership:
    member = make_member(group, nickname, **fields)  # type: ignore[arg-type]
    Mandate.objects.create(group=group, membership=member, origin="founder", started_at=LONG_AGO)
    return member


def make_deputy(group: Group, initiator: Membership, nickname: str = "老周") -> Membership:
    member = make_member(group, nickname)
    Deputy.objects.create(group=group, membership=member, named_by=initiator, started_at=LONG_AGO)
    return member


def initiator_of(group: Group) -> Membership:
    office = Mandate.objects.filter(group=group, ended_at=None).select_related("membership__user")
    held = office.first()
    return held.membership if held else make_initiator(group)


def announce(actor: Membership, title: str = "周六改到三点", **fields: object) -> Announcement:
    """An announcement of this officer, on the front page for three days."""
    said: dict[str, object] = {"text": "早来的先等等。", "pin_days": 3}
    return announcements.publish(
        actor_id=actor.pk,
        title=title,
        **(said | fields),  # type: ignore[arg-type]
    )


def make_merchant(
    group: Group | None = None, brand: str = "老马家牛肉铺", *, staff: User | None = None
) -> Merchant:
    """A merchant; with a group, approved there at 5 %."""
    merchant = Merchant.objects.create(
        legal_name=f"{brand}有限公司", brand=brand, created_at=LONG_AGO
    )
    if group is not None:
        approve(group, merchant)
    if staff is not None:
        MerchantStaff.objects.create(merchant=merchant, user=staff, role="owner")
    return merchant


def approve(
    group: Group, merchant: Merchant, *, status: str = "approved", commission_bp: int = 500
) -> Application:
    """The application as a row, signed by both; in review with every line passed, no paper
    compared."""
    application = Application.objects.create(
        group=group,
        merchant=merchant,
        status=status,
        reason="" if status == "approved" else "按群规",
        decided_at=LONG_AGO,
        decided_by=initiator_of(group),
    )
    agree(application, commission_bp)
    if status == "in_review":
        pass_lines(application, initiator_of(group))
    return application


def agree(
    application: Application, commission_bp: int, valid_from: datetime = LONG_AGO
) -> Agreement:
    """Terms that both sides signed seven days and an hour before, as rows."""
    signed_at = valid_from - timedelta(days=7, hours=2)
    group_id, officer = application.group_id, initiator_of(application.group)
    draft = AgreementDraft(
        group_id=group_id,
        application=application,
        number=AgreementDraft.objects.filter(application=application).count() + 1,
        commission_bp=commission_bp,
        rules_version=0,
        side="group",
        proposed_at=signed_at,
    )
    draft.content_sha256 = draft.content()
    draft.save(force_insert=True)
    AgreementSignature.objects.bulk_create(
        AgreementSignature(
            group_id=group_id,
            draft=draft,
            side=side,
            way="record",
            content_sha256=draft.content_sha256,
            member=officer if side == "group" else None,
            signed_at=signed_at,
        )
        for side in ("group", "shop")
    )
    return Agreement.objects.create(
        group_id=group_id,
        application=application,
        draft=draft,
        commission_bp=commission_bp,
        valid_from=valid_from,
        agreed_by=officer,
    )


def make_merchant_day(
    group: Group, merchant: Merchant, *, days: int = 3, status: str = "asked"
) -> MerchantDay:
    """A day that the shop asked for, so many local days from now (by the clock that holds)."""
    with transaction.atomic():
        now = clock.now()
    decided = status in ("confirmed", "declined")
    return MerchantDay.objects.create(
        group=group,
        application=Application.objects.get(group=group, merchant=merchant),
        day=group.local(now).date() + timedelta(days=days),
        status=status,
        asked_by=make_user("店员"),
        asked_at=now,
        answer="按群规" if status == "declined" else "",
        decided_by=initiator_of(group) if decided else None,
        decided_at=now if decided else None,
    )


def make_checklist(group: Group) -> list[ChecklistLine]:
    """The lines a group begins with."""
    begin_checklist(group.pk)
    return list(ChecklistLine.objects.of_group(group.pk).order_by("position"))


def pass_lines(application: Application, by: Membership, at: datetime | None = None) -> None:
    """Every line as passed, without a paper: rows, for tests of what comes after vetting."""
    with transaction.atomic():
        moment = at or clock.now()
    LineCheck.objects.bulk_create(
        LineCheck(
            group_id=application.group_id,
            application=application,
            line=line,
            passed=True,
            checked_by=by,
            checked_at=moment,
        )
        for line in make_checklist(application.group)
    )


def make_item(merchant: Merchant, name: str | None = None, **fields: object) -> Item:
    defaults: dict[str, object] = {
        "unit": "斤",
        "category": "beef",
        "store_price_fen": 4500,
        "step": Decimal("0.5"),
    }
    return Item.objects.create(
        merchant=merchant, name=name or f"牛腩{_own()}", **(defaults | fields)
    )


def make_witness(
    group: Group, item: Item, *, by: Membership | None = None, price_fen: int | None = None
) -> PriceWitness:
    """Somebody of the group saw the store price just now; with `price_fen`, another one."""
    row = PriceWitness(
        group=group,
        item=item,
        price_fen=price_fen or item.store_price_fen,
        said_fen=item.store_price_fen,
        place="长宁路店",
        seen_at=clock.now(),
        noted_at=clock.now(),
        witness=by or make_member(group),
    )
    row.picture.save(f"{uuid4().hex}.webp", ContentFile(small_picture()), save=False)
    row.save(force_insert=True)
    return row


def small_picture() -> bytes:
    """A WebP of a few pixels."""
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(out, "WEBP")
    return out.getvalue()


def make_document(merchant: Merchant, kind: str = "other", **fields: object) -> Document:
    """A paper that stands, as a row; its file is empty words."""
    digest = f"{next(_serial):064x}"
    row = Document(
        merchant=merchant,
        **({"kind": kind, "number": f"NO-{digest[-6:]}"} | fields),
        content_type="application/pdf",
        sha256=digest,
        source_sha256=digest,
        added_at=LONG_AGO,
        added_by=make_user("店员"),
    )
    row.file.save(f"{uuid4().hex}.pdf", ContentFile(b"%PDF-1.4 %%EOF"), save=False)
    row.save(force_insert=True)
    return row


def make_round(
    group: Group,
    *,
    merchant: Merchant | None = None,
    offers: int = 1,
    price_fen: int = 3800,
    capacity: Decimal | int | None = None,
    household_limit: Decimal | int | None = None,
    tiers: Mapping[int, int] | None = None,
    opened: bool = True,
    cut_off_in: timedelta = timedelta(days=1),
    **spec: object,
) -> Round:
    """A round opened now (by the clock that holds), with `offers` offers of one merchant."""
    merchant = merchant or make_merchant(group, f"商家{_own()}")
    with transaction.atomic():
        now = clock.now()
    specs = [
        OfferSpec(
            item_id=make_item(merchant).pk,
            price_fen=price_fen,
            capacity=None if capacity is None else Decimal(capacity),
            household_limit=None if household_limit is None else Decimal(household_limit),
            tiers=[TierSpec(Decimal(q), fen) for q, fen in (tiers or {}).items()],
        )
        for _ in range(offers)
    ]
    defaults: dict[str, object] = {
        "title": "周六牛肉团",
        "opens_at": now,
        "cut_off_at": now + cut_off_in,
        "pickup_point_id": PickupPoint.objects.filter(group=group).order_by("pk")[0].pk,
        "pickup_from": now + cut_off_in + timedelta(hours=20),
        "pickup_until": now + cut_off_in + timedelta(hours=22),
        "offers": specs,
    }
    actor = initiator_of(group)
    rnd = round_services.draft_round(
        group_id=group.pk,
        actor_id=actor.pk,
        merchant_id=merchant.pk,
        spec=RoundSpec(**(defaults | spec)),  # type: ignore[arg-type]
    )
    if opened:
        rnd = round_services.open_round(round_id=rnd.pk, actor_id=actor.pk)
    return rnd


def offer_of(rnd: Round, position: int = 1) -> Offer:
    return Offer.objects.get(round=rnd, position=position)


def make_wait(offer: Offer, member: Membership, quantity: Decimal | int = 1) -> WaitlistEntry:
    """A place in line as a row, whatever is left."""
    row = WaitlistEntry.objects.create(
        group_id=offer.group_id,
        round_id=offer.round_id,
        offer=offer,
        member=member,
        household_id=member.household_id,
        quantity=Decimal(quantity),
        request_id=uuid4(),
        asked_at=NOON,
    )
    Offer.objects.count_waiting([offer.pk])
    return row


def make_order(
    rnd: Round,
    member: Membership,
    quantity: Decimal | int | str = 2,
    *,
    placed_by: Membership | None = None,
    quantities: Mapping[int, Decimal] | None = None,
    **fields: object,
) -> Order:
    """An order through the service; of the round's first offer unless `quantities` says more."""
    return order_services.place_order(
        round_id=rnd.pk,
        member_id=member.pk,
        placed_by_id=(placed_by or member).pk,
        quantities=quantities or {offer_of(rnd).pk: Decimal(quantity)},
        request_id=uuid4(),
        **fields,  # type: ignore[arg-type]
    )
