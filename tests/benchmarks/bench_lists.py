"""Lists and labels of 439 members who ordered 8 items each, as page, PDF and workbook.

The piece labels are some 6,000: what is weighed has one, everything else one a pack.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from tests.benchmarks import web

KINDS = ("building", "sorting", "doors", "pickup", "households", "pieces")
LABELS = ("households", "pieces")
NAMES = {"/": "page", ".pdf": "pdf", ".xlsx": "xlsx", ".pdf?size=roll": "roll"}
MEMBERS, GOODS = 439, 8


def measure() -> Iterator[tuple[str, float]]:
    web.set_up()
    from django.db import transaction  # noqa: PLC0415 -- Django is ready only now
    from django.test import Client  # noqa: PLC0415

    from tests.orders.busy import busy_round  # noqa: PLC0415

    with transaction.atomic():
        rnd = busy_round(MEMBERS, GOODS)
    client = Client(headers={"host": "localhost"})
    user = rnd.initiator.user
    assert user is not None
    client.force_login(user)
    lists = f"/g/{rnd.group.slug}/rounds/{rnd.pk}/lists/"
    client.get(lists + "building.pdf")  # fonts and templates are read once
    for kind in KINDS:
        forms = ["/", ".pdf", ".xlsx"]
        if kind in LABELS:
            forms.append(".pdf?size=roll")
        for form in forms:
            started, worked = time.perf_counter(), time.process_time()
            answer = client.get(f"{lists}{kind}{form}")
            assert answer.status_code == 200
            name = f"lists_{kind}_{NAMES[form]}"
            yield f"{name}_seconds", time.perf_counter() - started
            yield f"{name}_cpu_seconds", time.process_time() - worked
