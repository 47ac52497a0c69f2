"""The round page with 30 goods against an answer without content, same server, in turn."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from tests.benchmarks import web

REPETITIONS = 5


def measure() -> Iterator[tuple[str, float]]:
    web.set_up()
    from tests.benchmarks.scene import make_scene  # noqa: PLC0415 -- Django is ready only now

    scene = make_scene(members=16, rounds=1)
    page = f"/g/{scene.group.slug}/rounds/{scene.rounds[0].pk}/"
    wrong: list[int] = []

    def empty(n: int) -> None:
        site.send("GET", "/healthz")

    def full(n: int) -> None:
        answer = site.send("GET", page, scene.sessions[n % 16])
        if answer.status != 200:
            wrong.append(answer.status)

    with web.running() as site:
        site.rate(full, clients=16, seconds=1)
        empties, fulls = [], []
        for _ in range(REPETITIONS):
            empties.append(site.rate(empty, clients=16, seconds=1))
            fulls.append(site.rate(full, clients=16, seconds=2))
    yield "round_page_per_second", median(fulls)
    yield "round_page_wrong", len(wrong)
    yield (
        "round_page_share_of_empty",
        median(full / empty for full, empty in zip(fulls, empties, strict=True)),
    )
