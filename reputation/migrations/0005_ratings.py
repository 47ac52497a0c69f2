"""What buyers say of what they took home, and what neighbours say under a round (R1)."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("groups", "0009_hidden_faults"),
        ("merchants", "0019_rated"),
        ("orders", "0033_suspended_guards"),
        ("reputation", "0004_repairs_guards"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Comment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.CharField(max_length=300)),
                ("said_at", models.DateTimeField()),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.round",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="CommentHiding",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(max_length=300)),
                ("hidden_at", models.DateTimeField()),
                (
                    "comment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="hidings",
                        to="reputation.comment",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
                (
                    "hidden_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Rating",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("household_no", models.PositiveBigIntegerField()),
                (
                    "stars",
                    models.PositiveSmallIntegerField(
                        choices=[(5, "很好"), (4, "好"), (3, "一般"), (2, "不好"), (1, "很差")]
                    ),
                ),
                (
                    "words",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=8),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("text", models.CharField(blank=True, max_length=300)),
                ("anonymous", models.BooleanField(default=False)),
                ("counted", models.BooleanField()),
                ("entered", models.BooleanField(default=False)),
                ("given_at", models.DateTimeField()),
                ("edited_at", models.DateTimeField(null=True)),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchants.item",
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.orderline",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
                (
                    "merchant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchants.merchant",
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.round",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="RatingAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.CharField(max_length=300)),
                ("answered_at", models.DateTimeField()),
                (
                    "answered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
                (
                    "rating",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answers",
                        to="reputation.rating",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="RatingPhoto",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                ("file", models.FileField(upload_to="ratings/")),
                ("sha256", models.CharField(max_length=64)),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
                (
                    "rating",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="photos",
                        to="reputation.rating",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="UsefulTap",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("household_no", models.PositiveBigIntegerField()),
                ("at", models.DateTimeField()),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
                (
                    "rating",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="taps",
                        to="reputation.rating",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="WordSet",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("vegetables", "蔬菜"),
                            ("fruit", "水果"),
                            ("beef", "牛羊肉"),
                            ("pork", "猪肉"),
                            ("poultry", "禽肉"),
                            ("seafood", "水产"),
                            ("eggs", "蛋"),
                            ("dairy", "奶"),
                            ("grain", "米面粮油"),
                            ("dumplings", "面点饺子"),
                            ("bakery", "烘焙"),
                            ("cooked", "熟食"),
                            ("snacks", "零食干货"),
                            ("household", "日用"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "words",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=8), size=None
                    ),
                ),
                ("changed_at", models.DateTimeField()),
                (
                    "changed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddIndex(
            model_name="comment",
            index=models.Index(fields=["group", "round", "said_at"], name="comment_in_order"),
        ),
        migrations.AddConstraint(
            model_name="comment",
            constraint=models.UniqueConstraint(
                fields=("group", "id"), name="reputation_comment_in_group"
            ),
        ),
        migrations.AddConstraint(
            model_name="commenthiding",
            constraint=models.UniqueConstraint(
                fields=("group", "id"), name="reputation_commenthiding_in_group"
            ),
        ),
        migrations.AddConstraint(
            model_name="commenthiding",
            constraint=models.UniqueConstraint(
                fields=("group", "comment"), name="comment_hidden_once"
            ),
        ),
        migrations.AddIndex(
            model_name="rating",
            index=models.Index(
                fields=["group", "merchant", "-given_at"], name="rating_of_merchant"
            ),
        ),
        migrations.AddIndex(
            model_name="rating",
            index=models.Index(fields=["group", "round"], name="rating_of_round"),
        ),
        migrations.AddIndex(
            model_name="rating",
            index=models.Index(fields=["group", "item"], name="rating_of_item"),
        ),
        migrations.AddIndex(
            model_name="rating",
            index=models.Index(
                condition=models.Q(("entered", False)), fields=["given_at"], name="rating_to_enter"
            ),
        ),
        migrations.AddConstraint(
            model_name="rating",
            constraint=models.UniqueConstraint(
                fields=("group", "id"), name="reputation_rating_in_group"
            ),
        ),
        migrations.AddConstraint(
            model_name="rating",
            constraint=models.UniqueConstraint(
                fields=("group", "line"), name="one_rating_per_line"
            ),
        ),
        migrations.AddConstraint(
            model_name="rating",
            constraint=models.UniqueConstraint(
                condition=models.Q(("counted", True)),
                fields=("group", "household_no", "item", "round"),
                name="rating_counted_once_per_household",
            ),
        ),
        migrations.AddConstraint(
            model_name="rating",
            constraint=models.CheckConstraint(
                condition=models.Q(("stars__gte", 1), ("stars__lte", 5)),
                name="rating_one_to_five_stars",
            ),
        ),
        migrations.AddConstraint(
            model_name="rating",
            constraint=models.CheckConstraint(
                condition=models.Q(("words__len__lte", 12)), name="rating_words_at_most_twelve"
            ),
        ),
        migrations.AddConstraint(
            model_name="rating",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("edited_at__isnull", True),
                    ("edited_at__gte", models.F("given_at")),
                    _connector="OR",
                ),
                name="rating_edited_after_given",
            ),
        ),
        migrations.AddConstraint(
            model_name="ratinganswer",
            constraint=models.UniqueConstraint(
                fields=("group", "id"), name="reputation_ratinganswer_in_group"
            ),
        ),
        migrations.AddConstraint(
            model_name="ratinganswer",
            constraint=models.UniqueConstraint(
                fields=("group", "rating"), name="rating_answered_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="ratingphoto",
            constraint=models.UniqueConstraint(
                fields=("group", "id"), name="reputation_ratingphoto_in_group"
            ),
        ),
        migrations.AddConstraint(
            model_name="ratingphoto",
            constraint=models.UniqueConstraint(
                fields=("group", "rating", "position"), name="rating_photo_position_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="ratingphoto",
            constraint=models.CheckConstraint(
                condition=models.Q(("position__gte", 1), ("position__lte", 4)),
                name="rating_photos_at_most_four",
            ),
        ),
        migrations.AddConstraint(
            model_name="usefultap",
            constraint=models.UniqueConstraint(
                fields=("group", "id"), name="reputation_usefultap_in_group"
            ),
        ),
        migrations.AddConstraint(
            model_name="usefultap",
            constraint=models.UniqueConstraint(
                fields=("group", "rating", "household_no"), name="useful_once_per_household"
            ),
        ),
        migrations.AddConstraint(
            model_name="wordset",
            constraint=models.UniqueConstraint(
                fields=("group", "id"), name="reputation_wordset_in_group"
            ),
        ),
        migrations.AddConstraint(
            model_name="wordset",
            constraint=models.UniqueConstraint(
                fields=("group", "category"), name="words_once_per_category"
            ),
        ),
        migrations.AddConstraint(
            model_name="wordset",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "category__in",
                        [
                            "vegetables",
                            "fruit",
                            "beef",
                            "pork",
                            "poultry",
                            "seafood",
                            "eggs",
                            "dairy",
                            "grain",
                            "dumplings",
                            "bakery",
                            "cooked",
                            "snacks",
                            "household",
                        ],
                    )
                ),
                name="words_category_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="wordset",
            constraint=models.CheckConstraint(
                condition=models.Q(("words__len__gte", 1), ("words__len__lte", 12)),
                name="words_one_to_twelve",
            ),
        ),
    ]
