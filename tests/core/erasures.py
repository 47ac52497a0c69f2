"""A person with everything, and where to look for her afterwards."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from openpyxl import load_workbook

from groups.models import Announcement, Building, Household, Membership
from groups.services import personal as in_groups
from merchants.models import MerchantStaff, PriceWitness
from orders.models import CheckOff, Delivery, Order, Return
from orders.services import returns, rounds, summaries
from tests.core.test_images import picture
from tests.factories import make_item, make_merchant, make_order, make_round
from tests.orders.stages import Stage, at, make_stage
from tests.orders.support import amend, cancel
from tests.reputation.said import comment, hide, rate
from tuangou.core import events
from tuangou.core.models import Code, Export, Session, Sms, User

REAL, NICK, OTHER_NICK = "欧阳若兰", "兰花花", "小兰同学"
PHONE, CONTACT = "+8613812345678", "+8615900001111"
ROOM, UNIT = "R1807", "U90210"
DEVICE = "Phone-of-Ruolan/1.0"
# every string that names her, wherever it might stand
STRINGS = (
    *(REAL, NICK, OTHER_NICK, ROOM, UNIT, DEVICE),
    *("13812345678", "138 1234 5678", "138-1234-5678", "138****5678"),
    *("15900001111", "159 0000 1111"),
    *("ruolan", "198.51.100.77"),
)


@dataclass
class Person:
    """Her account and membership, and the group around her."""

    stage: Stage
    member: Membership
    user: User
    order: Order
    ret: Return
    seen: dict[str, Any] = field(default_factory=dict)


def make_person() -> Person:
    """Orders, money, returns with a photo, notices, devices, codes, texts by others, a helper's job
    in a shop, a door she asked for: all of it settled, so that nothing stands in the way."""
    stage = make_stage()
    user = User.objects.create_user(PHONE, "iRis-2026-lan", nickname=NICK)
    building = Building.objects.get(group=stage.group, name="5栋")
    flat = Household.objects.create(group=stage.group, building=building, unit=UNIT, room=ROOM)
    member = Membership.objects.create(
        group=stage.group,
        household=flat,
        user=user,
        nickname=OTHER_NICK,
        real_name=REAL,
        contact_phone=CONTACT,
        status="active",
        activated_at=timezone.now(),
    )
    order = stage.order(member, note=f"放{REAL}家门口")
    in_groups.rename(membership_id=member.pk, nickname=NICK, real_name=REAL)
    ret = _life(stage, member, order)
    _around(stage, member, user)
    _account(user)
    return Person(stage, member, user, order, ret)


def _life(stage: Stage, member: Membership, order: Order) -> Return:
    """Her order to its end: amended, paid, fetched, partly returned with a photo, refunded."""
    with at(stage.ordering):
        more = {line.offer_id: Decimal(3) for line in order.lines.all()}
        amend(order, more, reason=f"{REAL}要加菜")
        helped = make_order(stage.round, stage.neighbour, placed_by=member, note=f"{NICK}帮订")
        cancel(helped, actor_id=member.pk, reason=f"听{NICK}的")
        gone = make_order(stage.round, stage.neighbour)
        cancel(gone, actor_id=stage.initiator.pk, reason=f"{REAL}说不要了")
    stage.receive(order, 11400)
    stage.arrive()
    done = stage.hand_over(order)
    CheckOff.objects.filter(pk=done.pk).update(collected_by=f"{REAL}的妈妈")
    Delivery.objects.filter(round=stage.round).update(note=f"少的给{NICK}")
    with at(stage.pickup + timedelta(hours=1)):
        ret = returns.request_return(
            line_id=order.lines.get().pk,
            actor_id=member.pk,
            quantity=Decimal(1),
            reason="not_fresh",
            wish="refund",
            text=f"我是{REAL}，肉酸了",
            photos=(named_picture(),),
            request_id=uuid4(),
        )
    _said(stage, member, order)
    ret = stage.accept(ret, 1000)
    Return.objects.filter(pk=ret.pk).update(decision=f"给{REAL}退一部分")
    with at(stage.pickup + timedelta(hours=3)):
        returns.refund_return(return_id=ret.pk, user_id=stage.payee_id, request_id=uuid4())
        rounds.complete_round(round_id=stage.round.pk, actor_id=stage.initiator.pk)
    events.drain(stage.group.pk)
    with at(stage.start + timedelta(days=40)):
        summaries.publish_due(group_id=stage.group.pk)
    events.drain(stage.group.pk)
    ret.refresh_from_db()
    return ret


def _said(stage: Stage, member: Membership, order: Order) -> None:
    """What she said of the goods and under the round, and where others named her."""
    rate(stage, order, 4, text=f"{REAL}觉得嫩", photos=(named_picture(),))
    comment(stage, member, f"我是{NICK}，排队快")
    hide(stage, comment(stage, stage.neighbour, f"{REAL}家的车挡着门"), f"别说{NICK}家的事")


def named_picture() -> bytes:
    """A photo called after her, with her name in its metadata too."""
    upload = picture(kind="PNG")
    return upload.getvalue() + f"{REAL} ruolan".encode()


def _around(stage: Stage, member: Membership, user: User) -> None:
    """What others and the group wrote of her."""
    group = stage.group
    group.notice = f"感谢{NICK}帮忙"
    group.save(update_fields=["notice"])
    Announcement.objects.create(
        group=group,
        title=f"找{NICK}",
        text=f"{REAL} 138 1234 5678，138-1234-5678，138****5678，159 0000 1111，"
        f"5栋{UNIT}单元{ROOM}",
        author=member,
        published_at=timezone.now(),
    )
    shop = make_merchant(group, "阿芳菜场")
    shop.contact = f"{REAL} 13812345678"
    shop.save(update_fields=["contact"])
    MerchantStaff.objects.create(merchant=shop, user=user, role="helper")
    PriceWitness.objects.create(
        group=group,
        item=make_item(shop),
        price_fen=900,
        place=f"{REAL}家楼下",
        seen_at=timezone.now(),
        witness=member,
    )
    cancelled = make_round(group, merchant=shop, title=f"{NICK}点的团", note=f"{REAL}想吃")
    rounds.cancel_round(round_id=cancelled.pk, actor_id=stage.initiator.pk, reason=f"{REAL}不在家")
    asked = in_groups.ask_door(
        membership_id=member.pk, building_id=member.household.building_id, unit=UNIT, room="1808"
    )
    assert asked.pk != member.household_id
    with transaction.atomic():
        events.publish(
            "application.suspended",
            group_id=group.pk,
            subject_id=shop.applications.get().pk,
            actor_id=stage.initiator.user_id,
            at=timezone.now(),
            merchant=shop.pk,
            reason=f"{REAL}投诉缺斤",
        )
    events.drain(group.pk)


def _account(user: User) -> None:
    now = timezone.now()
    Session.objects.create(
        session_key="x" * 32,
        session_data="x",
        expire_date=now + timedelta(days=1),
        user=user,
        device="Phone",
        user_agent=DEVICE,
        ip="198.51.100.77",
        created_at=now,
        last_seen_at=now,
    )
    code = Code.objects.create(
        purpose="sign_in",
        phone=PHONE,
        nonce=b"0" * 16,
        created_at=now,
        sent_at=now,
        expires_at=now + timedelta(minutes=5),
    )
    Sms.objects.create(
        kind="code",
        phone=PHONE,
        code=code,
        context={"who": REAL},
        language="zh-hans",
        created_at=now,
        expires_at=now + timedelta(minutes=5),
        due_at=now,
    )
    Export.objects.create(user=user, asked_at=now)


# Where to look


def pg(program: str) -> str:
    """A PostgreSQL program of the engines that the suite runs on."""
    folder = os.environ.get("PG_BIN", "")
    found = shutil.which(program, path=folder) if folder else shutil.which(program)
    assert found, f"{program} is not here: set PG_BIN"
    return found


def dump() -> str:
    """Every row of the current test database, as plain text."""
    owner, name = settings.OWNER_DATABASE, connection.settings_dict["NAME"]
    environment = {
        "PGPASSWORD": owner["PASSWORD"],
        "PGHOST": owner["HOST"],
        "PGPORT": str(owner["PORT"]),
        "PGUSER": owner["USER"],
        "LC_ALL": "C.UTF-8",
    }
    done = subprocess.run(
        [pg("pg_dump"), "--data-only", name],
        env=os.environ | environment,
        capture_output=True,
        check=True,
    )
    return done.stdout.decode()


def media() -> Iterator[tuple[Path, bytes]]:
    for path in sorted(Path(settings.MEDIA_ROOT).rglob("*")):
        if path.is_file():
            yield path, path.read_bytes()


def found_in(text: str | bytes) -> list[str]:
    """Which of her strings stand there; also as JSON and \\u escapes would write them."""
    data = text.encode() if isinstance(text, str) else text
    lowered = data.lower()
    return [
        word
        for word in STRINGS
        if word.lower().encode() in lowered or word.encode("unicode_escape").lower() in lowered
    ]


def found_in_media() -> list[str]:
    return [word for path, data in media() for word in found_in(str(path.name).encode() + data)]


def cells(xlsx: bytes) -> str:
    book = load_workbook(io.BytesIO(xlsx))
    return "\n".join(
        str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value
    )
