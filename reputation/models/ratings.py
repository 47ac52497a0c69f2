"""What buyers say of what they took home, and neighbours under a round (R1)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Count, F, Q
from django.utils.translation import gettext_lazy as _

from groups.models import GroupOwned, Membership
from merchants.models import Category, Item, Merchant
from orders.models import OrderLine, Round
from tuangou.core.models import User

EDIT_WITHIN = timedelta(hours=24)
MOST_PHOTOS = 4
MOST_WORDS = 12
LONGEST_WORD = 8


class Stars(models.IntegerChoices):
    FIVE = 5, _("很好")
    FOUR = 4, _("好")
    THREE = 3, _("一般")
    TWO = 2, _("不好")
    ONE = 1, _("很差")


class RatingQuerySet(models.QuerySet["Rating"]):
    def of_group(self, group_id: int) -> RatingQuerySet:
        return self.filter(group_id=group_id)

    def counted(self) -> RatingQuerySet:
        """One of a household for each item of a round: the first."""
        return self.filter(counted=True)

    def settled(self, at: datetime) -> RatingQuerySet:
        """No longer to be changed, and not in the ledger yet."""
        return self.filter(entered=False, given_at__lte=at - EDIT_WITHIN)

    def by_stars(self) -> dict[int, int]:
        """How many of each; a missing one means none."""
        rows = self.order_by().values_list("stars").annotate(n=Count("pk"))
        return dict(rows)


class Rating(GroupOwned):
    """What the buyer of a line says of it, once (R1). Hers to change for 24 hours, then nobody's.

    Round, merchant and item are those of the line, the household the one of its order: the
    database compares. `counted`: the first of a household for this item of this round.
    `entered`: the 24 hours are over and the ledger has it.
    """

    line = models.ForeignKey(OrderLine, models.PROTECT, related_name="+")
    round = models.ForeignKey(Round, models.PROTECT, related_name="+")
    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    member = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    # a number and no key: a flat that is forgotten leaves it behind, and it leads nowhere
    household_no = models.PositiveBigIntegerField()
    stars = models.PositiveSmallIntegerField(choices=Stars)
    words = ArrayField(models.CharField(max_length=LONGEST_WORD), default=list, blank=True)
    text = models.CharField(max_length=300, blank=True)
    anonymous = models.BooleanField(default=False)
    counted = models.BooleanField()
    entered = models.BooleanField(default=False)
    given_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True)

    objects = RatingQuerySet.as_manager()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(fields=["group", "line"], name="one_rating_per_line"),
            models.UniqueConstraint(
                fields=["group", "household_no", "item", "round"],
                condition=Q(counted=True),
                name="rating_counted_once_per_household",
            ),
            models.CheckConstraint(
                condition=Q(stars__gte=1, stars__lte=5), name="rating_one_to_five_stars"
            ),
            models.CheckConstraint(
                condition=Q(words__len__lte=MOST_WORDS), name="rating_words_at_most_twelve"
            ),
            models.CheckConstraint(
                condition=Q(edited_at__isnull=True) | Q(edited_at__gte=F("given_at")),
                name="rating_edited_after_given",
            ),
        ]
        indexes = [
            models.Index(fields=["group", "merchant", "-given_at"], name="rating_of_merchant"),
            models.Index(fields=["group", "round"], name="rating_of_round"),
            models.Index(fields=["group", "item"], name="rating_of_item"),
            models.Index(fields=["given_at"], condition=Q(entered=False), name="rating_to_enter"),
        ]

    def __str__(self) -> str:
        return f"{self.stars}"

    def may_change(self, at: datetime) -> bool:
        return not self.entered and at < self.given_at + EDIT_WITHIN


class RatingPhoto(GroupOwned):
    """A re-encoded picture; at most four, and like the words fixed after 24 hours."""

    rating = models.ForeignKey(Rating, models.PROTECT, related_name="photos")
    position = models.PositiveSmallIntegerField()
    file = models.FileField(upload_to="ratings/")
    sha256 = models.CharField(max_length=64)

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "rating", "position"], name="rating_photo_position_unique"
            ),
            models.CheckConstraint(
                condition=Q(position__gte=1, position__lte=MOST_PHOTOS),
                name="rating_photos_at_most_four",
            ),
        ]


class UsefulTap(GroupOwned):
    """Another household found a rating useful; taken back, the row is gone."""

    rating = models.ForeignKey(Rating, models.PROTECT, related_name="taps")
    member = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    household_no = models.PositiveBigIntegerField()
    at = models.DateTimeField()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "rating", "household_no"], name="useful_once_per_household"
            ),
        ]


class RatingAnswer(GroupOwned):
    """What the shop says to a rating, once, before everybody. Append-only."""

    append_only = True

    rating = models.ForeignKey(Rating, models.PROTECT, related_name="answers")
    text = models.CharField(max_length=300)
    answered_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    answered_at = models.DateTimeField()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(fields=["group", "rating"], name="rating_answered_once"),
        ]


class WordSet(GroupOwned):
    """The words a group offers for goods of a category, where officers changed the usual ones."""

    category = models.CharField(max_length=12, choices=Category)
    words = ArrayField(models.CharField(max_length=LONGEST_WORD))
    changed_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(fields=["group", "category"], name="words_once_per_category"),
            models.CheckConstraint(
                condition=Q(category__in=Category.values), name="words_category_known"
            ),
            models.CheckConstraint(
                condition=Q(words__len__gte=1, words__len__lte=MOST_WORDS),
                name="words_one_to_twelve",
            ),
        ]


class Comment(GroupOwned):
    """What a member says under a round before everybody. Append-only."""

    append_only = True

    round = models.ForeignKey(Round, models.PROTECT, related_name="+")
    member = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    text = models.CharField(max_length=300)
    said_at = models.DateTimeField()

    class Meta(GroupOwned.Meta):
        constraints = [*GroupOwned.Meta.constraints]
        indexes = [models.Index(fields=["group", "round", "said_at"], name="comment_in_order")]


class CommentHiding(GroupOwned):
    """An officer took a comment off the page, and said why; its text stays. Append-only."""

    append_only = True

    comment = models.ForeignKey(Comment, models.PROTECT, related_name="hidings")
    reason = models.CharField(max_length=300)
    hidden_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    hidden_at = models.DateTimeField()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(fields=["group", "comment"], name="comment_hidden_once"),
        ]
