"""Placing an order of 3 lines through HTTP, session and all, against the yardstick, in turn."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from statistics import median
from uuid import uuid4

from tests.benchmarks import bench_limit, web

REPETITIONS = 5
CLIENTS = 16
SECONDS = 3


def measure() -> Iterator[tuple[str, float]]:
    web.set_up()
    from tests.benchmarks.scene import make_scene  # noqa: PLC0415 -- Django is ready only now

    bench_limit.prepare()
    scene = make_scene(members=40, rounds=20)
    refused: list[int] = []

    def place(n: int) -> None:
        luck = Random(n)
        at = luck.randrange(len(scene.rounds))
        form = [("request_id", str(uuid4()))]
        form += [(f"offer_{offer}", "1") for offer in luck.sample(scene.offers[at], 3)]
        path = f"/g/{scene.group.slug}/rounds/{scene.rounds[at].pk}/"
        answer = site.send("POST", path, luck.choice(scene.sessions), form)
        if answer.status != 302:
            refused.append(answer.status)

    with web.running() as site:
        site.rate(place, clients=CLIENTS, seconds=1)
        refused.clear()
        limits, rates = [], []
        for _ in range(REPETITIONS):
            limits.append(bench_limit.orders_per_second("spread", seconds=SECONDS))
            rates.append(site.rate(place, clients=CLIENTS, seconds=SECONDS))
    yield "placement_orders_per_second", median(rates)
    yield "placement_refused", len(refused)
    yield (
        "placement_share_of_limit",
        median(rate / limit for rate, limit in zip(rates, limits, strict=True)),
    )
