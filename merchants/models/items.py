"""What a merchant sells, and who saw its price in the store (M6)."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from merchants.models.merchants import Merchant


class Category(models.TextChoices):
    VEGETABLES = "vegetables", _("蔬菜")
    FRUIT = "fruit", _("水果")
    BEEF_LAMB = "beef", _("牛羊肉")
    PORK = "pork", _("猪肉")
    POULTRY = "poultry", _("禽肉")
    SEAFOOD = "seafood", _("水产")
    EGGS = "eggs", _("蛋")
    DAIRY = "dairy", _("奶")
    GRAIN = "grain", _("米面粮油")
    DUMPLINGS = "dumplings", _("面点饺子")
    BAKERY = "bakery", _("烘焙")
    COOKED = "cooked", _("熟食")
    SNACKS = "snacks", _("零食干货")
    HOUSEHOLD = "household", _("日用")


class Item(models.Model):
    """Goods of a merchant. Rounds copy name, unit and prices, so edits touch no placed order."""

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="items")
    name = models.CharField(max_length=40)
    spec = models.CharField(max_length=40, blank=True)
    unit = models.CharField(max_length=8)
    step = models.DecimalField(max_digits=9, decimal_places=3, default=Decimal(1))
    category = models.CharField(max_length=12, choices=Category)
    store_price_fen = models.BigIntegerField()
    # what the shop offers the group; empty: the round says it
    group_price_fen = models.BigIntegerField(null=True)
    # a picture of the price in the store
    price_proof = models.FileField(upload_to="items/", blank=True)
    origin = models.CharField(max_length=60, blank=True)
    shelf_life = models.CharField(max_length=40, blank=True)
    storage = models.CharField(max_length=60, blank=True)
    description = models.CharField(max_length=500, blank=True)
    photo = models.FileField(upload_to="items/", blank=True)
    video_url = models.URLField(blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "name", "spec"], name="item_name_unique"),
            models.CheckConstraint(
                condition=Q(store_price_fen__gt=0, store_price_fen__lt=10**8),
                name="item_store_price_bounds",
            ),
            models.CheckConstraint(
                condition=Q(group_price_fen__isnull=True)
                | Q(group_price_fen__gt=0, group_price_fen__lt=F("store_price_fen")),
                name="item_group_price_under_store_price",
            ),
            models.CheckConstraint(
                condition=Q(step__gt=0, step__lte=1000), name="item_step_positive"
            ),
            models.CheckConstraint(
                condition=Q(category__in=Category.values), name="item_category_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ProcessPhoto(models.Model):
    """How goods are made, in at most four pictures in the order they were sent (M6)."""

    item = models.ForeignKey(Item, models.PROTECT, related_name="process_photos")
    position = models.PositiveSmallIntegerField()
    photo = models.FileField(upload_to="items/")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item", "position"], name="process_photo_position_unique"
            ),
            models.CheckConstraint(
                condition=Q(position__gte=1, position__lte=4), name="process_photos_at_most_four"
            ),
        ]

    def __str__(self) -> str:
        return str(self.photo)
