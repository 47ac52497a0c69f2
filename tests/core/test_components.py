"""The parts pages are made of: sound markup, a name for every control, no state by colour alone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from django import forms
from django.conf import settings
from django.contrib.messages import constants
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation

from groups.models import MembershipStatus
from merchants.models import ApplicationStatus, Band, Category
from orders.models import OrderStatus, ReturnStatus, RoundStatus
from tests.markup import problems, read
from tuangou.core.templatetags.icons import SHAPES, icon
from tuangou.core.templatetags.pictures import GOODS, SHOPS
from tuangou.core.templatetags.states import BADGES, CHIPS

LIBRARIES = "{% load i18n icons ui money times plots %}"
NOW = datetime(2026, 11, 20, 7, tzinfo=UTC)


class JoinForm(forms.Form):
    request_id = forms.UUIDField(widget=forms.HiddenInput)
    phone = forms.CharField(label="手机号", help_text="到货时通知你。只有团长看得到。")
    note = forms.CharField(label="备注", required=False, widget=forms.Textarea)
    building = forms.ChoiceField(label="楼栋", choices=[("3", "3栋"), ("5", "5栋")])
    wish = forms.ChoiceField(
        label="想怎样", choices=[("r", "退款"), ("m", "下次补")], widget=forms.RadioSelect
    )
    wants = forms.MultipleChoiceField(
        label="提醒",
        required=False,
        choices=[("a", "到货"), ("b", "截单")],
        widget=forms.CheckboxSelectMultiple,
    )
    rules = forms.BooleanField(label="我看过群规")

    def clean_phone(self):
        if len(self.cleaned_data["phone"]) != 11:
            raise forms.ValidationError("手机号要 11 位，例如 138 0013 8000")
        return self.cleaned_data["phone"]

    def clean(self):
        if self.data.get("phone") == "1":
            raise forms.ValidationError("这户已经满员")


def draw(text: str, **context) -> str:
    return Template(LIBRARIES + text).render(Context(context))


def bad_form() -> JoinForm:
    form = JoinForm({"phone": "1", "building": "9"})
    assert not form.is_valid()
    return form


def page(text: str, size: str = "std", **context) -> str:
    """A whole page around a text, with a menu, messages and a person signed in."""
    request = RequestFactory().get("/g/x/")
    template = Template(
        '{% extends "base.html" %}' + LIBRARIES + "{% block main %}" + text + "{% endblock %}"
    )
    said = [
        SimpleNamespace(level_tag=constants.DEFAULT_TAGS[level])
        for level in (constants.SUCCESS, constants.WARNING, constants.ERROR)
    ]
    defaults = {
        "request": request,
        "display": SimpleNamespace(lang="zh-Hans", size=size, theme="dark"),
        "group": SimpleNamespace(name="梧桐里美食群", slug="wtl"),
        "help": SimpleNamespace(url="/g/wtl/help/", name="小苏", phone="+8613800138001"),
        "nav": [
            SimpleNamespace(name=name, url="/g/wtl/", icon=sign, current=sign == "bowl")
            for name, sign in (
                ("团购", "bowl"),
                ("我的单", "slip"),
                ("商家", "shop"),
                ("我的", "person"),
            )
        ],
        "messages": said,
    }
    return template.render(Context(defaults | context))


EVERYTHING = (Path(__file__).parent / "everything.html").read_text("utf-8")


def everything(size: str = "std", form: forms.Form | None = None) -> str:
    return page(
        EVERYTHING,
        size,
        nasty="<b>",
        form=form if form is not None else bad_form(),
        now=NOW,
        until=NOW + timedelta(hours=5),
        two=Decimal("2.000"),
        half=Decimal("0.500"),
        left=Decimal("36.000"),
        rows=[{"label": "牛腩 2斤", "note": "× ¥38.00", "fen": 7600, "url": "/postings/"}],
        total=7600,
        rows_of_filters=[
            {"label": "没取", "url": "?a", "current": True, "count": 13},
            {"label": "全部", "url": "?b", "current": False},
        ],
    )


@pytest.mark.parametrize("size", ["std", "big", "xl"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_page_of_everything_is_sound(size, language):
    with translation.override(language):
        assert problems(everything(size)) == []


def test_a_page_without_errors_menu_or_messages_is_sound():
    html = page(
        "<h1>x</h1>{% errors form %}{% for box in form %}{% field box %}{% endfor %}",
        form=JoinForm(),
        nav=[],
        messages=[],
        help=None,
    )
    assert problems(html) == []
    assert "错误：" not in html
    assert "has-rail" not in html
    assert 'role="alert"' not in html


@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        ("<div><p>a</div>", "</div> closes <p>"),
        ("<i id=a></i><i id=a></i>", "id a stands 2 times"),
        ("<input name=q>", "<input name=q> has no label"),
        ("<a href='#gone'>x</a>", "<a> points to #gone, which is not there"),
        ("<button><svg></svg></button>", "<button {}> has no name"),
        ("<b style='x'>x</b>", "<b> carries style"),
        ("<img src=x>", "picture x has no alt"),
        ("<p>a<div></div></p>", "<div> inside <p>"),
    ],
)
def test_the_check_itself_sees_what_is_broken(broken, problem):
    assert problem in problems(broken, fragment=True)


def test_mistakes_come_first_with_links_and_stand_between_label_and_box():
    html = everything()
    assert "<title>错误：" in html
    assert html.index('role="alert"') < html.index('<form method="post" data-total')
    summary = html[html.index('role="alert"') : html.index("</ul>", html.index('role="alert"'))]
    assert re.findall(r'href="#([\w-]+)"', summary) == [
        "id_phone",
        "id_building",
        "id_wish",
        "id_rules",
    ]
    assert "这户已经满员" in summary
    field = html[html.index('<label for="id_phone"') :]
    places = [field.index(text) for text in ("手机号", "到货时通知你", "手机号要 11 位", "<input")]
    assert places == sorted(places)
    assert 'aria-describedby="id_phone-h id_phone-e"' in field
    assert field.count('aria-invalid="true"') >= 1
    assert 'value="1"' in field  # what was typed stays


def test_stepper_posts_without_a_script():
    page_ = read(
        draw(
            '{% stepper name="offer_1" value=q item="牛腩" unit="斤" step=h most=m fen=3800 %}',
            q=Decimal("2.500"),
            h=Decimal("0.500"),
            m=Decimal(30),
        )
    )
    buttons = [node.attrs for node in page_.nodes if node.tag == "button"]
    assert [(b["name"], b["value"]) for b in buttons] == [("less", "offer_1"), ("more", "offer_1")]
    assert all("type" not in b for b in buttons)
    box = next(node.attrs for node in page_.nodes if node.tag == "input")
    assert (box["value"], box["step"], box["max"], box["aria-label"]) == (
        "2.5",
        "0.5",
        "30",
        "牛腩 数量（斤）",
    )


def test_nothing_typed_by_a_person_becomes_markup():
    nasty = "<script>alert(1)</script>"
    html = draw(
        '{% chip "payment" "unpaid" n %}{% day n n n more=n %}{% meter 1 2 n left=n %}'
        '{% back n n %}{% photo "beef" src=n alt=n %}{% stepper name=n value=n item=n unit=n %}'
        '{% step 1 n %}{% endstep %}{% include "components/copy.html" with label=n text=n %}'
        '{% include "components/empty.html" with title=n text=n %}'
        '{% note %}{{ n }}{% endnote %}{% icon "help" label=n %}',
        n=nasty,
    )
    assert nasty not in html
    assert html.count("&lt;script&gt;") >= 15


@pytest.mark.parametrize(
    ("kind", "states"),
    [
        ("order", OrderStatus.values),
        ("round", RoundStatus.values),
        ("return", ReturnStatus.values),
        ("application", ApplicationStatus.values),
        ("membership", MembershipStatus.values),
    ],
)
def test_every_state_a_model_can_have_is_drawn(kind, states):
    assert set(states) <= set(CHIPS[kind])


def test_a_state_is_icon_and_word_and_never_colour_alone():
    for kind, states in CHIPS.items():
        for state in states:
            html = draw("{% chip kind state %}", kind=kind, state=state)
            assert re.fullmatch(r'<span class="chip[\w -]*"><svg .*</svg>\S.*</span>', html)
    assert set(Band.values) <= set(BADGES)
    for band in BADGES:
        assert re.fullmatch(
            r'<span class="badge badge-\w+"><svg .*</svg>\S+</span>', draw("{% badge b %}", b=band)
        )


def test_chips_of_one_kind_that_look_alike_differ_in_icon_or_word():
    for states in CHIPS.values():
        words = {(sign, str(word)) for _look, sign, word in states.values()}
        assert len({word for _sign, word in words}) == len(words)


def test_an_unknown_state_does_not_pass_unseen():
    with pytest.raises(KeyError):
        draw('{% chip "order" "eaten" %}')


def test_every_category_and_shop_has_its_picture():
    folder = Path(settings.BASE_DIR) / "tuangou" / "static" / "img"
    assert set(Category.values) == set(GOODS)
    for category, more in GOODS.items():
        names = [
            category,
            f"{category}-wide",
            *(f"{category}-{n}" for n in range(2, len(more) + 2)),
        ]
        assert all((folder / "goods" / f"{name}.svg").is_file() for name in names)
    assert all((folder / "shops" / f"{n}.svg").is_file() for n in range(1, SHOPS + 1))
    assert "beef-4.svg" in draw('{% photo "beef" alt="牛骨" %}')
    assert "beef.svg" in draw('{% photo "beef" alt="牛腩" %}')
    assert "household-wide.svg" in draw('{% photo "unheard-of" kind="hero-photo" %}')
    real = draw('{% photo "beef" src="/media/x.webp" alt="牛腩" %}')
    assert 'src="/media/x-s.webp" alt="牛腩的照片"' in real
    assert 'alt=""' in draw('{% photo "beef" alt="牛腩" %}')  # a drawing beside its name


def test_every_icon_is_one_small_drawing():
    for name in SHAPES:
        assert problems(str(icon(name)), fragment=True) == []
        assert len(SHAPES[name]) < 350
    assert 'role="img" aria-label="停"' in icon("speaker", label="停")


def test_countdown_gives_the_script_all_its_words_in_both_languages():
    text = '{% day "截单" "20:00" more="还剩 5小时" until=u at=n %}'
    for language in ("zh-hans", "en"):
        with translation.override(language):
            html = draw(text, u=NOW + timedelta(hours=5), n=NOW)
        for word in ("day", "hour", "hour-1", "minute", "minute-1", "over"):
            assert f"data-{word}=" in html
        assert "aria-live" not in html


def test_confirm_page_has_one_question_and_two_ways():
    html = render_to_string(
        "components/confirm.html",
        {
            "stay_url": "/back/",
            "display": SimpleNamespace(lang="zh-Hans", size="std", theme="auto"),
        },
    )
    assert "/back/" in html
    assert problems(html.replace("<h1></h1>", "<h1>取消订单？</h1>")) == []


def test_the_largest_type_always_shows_how_to_phone_the_initiator():
    assert 'class="tab-call" href="tel:+8613800138001"' in everything("xl")
    assert 'class="btn call-bar" href="tel:+8613800138001"' in everything("xl")
    assert "data-read" in everything("xl")
    assert "data-read" not in everything("std")
