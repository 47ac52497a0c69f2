"""The group itself and the ground it stands on: buildings and pick-up points (G1)."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import connection, models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tuangou.core.errors import InvalidTransition


class GroupStatus(models.TextChoices):
    LOADING = "loading", _("正在载入")
    ACTIVE = "active", _("在用")
    VOID = "void", _("作废")


MOVES: dict[str, set[str]] = {
    GroupStatus.LOADING: {GroupStatus.ACTIVE, GroupStatus.VOID},
    GroupStatus.ACTIVE: {GroupStatus.VOID},
}


class GroupQuerySet(models.QuerySet["Group"]):
    def living(self) -> GroupQuerySet:
        """Groups a page may open: neither void nor still being loaded."""
        return self.filter(status=GroupStatus.ACTIVE)

    def with_slug(self, slug: str) -> GroupQuerySet:
        """The one group that holds this slug now, living or loading; void groups gave theirs up."""
        return self.exclude(status=GroupStatus.VOID).filter(slug=slug)

    def lock(self, group_id: int) -> Group:
        """Hold this group until the transaction ends. First in the lock order."""
        return self.select_for_update(of=("self",), no_key=True).get(pk=group_id)


class Group(models.Model):
    """Neighbours of one compound who buy together (G1). Its rules bind every round."""

    name = models.CharField(max_length=80)
    slug = models.SlugField(max_length=40)
    compound = models.CharField(max_length=80)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    time_zone = models.CharField(max_length=40, default="Asia/Shanghai")
    status = models.CharField(max_length=8, choices=GroupStatus, default=GroupStatus.ACTIVE)
    member_limit = models.PositiveIntegerField(default=500)
    merchants_per_day = models.PositiveSmallIntegerField(default=2)
    min_discount_bp = models.PositiveIntegerField(default=300)
    commission_bp = models.PositiveIntegerField(default=500)
    return_window_hours = models.PositiveSmallIntegerField(default=48)
    # what nobody sees at pick-up may be said for so many days (O11)
    hidden_fault_days = models.PositiveSmallIntegerField(default=7, db_default=7)
    notice = models.CharField(max_length=300, blank=True)
    # the latest of its HouseRules, 0 for none
    rules_version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    # the head of its ledger, to be printed wherever members keep it; and how the mandate in office
    # stands, with what decided it: all three written by reputation only
    ledger_pages = models.PositiveBigIntegerField(default=0, db_default=0)
    ledger_seal = models.CharField(max_length=9, default="", db_default="", blank=True)
    mandate_standing = models.JSONField(default=dict, db_default={}, blank=True)

    objects = GroupQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["slug"],
                condition=~Q(status="void"),
                name="group_slug_unique_while_not_void",
            ),
            models.CheckConstraint(
                condition=Q(status__in=GroupStatus.values), name="group_status_known"
            ),
            models.CheckConstraint(
                condition=Q(member_limit__gte=1, member_limit__lte=2000), name="group_limit_bounds"
            ),
            models.CheckConstraint(
                condition=Q(merchants_per_day__gte=1, merchants_per_day__lte=20),
                name="group_merchants_per_day_bounds",
            ),
            models.CheckConstraint(
                condition=Q(min_discount_bp__lte=9000), name="group_min_discount_bounds"
            ),
            models.CheckConstraint(
                condition=Q(commission_bp__lte=3000), name="group_commission_bounds"
            ),
            models.CheckConstraint(
                condition=Q(return_window_hours__gte=1, return_window_hours__lte=720),
                name="group_return_window_bounds",
            ),
            models.CheckConstraint(
                condition=Q(hidden_fault_days__gte=1, hidden_fault_days__lte=90),
                name="group_hidden_fault_days_bounds",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def local(self, moment: datetime) -> datetime:
        """A UTC moment in the group's time."""
        return moment.astimezone(self.zone)

    def month_of(self, moment: datetime) -> date:
        """First day of the calendar month, in the group's time zone (O13)."""
        return self.local(moment).date().replace(day=1)

    def move_to(self, status: str) -> None:
        """The only place a group changes its state. The caller holds the lock."""
        if status not in MOVES.get(self.status, ()):
            raise InvalidTransition(_("这个群现在不能这样改。"))
        self.status = status
        self.save(update_fields=["status"])


class GroupOwned(models.Model):
    """A row that belongs to one group.

    Subclasses list `*GroupOwned.Meta.constraints` first: the unique (group, id) is what composite
    foreign keys of other tables point to, so that the database refuses a row that crosses groups.
    """

    group = models.ForeignKey(Group, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(fields=["group", "id"], name="%(app_label)s_%(class)s_in_group")
        ]


class Building(GroupOwned):
    """One building of the compound; the join form and natural sorting use this list."""

    name = models.CharField(max_length=20)
    position = models.PositiveSmallIntegerField()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(fields=["group", "name"], name="building_name_unique"),
            models.UniqueConstraint(
                fields=["group", "position"],
                name="building_position_unique",
                deferrable=models.Deferrable.DEFERRED,
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PickupPoint(GroupOwned):
    """Where bags are handed out (自提点)."""

    name = models.CharField(max_length=60)
    is_active = models.BooleanField(default=True)

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(fields=["group", "name"], name="pickup_point_name_unique"),
        ]

    def __str__(self) -> str:
        return self.name


class Load(GroupOwned):
    """Progress of a year being played into a loading group (manage.py load_year).

    The loader holds a session-level advisory lock on (LOAD_LOCK, group); a loading group whose lock
    nobody holds was abandoned and is marked void by `groups.services.loads.void_abandoned`.
    """

    source = models.CharField(max_length=200)
    seed = models.BigIntegerField()
    steps_total = models.PositiveIntegerField()
    steps_done = models.PositiveIntegerField(default=0)
    month = models.CharField(max_length=7, blank=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(fields=["group"], name="one_load_per_group"),
            models.CheckConstraint(
                condition=Q(steps_done__lte=models.F("steps_total")), name="load_steps_bounds"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source}: {self.percent} %"

    LOAD_LOCK = 0x7475616E  # "tuan": first key of the advisory lock pair

    @property
    def percent(self) -> int:
        return 100 * self.steps_done // self.steps_total if self.steps_total else 100

    @classmethod
    def is_held(cls, group_id: int) -> bool:
        """True while a loader's database session is alive for this group."""
        with connection.cursor() as cursor:
            cursor.execute(
                "select exists(select 1 from pg_locks where locktype = 'advisory' and granted"
                " and database = (select oid from pg_database where datname = current_database())"
                " and classid = %s and objid = %s)",
                [cls.LOAD_LOCK, group_id],
            )
            return bool(cursor.fetchone()[0])
