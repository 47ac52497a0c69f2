"""500 members want one of 200 portions at the same moment, through HTTP."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from threading import Barrier
from uuid import uuid4

from tests.benchmarks import bench_limit, web

MEMBERS, PORTIONS, CLIENTS, REPETITIONS = 500, 200, 64, 3


def measure() -> Iterator[tuple[str, float]]:
    web.set_up()
    from django.db.models import Sum  # noqa: PLC0415 -- Django is ready only now

    from orders.models import Offer, OrderLine, Posting  # noqa: PLC0415
    from tests.benchmarks.scene import make_scene  # noqa: PLC0415

    bench_limit.prepare()
    limit = bench_limit.orders_per_second("hot", seconds=3)
    scene = make_scene(members=MEMBERS, rounds=REPETITIONS, offers=1, capacity=PORTIONS)
    times, exact, failed = [], 0, 0
    with web.running() as site:
        for rnd, (offer,) in zip(scene.rounds, scene.offers, strict=True):
            barrier = Barrier(CLIENTS)
            path = f"/g/{scene.group.slug}/rounds/{rnd.pk}/"

            def buy(client: int, path: str = path, offer: int = offer, gate: Barrier = barrier):
                gate.wait()
                return [
                    site.send(
                        "POST",
                        path,
                        session,
                        [("request_id", str(uuid4())), (f"offer_{offer}", "1")],
                    ).status
                    for session in scene.sessions[client::CLIENTS]
                ]

            started = time.perf_counter()
            with ThreadPoolExecutor(CLIENTS) as pool:
                answers = Counter(s for part in pool.map(buy, range(CLIENTS)) for s in part)
            times.append(time.perf_counter() - started)
            sold = OrderLine.objects.filter(offer_id=offer).aggregate(q=Sum("quantity"))["q"]
            books = Posting.objects.filter(round=rnd).aggregate(fen=Sum("amount_fen"))["fen"]
            taken = Offer.objects.get(pk=offer).taken
            exact += (
                sold == taken == PORTIONS
                and books == 0
                and answers == Counter({302: PORTIONS, 422: MEMBERS - PORTIONS})
            )
            failed += sum(n for status, n in answers.items() if status >= 500)
    yield "rush_exact_runs", exact
    yield "rush_runs", REPETITIONS
    yield "rush_answers_5xx", failed
    yield "rush_wall_seconds", median(times)
    yield "rush_times_the_limit", median(times) * limit / MEMBERS
