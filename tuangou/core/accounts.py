"""Signing in through allauth: by a code to the phone, or by password where she set one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account import views as allauth_views
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from allauth.core.internal.httpkit import get_client_ip
from allauth.core.internal.ratelimit import truncate_ip
from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.generic.edit import FormView

from tuangou.core import codes, devices, limits, sms
from tuangou.core.errors import InvalidInput
from tuangou.core.models import User

CODE_KEY = "signing_in"

_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015\u2212.()·]+")
_CHINESE = re.compile(r"(?:\+?86|0086)?(1[3-9]\d{9})")
_FOREIGN = re.compile(r"(?:\+|00)([1-9]\d{6,14})")


def normal_phone(text: str) -> str:
    """E.164 of a phone as typed: "138 0013 8000", "+86…", full-width. Raises InvalidInput."""
    digits = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text))
    if match := _CHINESE.fullmatch(digits):
        return f"+86{match[1]}"
    if (match := _FOREIGN.fullmatch(digits)) and not match[1].startswith("86"):
        return f"+{match[1]}"
    raise InvalidInput(_("手机号要 11 位，例如 138 0013 8000"), field="phone")


class PhoneField(forms.CharField):
    """A phone as people write it; cleans to E.164."""

    default_error_messages = {"required": gettext_lazy("填手机号")}

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", gettext_lazy("手机号"))
        super().__init__(max_length=40, **kwargs)
        self.widget.input_type = "tel"

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"autocomplete": "username", "inputmode": "tel", "spellcheck": "false"}

    def clean(self, value: Any) -> str:
        typed: str = super().clean(value)
        if not typed:
            return ""
        try:
            return normal_phone(typed)
        except InvalidInput as refusal:
            raise ValidationError(refusal.message, code="invalid_phone") from refusal


# (act, most, per) of wrong passwords, by phone and by address
WRONG_FOR_PHONE = (
    ("password.phone", 5, timedelta(minutes=5)),
    ("password.phone.day", 50, timedelta(days=1)),
)
WRONG_FROM_ADDRESS = (
    ("password.address", 20, timedelta(minutes=1)),
    ("password.address.day", 500, timedelta(days=1)),
)
CHANGES_OF_PASSWORD = ("password.change", 10, timedelta(hours=1))


def _tries(request: HttpRequest, phone: str) -> list[tuple[tuple[str, int, timedelta], str]]:
    """Address first: whoever is stopped there uses nothing up for the phone."""
    address = address_of(request)
    return [
        *((limit, address) for limit in WRONG_FROM_ADDRESS),
        *((limit, phone) for limit in WRONG_FOR_PHONE),
    ]


def address_of(request: HttpRequest) -> str:
    """The network she comes from, for limits: the address, of IPv6 the /64."""
    return str(truncate_ip(get_client_ip(request) or "unknown"))


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Phones on the user row; accounts come from invitations, never from an open sign-up page."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "phone_password_mismatch": gettext_lazy("手机号或密码不对，核对后再试"),
        "incorrect_password": gettext_lazy("密码不对，核对后再试"),
        "enter_current_password": gettext_lazy("现在的密码不对，核对后再试"),
        "too_many_login_attempts": gettext_lazy("试得太多了，5 分钟后再来"),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Signing in and out shows by itself; no banner about it."""

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """As allauth's. Wrong passwords are counted by phone and by address; right ones are not.
        Raises TooMany, also for the right password."""
        tries = _tries(request, credentials.get("phone", ""))
        for (act, most, per), key in tries:
            limits.spend(act, key, most=most, per=per)
        user: User | None = super().authenticate(request, **credentials)
        if user is not None:
            for (act, _most, _per), key in tries:
                limits.give_back(act, key)
        return user

    def login(self, request: HttpRequest, user: User) -> None:
        """A new session key, and a line in her inbox if she is signed in elsewhere too."""
        super().login(request, user)
        devices.note_sign_in(user_id=user.pk, session=request.session)

    def get_login_stages(self) -> list[str]:
        return ["allauth.mfa.stages.AuthenticateStage"]

    def phone_form_field(self, **kwargs: Any) -> PhoneField:
        return PhoneField(**kwargs)

    def get_phone(self, user: User) -> tuple[str, bool] | None:
        return (user.phone, True) if user.phone else None

    def set_phone(self, user: User, phone: str, verified: bool) -> None:
        user.phone = phone
        user.save(update_fields=["phone"])

    def set_phone_verified(self, user: User, phone: str) -> None:
        """A phone is written only when it is known to be hers."""

    def get_user_by_phone(self, phone: str) -> User | None:
        return User.objects.filter(phone=phone).first()

    def send_verification_code_sms(self, user: Any, phone: str, code: str, **kwargs: Any) -> None:
        raise NotImplementedError(
            "Codes are not sent yet: ACCOUNT_PHONE_VERIFICATION_ENABLED is off"
        )


class Plain:
    """allauth's forms in our manner: checked on submit, labels without colon, no placeholders."""

    use_required_attribute = False
    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)

    def _name(self, field: str, label: str, empty: str) -> None:
        self.fields[field].label = label
        self.fields[field].help_text = ""
        self.fields[field].error_messages["required"] = empty


class LoginForm(Plain, allauth_forms.LoginForm):  # type: ignore[misc]
    """A phone, and the button says how: a code to it, or the password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._name("password", _("密码"), _("填密码"))
        self.by_code = sms.is_offered() and self._wants_code()
        self.fields["password"].required = not self.by_code

    def _wants_code(self) -> bool:
        return not self.data.get("password") and self.data.get("by") != "password"

    def clean(self) -> Any:
        return self.cleaned_data if self.by_code else super().clean()

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponseBase:
        if self.by_code:
            ask_to_sign_in(request, self.cleaned_data["login"], redirect_url or "")
            return redirect("account_code")
        answer: HttpResponseBase = super().login(request, redirect_url)
        return answer


def ask_to_sign_in(request: HttpRequest, phone: str, to: str) -> None:
    """A code on its way, its page in this session; the same work whoever has the phone. Going
    back and asking again at once leads to the code already sent. Raises TooMany."""
    earlier = request.session.get(CODE_KEY) or {}
    standing = codes.standing_code(earlier.get("code", 0))
    if standing is None or standing.phone != phone or not standing.resend_in:
        code_id = codes.ask(
            purpose=codes.SIGN_IN,
            phone=phone,
            address=address_of(request),
            language=get_language() or "zh-hans",
        )
    else:
        code_id = standing.id
    request.session[CODE_KEY] = {"code": code_id, "next": to}


class ChangePasswordForm(Plain, allauth_forms.ChangePasswordForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._name("oldpassword", _("现在的密码"), _("填现在的密码"))
        self._name("password1", _("新密码"), _("填新密码"))
        self._name("password2", _("再输一遍新密码"), _("再输一遍新密码"))
        self.fields["password1"].help_text = _("至少 8 个字符，不能全是数字")


class SetPasswordForm(Plain, allauth_forms.SetPasswordForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._name("password1", _("密码"), _("填密码"))
        self._name("password2", _("再输一遍密码"), _("再输一遍密码"))
        self.fields["password1"].help_text = _("至少 8 个字符，不能全是数字")


class ReauthenticateForm(Plain, allauth_forms.ReauthenticateForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._name("password", _("密码"), _("填密码"))


def answering_422(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A form shown again with errors is a 422 here, as on every other page."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        form = (getattr(response, "context_data", None) or {}).get("form")
        if response.status_code == 200 and form is not None and form.is_bound and form.errors:
            response.status_code = 422
        return response

    return answer


class LoginView(allauth_views.LoginView):  # type: ignore[misc]
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"codes_offered": sms.is_offered()}


login = answering_422(LoginView.as_view())
logout = allauth_views.logout
inactive = allauth_views.account_inactive
reauthenticate = answering_422(allauth_views.reauthenticate)


def _new_password(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A new password ends all her other sessions, those without a password hash too."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "POST" and request.user.pk:
            act, most, per = CHANGES_OF_PASSWORD
            limits.spend(act, str(request.user.pk), most=most, per=per)
        response = view(request, *args, **kwargs)
        if request.method == "POST" and response.status_code == 302 and request.user.pk:
            devices.end_others(user_id=request.user.pk, keep_key=request.session.session_key)
        return response

    return answer


class SetPasswordView(allauth_views.PasswordSetView):  # type: ignore[misc]
    """The first password; or another one for who forgot it and has just come in by code."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        answer: HttpResponseBase
        if isinstance(request.user, User) and did_recently_reauthenticate(request):
            answer = FormView.dispatch(self, request, *args, **kwargs)
        else:  # who has a password is sent on to change it
            answer = super().dispatch(request, *args, **kwargs)
        return answer


set_password = login_required(_new_password(answering_422(SetPasswordView.as_view())))
change_password = _new_password(answering_422(allauth_views.password_change))
