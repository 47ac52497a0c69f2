"""The neighbours: households, names, phones (G2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from orders.management.year import words
from orders.management.year.draws import chance, number
from orders.management.year.figures import Row
from orders.management.year.plan import MemberPlan, Role

MEMBERS = 439  # the paper's group
_PREFIXES = [
    "134",
    "135",
    "136",
    "137",
    "138",
    "139",
    "147",
    "150",
    "151",
    "152",
    "157",
    "158",
    "159",
    "178",
    "182",
    "183",
    "184",
    "187",
    "188",
    "198",
    "130",
    "131",
    "132",
    "155",
    "156",
    "166",
    "175",
    "176",
    "185",
    "186",
    "133",
    "153",
    "173",
    "177",
    "180",
    "181",
    "189",
    "191",
    "199",
]


def members_for(rows: Sequence[Row]) -> int:
    """How many members a year of this size is believable with."""
    busiest = max(row.transactions for row in rows)
    return min(MEMBERS, max(40, busiest * 55 // 100))


def phones(slug: str, salt: int) -> Iterator[str]:
    """Mobile numbers in E.164 that only this slug has: 10,000 of them, in no visible order.

    Two slugs draw the same block of 390,000 once in a while: another salt gives another block.
    """
    block = number("phones", slug, salt, below=len(_PREFIXES) * 10_000)
    for place in range(block * 10_000, (block + 1) * 10_000):
        scattered = (place * 1_618_033_991 + 271_828_183) % (len(_PREFIXES) * 10**8)
        yield f"+86{_PREFIXES[scattered // 10**8]}{scattered % 10**8:08d}"


@dataclass(frozen=True, slots=True)
class _Door:
    building: str
    unit: str
    room: str


def plan_people(slug: str, seed: int, count: int, numbers: Iterator[str]) -> tuple[MemberPlan, ...]:
    """Initiator first, then her deputy, then the others in the order they join."""
    rng = chance(seed, slug, "people")
    doors = _doors(rng, count)
    nicknames = _nicknames(rng)
    real_names: set[str] = {"苏予安", "周文斌"}
    members = [
        _member(0, doors[0], "小苏", "苏予安", "initiator", next(numbers), None),
        _member(1, doors[1], "老周", "周文斌", "deputy", next(numbers), 0),
    ]
    for index in range(2, count):
        elder = index > 9 and rng.random() < 0.04
        real_name = _real_name(rng, real_names, elder=elder)
        nickname = next(nicknames)
        if elder:
            nickname = real_name[0] + rng.choice(("阿姨", "叔", "奶奶", "爷爷", "阿婆"))
        elif rng.random() < 0.3:
            nickname = _plain_nickname(rng, real_name)
        phone = None if elder else next(numbers)
        inviter = 0 if rng.random() < 0.3 else _with_account(rng, members)
        members.append(_member(index, doors[index], nickname, real_name, "member", phone, inviter))
    return tuple(members)


def _member(
    index: int,
    door: _Door,
    nickname: str,
    real_name: str,
    role: Role,
    phone: str | None,
    invited_by: int | None,
) -> MemberPlan:
    return MemberPlan(
        index, nickname, real_name, door.building, door.unit, door.room, phone, role, invited_by
    )


def _with_account(rng: Random, members: Sequence[MemberPlan]) -> int:
    """An earlier member who can have invited the next one."""
    while members[inviter := rng.randrange(len(members))].phone is None:
        pass
    return inviter


def buildings_for(count: int) -> tuple[str, ...]:
    """Names of the compound's buildings, at least six."""
    return tuple(f"{k}栋" for k in range(1, max(6, -(-count // 55)) + 1))


def _doors(rng: Random, count: int) -> list[_Door]:
    """A door for each member; about one household in eight has two members."""
    free = [
        _Door(building, unit, f"{floor}0{flat}")
        for building in buildings_for(count)
        for unit in ("1", "2")
        for floor in range(1, 19)
        for flat in (1, 2, 3)
    ]
    rng.shuffle(free)
    doors: list[_Door] = []
    shared: set[_Door] = set()
    while len(doors) < count:
        lonely = doors[-1] if len(doors) > 2 and doors[-1] not in shared else None
        if lonely and rng.random() < 0.12:
            shared.add(lonely)
            doors.append(lonely)
        else:
            doors.append(free.pop())
    return doors


def _nicknames(rng: Random) -> Iterator[str]:
    """Nicknames without repeats, the way neighbours write them."""
    parents = [child + parent for child in words.CHILD for parent in words.PARENT]
    pool = [*parents, *words.WISTFUL]
    pool += [f"{name}{tail}" for name in words.WISTFUL for tail in ("的家", "~", "呀")]
    pool += [f"{surname}小{rng.choice('鱼米满')}" for surname in words.SURNAMES[:20]]
    rng.shuffle(pool)
    yield from pool
    taken = 2
    while True:
        yield from (f"{name}{taken}" for name in pool)
        taken += 1


def _real_name(rng: Random, taken: set[str], *, elder: bool) -> str:
    while True:
        given = rng.choice(words.GIVEN_LAST)
        if elder:
            given = rng.choice(words.ELDER_GIVEN)
        elif rng.random() < 0.75:
            given = rng.choice(words.GIVEN_FIRST) + given
        name = rng.choice(words.SURNAMES[: 40 if rng.random() < 0.8 else None]) + given
        if name not in taken or len(taken) > 4_000:
            taken.add(name)
            return name


def _plain_nickname(rng: Random, real_name: str) -> str:
    surname, given, last = real_name[0], real_name[1:], real_name[-1]
    return rng.choice((f"阿{last}", f"小{surname}", f"{surname}姐", given, f"{last}{last}"))
