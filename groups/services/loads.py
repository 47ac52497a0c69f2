"""A year being played into a group: progress, the lock that shows it lives, giving it up.

The loader's database session holds an advisory lock on (Load.LOAD_LOCK, group) from before the
group can be seen until it is done. PostgreSQL drops the lock with the session, however the loader
ended; a loading group whose lock nobody holds is therefore abandoned, and is marked void.
"""

from __future__ import annotations

from django.db import connection, transaction
from django.utils.translation import gettext as _

from groups.models import Group, GroupStatus, Load
from tuangou.core import clock, events
from tuangou.core.errors import InvalidTransition


def start_load(*, group_id: int, source: str, seed: int, steps_total: int) -> Load:
    """Take the lock and open the progress row. In the transaction that founds the group, so that
    nobody ever sees a loading group without its lock.

    `source` is the name of the file alone. Raises RuntimeError outside a transaction and when
    another session loads this group, InvalidTransition when the group is not loading.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("start_load() belongs in the transaction that founds the group")
    group = Group.objects.lock(group_id)
    at = clock.now()
    if group.status != GroupStatus.LOADING:
        raise InvalidTransition(_("这个群没有在载入"))
    if not _try_lock(group_id):
        raise RuntimeError(f"Another session is loading group {group_id}")
    load = Load.objects.create(
        group=group,
        source=source[-200:],
        seed=seed,
        steps_total=steps_total,
        started_at=at,
    )
    events.publish(
        "load.started",
        group_id=group_id,
        subject_id=load.pk,
        actor_id=None,
        at=at,
        steps=steps_total,
    )
    return load


@transaction.atomic
def progress(*, group_id: int, steps_done: int, month: str = "") -> None:
    """How far the loader is; `month` as 2022-06. Not an event: it is shown and forgotten."""
    Load.objects.filter(group_id=group_id).update(steps_done=steps_done, month=month)


@transaction.atomic
def finish_load(*, group_id: int) -> Group:
    """The whole year is in: pages open. Raises InvalidTransition if the group was given up."""
    group = Group.objects.lock(group_id)
    at = clock.now()
    group.move_to(GroupStatus.ACTIVE)
    load = Load.objects.select_for_update(no_key=True).get(group=group)
    load.steps_done, load.finished_at = load.steps_total, at
    load.save(update_fields=["steps_done", "finished_at"])
    _unlock(group_id)  # the row lock keeps void_abandoned waiting until this is committed
    events.publish("load.finished", group_id=group_id, subject_id=load.pk, actor_id=None, at=at)
    return group


@transaction.atomic
def abandon(*, group_id: int) -> None:
    """The loader itself gives up: the group is void at once. Nothing to do where none was founded.

    Raises InvalidTransition for a group that pages open.
    """
    group = Group.objects.select_for_update(no_key=True).filter(pk=group_id).first()
    if group is None or group.status == GroupStatus.VOID:
        return
    if group.status != GroupStatus.LOADING:
        raise InvalidTransition(_("这个群没有在载入"))
    _void(group)
    _unlock(group_id)


@transaction.atomic
def void_abandoned(*, slug: str | None = None) -> list[Group]:
    """Mark loading groups whose loader is gone as void; their slugs are free again. Idempotent.

    With `slug`, only the group that holds it. Returns the groups given up now.
    """
    loading = Group.objects.filter(status=GroupStatus.LOADING)
    if slug is not None:
        loading = loading.filter(slug=slug)
    return [
        group
        for group_id in loading.order_by("pk").values_list("pk", flat=True)
        if (group := _void_if_abandoned(group_id))
    ]


def _void_if_abandoned(group_id: int) -> Group | None:
    group = Group.objects.lock(group_id)
    if group.status != GroupStatus.LOADING or Load.is_held(group_id):
        return None
    _void(group)
    return group


def _void(group: Group) -> None:
    at = clock.now()
    group.move_to(GroupStatus.VOID)
    events.publish("group.voided", group_id=group.pk, subject_id=group.pk, actor_id=None, at=at)


def _try_lock(group_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s, %s)", [Load.LOAD_LOCK, group_id])
        return bool(cursor.fetchone()[0])


def _unlock(group_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_unlock(%s, %s)", [Load.LOAD_LOCK, group_id])
