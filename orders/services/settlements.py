"""Settling a round with its merchant (O12): drawn up once, changed only by dated supplements,
confirmed by both sides, then the round is settled.

A statement is drawn up when the round is completed, that is when pick-up is over. Returns go on
after it: whatever moves its figures later becomes a supplement in the same transaction.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Max
from django.utils.translation import gettext as _

from groups.models import Group, Membership
from orders.models import (
    Party,
    Round,
    RoundStatus,
    Settlement,
    SettlementLine,
    SettlementPart,
    SettlementWord,
    Source,
    WordKind,
)
from orders.queries.settlements import (
    LINE_NAMES,
    NAMES,
    Figures,
    Line,
    figures_now,
    has_other_owner,
    written,
)
from orders.services.settlement_books import sweep
from tuangou.core import clock, events, requests, rows
from tuangou.core.errors import DomainError, InvalidInput

LONGEST_WORD = 300


class NotOverYet(DomainError):
    """Goods still wait to be fetched: pick-up is not over."""

    code = "pickup_not_over"
    rule = "O12"


class StatementChanged(DomainError):
    """The page that was confirmed shows other figures than the statement has now."""

    code = "statement_changed"
    rule = "O12"


class OneForBoth(DomainError):
    """Nobody confirms for both sides."""

    code = "one_for_both_sides"
    rule = "O12"


class AlreadyConfirmed(DomainError):
    code = "settlement_already_confirmed"
    rule = "O12"


class BadWord(InvalidInput):
    code = "bad_word"
    rule = "O12"


def draw_up(*, round_id: int, actor_id: int, request_id: UUID) -> Settlement:
    """The statement of a completed round, frozen with the next number of its group and year.

    A round has one: whoever comes second gets the one there is. Raises NotOverYet.
    """
    actor = rows.get(Membership, actor_id)
    return requests.once(
        group_id=actor.group_id,
        user_id=actor.user_id,
        key=request_id,
        act="settlement.draw",
        body={"round": round_id},
        work=lambda: _draw_up(round_id, actor),
        replay=lambda: Settlement.objects.get(round_id=round_id),
    )


def confirm(
    *,
    settlement_id: int,
    party: str,
    user_id: int,
    content_hash: str,
    request_id: UUID,
    said_how: str = "",
) -> Settlement:
    """One side says yes to exactly these figures; when both have, the round is settled, once.

    `said_how`: the initiator confirms for a merchant that has no account, and writes where it said
    so. The same yes twice is one. Raises StatementChanged, OneForBoth, BadWord.
    """
    return requests.once(
        group_id=_group_of(settlement_id),
        user_id=user_id,
        key=request_id,
        act="settlement.confirm",
        body={"id": settlement_id, "party": party, "content": content_hash, "how": said_how},
        work=lambda: _confirm(settlement_id, party, user_id, content_hash, said_how.strip()),
        replay=lambda: Settlement.objects.get(pk=settlement_id),
    )


def say(
    *,
    settlement_id: int,
    party: str,
    user_id: int,
    content_hash: str,
    text: str,
    request_id: UUID,
) -> Settlement:
    """The merchant objects with a reason, or the initiator answers; up to 300 characters.

    Raises StatementChanged, AlreadyConfirmed (of these very figures), BadWord.
    """
    return requests.once(
        group_id=_group_of(settlement_id),
        user_id=user_id,
        key=request_id,
        act="settlement.say",
        body={"id": settlement_id, "party": party, "content": content_hash, "text": text},
        work=lambda: _say(settlement_id, party, user_id, content_hash, text.strip()),
        replay=lambda: Settlement.objects.get(pk=settlement_id),
    )


def follow(*, rnd: Round, at: datetime, cause: str, about: str = "") -> SettlementPart | None:
    """A dated supplement with the difference, where the round's statement moved; else None.

    `cause`: a Cause; `about`: the remark code of what moved it. For whoever moved it and holds the
    round's lock. Before anything is drawn up: one statement.
    """
    settlement = Settlement.objects.filter(round_id=rnd.pk).first()
    if settlement is None:
        return None
    before, now = written(settlement.pk), figures_now(rnd)
    changed = [now.lines[pk] - before.lines.get(pk, _nothing(now.lines[pk])) for pk in now.lines]
    change = Figures(now.totals - before.totals, {line.offer_id: line for line in changed if line})
    if not (change.totals or any(line.has_money for line in change.lines.values())):
        return None
    part = _write(settlement, rnd, change, at=at, cause=cause, about=about)
    if rnd.status == RoundStatus.SETTLED:
        sweep(rnd, Source.SUPPLEMENT, part.pk, at)
    _publish("settlement.supplemented", settlement, None, at, part=part.number)
    return part


def _draw_up(round_id: int, actor: Membership) -> Settlement:
    group = Group.objects.lock(actor.group_id)
    rnd = Round.objects.lock(round_id)
    at = clock.now()
    drawn = Settlement.objects.filter(round_id=rnd.pk).first()
    if drawn is not None:
        return drawn
    if rnd.status != RoundStatus.COMPLETED:
        raise NotOverYet(
            _("这个团现在是「%(status)s」，取完货、结团以后才能出结算单。")
            % {"status": rnd.get_status_display()}
        )
    year = group.local(at).year
    of_year = Settlement.objects.of_group(group.pk).filter(year=year)
    settlement = Settlement.objects.create(
        group_id=group.pk,
        round=rnd,
        year=year,
        sequence=(of_year.aggregate(last=Max("sequence"))["last"] or 0) + 1,
        payee=rnd.payee,
        commission_bp=rnd.commission_bp,
        drawn_at=at,
        drawn_by=actor,
    )
    _write(settlement, rnd, figures_now(rnd), at=at)
    Round.objects.bump(rnd.pk)
    _publish("settlement.drawn", settlement, actor.user_id, at)
    return settlement


def _write(
    settlement: Settlement,
    rnd: Round,
    figures: Figures,
    *,
    at: datetime,
    cause: str = "",
    about: str = "",
) -> SettlementPart:
    last = SettlementPart.objects.filter(settlement_id=settlement.pk).order_by("-number").first()
    number = last.number + 1 if last else 0
    content = {
        "settlement": settlement.number,
        "round": rnd.code,
        "payee": settlement.payee,
        "commission_bp": settlement.commission_bp,
        "part": number,
        "at": at.isoformat(),
        "cause": cause,
        "about": about,
        "totals": {name: getattr(figures.totals, name) for name in NAMES},
        "lines": [_content(line) for _pk, line in sorted(figures.lines.items())],
        "before": last.content_hash if last else "",
    }
    part = SettlementPart.objects.create(
        group_id=settlement.group_id,
        settlement=settlement,
        number=number,
        at=at,
        cause=cause,
        about=about,
        content_hash=_digest(content),
        **{name: getattr(figures.totals, name) for name in NAMES},
    )
    SettlementLine.objects.bulk_create(_rows(part, figures.lines.values()), batch_size=500)
    return part


def _rows(part: SettlementPart, lines: Iterable[Line]) -> list[SettlementLine]:
    return [
        SettlementLine(
            group_id=part.group_id,
            part=part,
            offer_id=line.offer_id,
            price_fen=line.price_fen,
            **{name: getattr(line, name) for name in LINE_NAMES},
        )
        for line in lines
    ]


def _content(line: Line) -> list[str]:
    """An offer as it is hashed: numbers in one way of writing."""
    return [str(line.offer_id), str(line.price_fen)] + [
        f"{getattr(line, name):.3f}" if name.endswith("quantity") else str(getattr(line, name))
        for name in LINE_NAMES
    ]


def _digest(content: dict[str, object]) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _nothing(line: Line) -> Line:
    return Line(line.offer_id, line.price_fen)


def _confirm(
    settlement_id: int, party: str, user_id: int, content_hash: str, said_how: str
) -> Settlement:
    settlement, rnd, at = lock(settlement_id)
    yes = SettlementWord.objects.filter(
        settlement_id=settlement.pk, kind=WordKind.CONFIRMED, content_hash=content_hash
    )
    _check_content(settlement, content_hash)
    given = {word.party: word for word in yes}
    if party in given:
        return settlement
    for_other = party == Party.MERCHANT and bool(said_how)
    if for_other:
        _check_no_account(rnd, user_id, said_how)
    elif any(word.by_id == user_id and not word.for_other for word in given.values()):
        raise OneForBoth(_("一个人不能替两边确认。换另一边的人来点确认。"))
    kind = WordKind.CONFIRMED
    _add(settlement, kind, party, content_hash, user_id, at, text=said_how, for_other=for_other)
    _publish("settlement.confirmed", settlement, user_id, at, party=party, for_other=for_other)
    if given and rnd.status == RoundStatus.COMPLETED:
        rnd.move_to(RoundStatus.SETTLED, at=at)
        sweep(rnd, Source.SETTLEMENT, settlement.pk, at)
        events.publish(
            "round.settled",
            group_id=rnd.group_id,
            subject_id=rnd.pk,
            actor_id=user_id,
            at=at,
            settlement=settlement.pk,
        )
    return settlement


def _check_no_account(rnd: Round, user_id: int, said_how: str) -> None:
    if has_other_owner(rnd.merchant_id, user_id):
        raise OneForBoth(_("这家店有自己的账号，让店主自己来确认。"))
    if len(said_how) > LONGEST_WORD:
        raise BadWord(_("最多写 300 个字，删短一点。"), field="how")


def _say(settlement_id: int, party: str, user_id: int, content_hash: str, text: str) -> Settlement:
    if not text:
        raise BadWord(_("写明哪里不对，两边都会看到。"), field="text")
    if len(text) > LONGEST_WORD:
        raise BadWord(_("最多写 300 个字，删短一点。"), field="text")
    settlement, _rnd, at = lock(settlement_id)
    _check_content(settlement, content_hash)
    kind = WordKind.OBJECTED if party == Party.MERCHANT else WordKind.REPLIED
    if kind == WordKind.OBJECTED and _confirmed(settlement, party, content_hash):
        raise AlreadyConfirmed(_("这张结算单店里已经确认过了。有新的事找团长，会出补充单。"))
    _add(settlement, kind, party, content_hash, user_id, at, text=text)
    _publish(f"settlement.{kind}", settlement, user_id, at, party=party)
    return settlement


def _confirmed(settlement: Settlement, party: str, content_hash: str) -> bool:
    words = SettlementWord.objects.filter(settlement_id=settlement.pk, kind=WordKind.CONFIRMED)
    return words.filter(party=party, content_hash=content_hash).exists()


def _add(
    settlement: Settlement,
    kind: WordKind,
    party: str,
    content_hash: str,
    user_id: int,
    at: datetime,
    *,
    text: str,
    for_other: bool = False,
) -> None:
    rows.insert(
        [
            SettlementWord(
                group_id=settlement.group_id,
                settlement=settlement,
                kind=kind,
                party=party,
                content_hash=content_hash,
                by_id=user_id,
                at=at,
                text=text,
                for_other=for_other,
            )
        ]
    )


def lock(settlement_id: int) -> tuple[Settlement, Round, datetime]:
    """The settlement with its round held, then the time."""
    settlement = Settlement.objects.get(pk=settlement_id)
    return settlement, Round.objects.lock(settlement.round_id), clock.now()


def _check_content(settlement: Settlement, content_hash: str) -> None:
    parts = SettlementPart.objects.filter(settlement_id=settlement.pk)
    last = parts.order_by("-number").values_list("content_hash", flat=True).first()
    if last != content_hash:
        raise StatementChanged(_("结算单刚刚变了，多了补充单。刷新页面，看过新的数再点。"))


def _group_of(settlement_id: int) -> int:
    return Settlement.objects.values_list("group_id", flat=True).get(pk=settlement_id)


def _publish(
    kind: str, settlement: Settlement, user_id: int | None, at: datetime, **data: str | int
) -> None:
    events.publish(
        kind,
        group_id=settlement.group_id,
        subject_id=settlement.pk,
        actor_id=user_id,
        at=at,
        round=settlement.round_id,
        number=settlement.number,
        **data,
    )
