"""How pages look to this person: language, text size, theme. Works without an account too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from tuangou.core.http import PlainForm, back_link
from tuangou.core.models import Language, TextSize, Theme, User

SIZE_COOKIE = "size"
THEME_COOKIE = "theme"
HTML_LANG = {Language.CHINESE: "zh-Hans", Language.ENGLISH: "en"}


@dataclass(frozen=True, slots=True)
class Display:
    """The attributes of <html>: lang, data-size, data-theme."""

    language: str
    size: str
    theme: str

    @property
    def lang(self) -> str:
        return HTML_LANG.get(Language(self.language), self.language)


class DisplayMiddleware:
    """Activates the language: the person's own, else the cookie, else the browser's, else Chinese.

    A link with ?big=1 switches this device to big text for good, so that a child can send it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        language = language_of(request)
        translation.activate(language)
        request.LANGUAGE_CODE = language
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", translation.get_language() or language)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        if request.method == "GET" and request.GET.get("big") == "1":
            remember(response, SIZE_COOKIE, TextSize.BIG)
        return response


def language_of(request: HttpRequest) -> str:
    """Only a visitor with a session cookie costs a query, the one her page makes anyway."""
    user = request.user if settings.SESSION_COOKIE_NAME in request.COOKIES else None
    if isinstance(user, User):
        return user.language
    return translation.get_language_from_request(request)


def display(request: HttpRequest) -> dict[str, Display]:
    """Context processor: `display.lang`, `display.size`, `display.theme`. This device decides size
    and theme before the account does: a phone and a desktop differ."""
    user = getattr(request, "user", None)
    size = theme = ""
    if isinstance(user, User):
        size, theme = user.text_size, user.theme
    size = _known(TextSize, request.COOKIES.get(SIZE_COOKIE)) or size or TextSize.STANDARD
    theme = _known(Theme, request.COOKIES.get(THEME_COOKIE)) or theme or Theme.AUTO
    if request.GET.get("big") == "1":
        size = TextSize.BIG
    return {"display": Display(translation.get_language() or "zh-hans", str(size), str(theme))}


def _known(choices: type[TextSize] | type[Theme], value: str | None) -> str:
    return value if value in choices.values else ""


def remember(response: HttpResponseBase, name: str, value: str) -> None:
    """A cookie of this device for a year."""
    response.set_cookie(
        name,
        value,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
    )


class DisplayForm(PlainForm):
    """Any of the three may be sent alone, so that one button can switch one thing."""

    size = forms.ChoiceField(
        label=_("字号"), choices=TextSize, required=False, widget=forms.RadioSelect
    )
    theme = forms.ChoiceField(
        label=_("颜色"), choices=Theme, required=False, widget=forms.RadioSelect
    )
    language = forms.ChoiceField(
        label=_("语言"), choices=Language, required=False, widget=forms.RadioSelect
    )


@require_http_methods(["GET", "POST"])
def change_display(request: HttpRequest) -> HttpResponse:
    """POST language, size and/or theme, and `next`: the page to go back to."""
    shown = display(request)["display"]
    initial = {"language": shown.language, "size": shown.size, "theme": shown.theme}
    form = DisplayForm(request.POST if request.method == "POST" else None, initial=initial)
    if not form.is_valid():
        context = {"form": form, "next": back_link(request)}
        return render(request, "account/display.html", context, status=422 if form.errors else 200)
    chosen = {name: value for name, value in form.cleaned_data.items() if value}
    if request.user.is_authenticated:
        save_display(user_id=request.user.pk, **chosen)
    target = request.POST.get("next") or back_link(request)
    if not target.startswith("/") or not url_has_allowed_host_and_scheme(
        target, {request.get_host()}, require_https=request.is_secure()
    ):
        target = "/"
    response = HttpResponseRedirect(target)  # redirect() would take a word for a view's name
    cookies = {
        "language": settings.LANGUAGE_COOKIE_NAME,
        "size": SIZE_COOKIE,
        "theme": THEME_COOKIE,
    }
    for name, value in chosen.items():
        remember(response, cookies[name], value)
    return response


def save_display(
    *, user_id: int, language: str | None = None, size: str | None = None, theme: str | None = None
) -> None:
    """Keep what was chosen on the account, for her other devices."""
    fields = {"language": language, "text_size": size, "theme": theme}
    if chosen := {name: value for name, value in fields.items() if value}:
        User.objects.filter(pk=user_id).update(**chosen)
