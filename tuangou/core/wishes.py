"""When a person wants to be told, and on which way (S2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.timezone import get_default_timezone

from tuangou.core import matrix
from tuangou.core.models import NoticeMute, NoticeSetting, Topic, Way
from tuangou.core.notices import INBOX, topic_of

DIGEST_AT = time(18)
LATEST = time(23)  # for goods that wait now, where she allowed it


@dataclass(frozen=True, slots=True)
class Chosen:
    """What one person chose, read once for all that is about to go to her."""

    setting: NoticeSetting
    muted: frozenset[tuple[str, str]]

    def refuses(self, kind: str, channel: str) -> bool:
        topic = topic_of(kind)
        return topic != Topic.ACCOUNT and (channel, topic or "") in self.muted

    def goes_at(
        self, kind: str, channel: str, *, made_at: datetime, now: datetime, zone: str | None
    ) -> datetime:
        """When what was made at `made_at` goes out, at the earliest `now`.

        The daily e-mail takes what can wait to the first 18:00 after it was made; what falls into
        her quiet hours waits for their end. News about her account never waits.
        """
        if topic_of(kind) == Topic.ACCOUNT:
            return max(made_at, now)
        place = ZoneInfo(zone) if zone else get_default_timezone()
        row, chosen = matrix.of(kind), self.setting
        local = made_at.astimezone(place)
        if chosen.digest and channel == Way.EMAIL and row.email == matrix.DIGEST:
            local = _next(local, DIGEST_AT)
        local = max(local, now.astimezone(place))
        start = chosen.quiet_from
        if row.starred and chosen.late and chosen.quiet_until < start < LATEST:
            start = LATEST
        if _is_quiet(local.time(), start, chosen.quiet_until):
            local = _next(local, chosen.quiet_until)
        return local.astimezone(made_at.tzinfo)


def chosen_by(user_id: int) -> Chosen:
    """Two queries."""
    setting = NoticeSetting.objects.filter(user_id=user_id).first() or NoticeSetting()
    muted = NoticeMute.objects.filter(user_id=user_id).values_list("channel", "topic")
    return Chosen(setting, frozenset(muted))


def wants(
    user_id: int, kind: str, channel: str, at: datetime, *, zone: str | None = None
) -> datetime | None:
    """When a notice of this kind, made at `at`, may reach her on this channel; None: never (S2).

    The inbox takes everything at once. Hours are local to `zone` (the group's), else to the
    installation. Two queries.
    """
    if channel == INBOX or topic_of(kind) == Topic.ACCOUNT:
        return at
    chosen = chosen_by(user_id)
    if chosen.refuses(kind, channel):
        return None
    return chosen.goes_at(kind, channel, made_at=at, now=at, zone=zone)


def _is_quiet(hour: time, start: time, end: time) -> bool:
    """Whether the hour lies in [start, end), which may run over midnight."""
    return start <= hour < end if start <= end else hour >= start or hour < end


def _next(local: datetime, hour: time) -> datetime:
    """The next moment, this one included, at which the clock on the wall shows `hour`."""
    day = local.date() + timedelta(days=local.time() > hour)
    return datetime.combine(day, hour, tzinfo=local.tzinfo)
