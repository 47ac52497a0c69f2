"""Kept sentences give what the queryset gives, each time for the values of that time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any

import pytest
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.sql.compiler import SQLCompiler

from groups.models import Mandate, Membership
from tests.factories import make_group, make_initiator, make_member
from tuangou.core.kept import Kept

pytestmark = pytest.mark.django_db


def members(group_id: int, nickname: str, before: datetime) -> QuerySet[Membership]:
    office = Mandate.objects.filter(membership_id=OuterRef("pk"), ended_at__isnull=True)
    return (
        Membership.objects.filter(
            group_id=group_id, nickname__gte=nickname, activated_at__lt=before
        )
        .select_related("group", "household__building", "user")
        .annotate(in_office=Exists(office))
        .order_by("-pk")
    )


@pytest.fixture
def values():
    """Two groups alike; what asks for the people of the first."""
    groups = [make_group(), make_group()]
    for group in groups:
        make_initiator(group)
        make_member(group, "阿兰")
        make_member(group, "阿梅")
    return {
        "group_id": groups[0].pk,
        "nickname": "阿兰",
        "before": datetime.now(UTC) + timedelta(days=1),
    }


def told(rows: list[Membership]) -> list[tuple[object, ...]]:
    names = ("pk", "nickname", "activated_at", "group.name", "household.building", "user")
    return [attrgetter(*names, "in_office")(member) for member in rows]


def test_it_gives_what_the_queryset_gives(values, django_assert_num_queries):
    kept = Kept(members)
    kept.rows(**values)
    with django_assert_num_queries(1):
        found = told(kept.rows(**values))
    assert found == told(list(members(**values)))
    assert [name for _pk, name, *_rest in found] == ["阿梅", "阿兰"]


def test_other_values_give_other_rows(values):
    kept = Kept(members)
    assert [m.nickname for m in kept.rows(**values)] == ["阿梅", "阿兰"]
    assert [m.nickname for m in kept.rows(**values | {"nickname": "阿梅"})] == ["阿梅"]
    assert kept.first(**values | {"before": datetime(2000, 1, 1, tzinfo=UTC)}) is None
    assert kept.rows(**values | {"group_id": 2**63}) == []
    assert kept.rows(**values | {"nickname": "阿';drop table core_user;--"}) == kept.rows(**values)


def test_a_relation_that_is_empty_is_none(values):
    Membership.objects.filter(nickname="阿兰").update(user=None)
    assert [bool(m.user) for m in Kept(members).rows(**values)] == [True, False]


def test_the_sentence_is_built_once(values, monkeypatch):
    built: list[object] = []
    as_sql = SQLCompiler.as_sql

    def counted(self: SQLCompiler, *args: Any, **kwargs: Any) -> Any:
        built.append(self)
        return as_sql(self, *args, **kwargs)

    monkeypatch.setattr(SQLCompiler, "as_sql", counted)
    kept = Kept(members)
    kept.rows(**values)
    before = len(built)
    assert before
    kept.rows(**values | {"nickname": "阿梅"})
    assert len(built) == before


def test_a_value_that_would_change_the_sentence_is_refused(values):
    def maybe(group_id: int, nickname: str) -> QuerySet[Membership]:
        named = Membership.objects.filter(group_id=group_id)
        return named.filter(nickname="阿兰") if nickname else named

    def within(group_id: int, nickname: str) -> QuerySet[Membership]:
        return Membership.objects.filter(group_id=group_id, nickname__contains=nickname)

    for build in (maybe, within):
        with pytest.raises(TypeError, match="nickname"):
            Kept(build).rows(group_id=values["group_id"], nickname="阿")
    with pytest.raises(TypeError):
        Kept(members).rows(**values | {"nickname": None})
    with pytest.raises(TypeError):
        Kept(members).rows(group_id=1)


def test_one_row_or_none_such(values):
    kept = Kept(members)
    assert told([kept.get(**values)]) == told([members(**values)[0]])
    with pytest.raises(Membership.DoesNotExist):
        kept.get(**{**values, "nickname": "龥"})
