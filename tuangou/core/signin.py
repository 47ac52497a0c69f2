"""The pages of a code: signing in with it, and putting a phone on an account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.core.exceptions import ImmediateHttpResponse
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tuangou.core import clock, codes, events, limits, sms
from tuangou.core.accounts import CODE_KEY, PhoneField, address_of
from tuangou.core.errors import DomainError, InvalidInput
from tuangou.core.http import PlainForm, person_id
from tuangou.core.models import Code, User

PHONE_KEY = "new_phone"
PHONES_PER_DAY = ("phone.person.day", 5, timedelta(days=1))
TELL_OLD_PHONE_FOR = timedelta(hours=1)


class PhoneTaken(DomainError):
    code = "phone_taken"


class CodeForm(PlainForm):
    code = forms.CharField(
        label=gettext_lazy("验证码"),
        max_length=40,
        error_messages={"required": gettext_lazy("填短信里的 6 位数字")},
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "spellcheck": "false",
            }
        ),
    )


class PhoneForm(PlainForm):
    phone = PhoneField(label=gettext_lazy("新手机号"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phone"].widget.attrs["autocomplete"] = "tel"


def sign_in(request: HttpRequest, user: User, *, method: str, to: str = "") -> HttpResponseBase:
    """Let her in, through allauth: the second factor first if she has one; a new session key."""
    # The phone in her hand shows as much as the password: for 10 minutes neither is asked again.
    shown = {"reauthenticated": True} if method == "code" else {}
    record_authentication(request, user, method=method, **shown)
    try:
        answer: HttpResponseBase = perform_login(request, Login(user=user, redirect_url=to or None))
    except ImmediateHttpResponse as instead:
        answer = instead.response
    return answer


def masked(phone: str) -> str:
    """138****8000, +852****4567: as she may recognise it and nobody else."""
    number = phone.removeprefix("+86") if phone.startswith("+86") else phone
    return f"{number[:-8]}****{number[-4:]}" if len(number) > 8 else f"****{number[-4:]}"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def code_page(request: HttpRequest) -> HttpResponseBase:
    """The six digits; right ones sign in."""
    if request.user.is_authenticated:
        return redirect("home")
    state = request.session.get(CODE_KEY)
    if not state:
        return redirect("account_login")

    def done(code: Code) -> HttpResponseBase:
        user = User.objects.filter(phone=code.phone).first()
        if user is None:
            raise codes.CodeOver(_("这个验证码不能用了。回到上一页重新要一个"))
        del request.session[CODE_KEY]
        return sign_in(request, user, method="code", to=state["next"])

    return _code_page(
        request, state["code"], codes.SIGN_IN, done, template="account/code.html", back=state
    )


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def phone(request: HttpRequest) -> HttpResponseBase:
    """Put a phone on my account, or change it: it is written when its code came back."""
    form = PhoneForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and sms.is_offered() and form.is_valid():
        user_id, number = person_id(request), form.cleaned_data["phone"]
        act, most, per = PHONES_PER_DAY
        limits.spend(act, str(user_id), most=most, per=per)
        code_id = codes.ask(
            purpose=codes.PHONE,
            phone=number,
            address=address_of(request),
            language=get_language() or "zh-hans",
            user_id=user_id,
        )
        request.session[PHONE_KEY] = {"code": code_id}
        return redirect("account_phone_code")
    context = {"form": form, "offered": sms.is_offered(), "now": _own_phone(request)}
    return render(request, "account/phone.html", context, status=422 if form.errors else 200)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def phone_code(request: HttpRequest) -> HttpResponseBase:
    """The six digits that came to the new phone."""
    state = request.session.get(PHONE_KEY)
    if not state:
        return redirect("account_phone")

    def done(code: Code) -> HttpResponseBase:
        del request.session[PHONE_KEY]
        try:
            put_phone(user_id=person_id(request), code=code)
        except PhoneTaken as refusal:
            messages.error(request, refusal.message)
            return redirect("account_phone")
        messages.success(request, _("手机号换好了，以后用它登录"))
        return redirect("account_devices")

    return _code_page(
        request, state["code"], codes.PHONE, done, template="account/phone_code.html", back=state
    )


def put_phone(*, user_id: int, code: Code) -> None:
    """Write the phone that this used code has shown to be hers; her inbox and the old phone hear
    of it. Raises PhoneTaken, InvalidInput for somebody else's code."""
    if code.user_id != user_id or code.purpose != codes.PHONE:
        raise InvalidInput(_("这个验证码不是给这个账号的。重新要一个"))
    try:
        with transaction.atomic():
            user = User.objects.select_for_update().get(pk=user_id)
            before, at = user.phone, clock.now()
            if before == code.phone:
                return
            user.phone = code.phone
            user.save(update_fields=["phone"])
            events.publish(
                "phone.changed", group_id=None, subject_id=user_id, actor_id=user_id, at=at
            )
            if before:
                sms.queue(
                    "phone_changed",
                    phone=before,
                    expires_at=at + TELL_OLD_PHONE_FOR,
                    language=user.language,
                )
    except IntegrityError as error:
        raise PhoneTaken(_("这个手机号已有账号。用它登录，或换一个号")) from error


def _code_page(
    request: HttpRequest,
    code_id: int,
    purpose: str,
    done: Callable[[Code], HttpResponseBase],
    *,
    template: str,
    back: dict[str, Any],
) -> HttpResponseBase:
    form, status = CodeForm(), 200
    if request.method == "POST" and request.POST.get("do") == "resend":
        try:
            codes.ask_again(
                code_id=code_id,
                address=address_of(request),
                language=get_language() or "zh-hans",
            )
            messages.success(request, _("又发了一条，同一个验证码"))
        except DomainError as refusal:
            messages.warning(request, refusal.message)
        return redirect(request.path)
    if request.method == "POST":
        form, status = CodeForm(request.POST), 422
        if form.is_valid():
            try:
                used = codes.use(
                    code_id=code_id,
                    purpose=purpose,
                    typed=form.cleaned_data["code"],
                    address=address_of(request),
                )
                return done(used)
            except (codes.WrongCode, codes.CodeOver) as refusal:
                form.refuse(refusal)
    standing = codes.standing_code(code_id)
    context = {
        "form": form,
        "standing": standing,
        "phone": masked(standing.phone) if standing else "",
        "next": back.get("next", ""),
        "printed": settings.SMS_BACKEND == "console",
    }
    answer: HttpResponse = render(request, template, context, status=status)
    return answer


def _own_phone(request: HttpRequest) -> str:
    user = request.user
    return masked(user.phone) if isinstance(user, User) and user.phone else ""
