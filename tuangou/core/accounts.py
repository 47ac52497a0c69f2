"""Signing in by phone and password, through allauth. Codes come later on the same addresses."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account import views as allauth_views
from allauth.account.adapter import DefaultAccountAdapter
from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tuangou.core.errors import InvalidInput
from tuangou.core.models import User

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

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Wrong passwords are counted per phone. allauth's key knows only e-mail and user name: all
        phones would share one count, and five mistakes anywhere would lock everybody out."""
        return f"phone:{credentials.get('phone', '')}"

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


class _Plain:
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


class LoginForm(_Plain, allauth_forms.LoginForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._name("password", _("密码"), _("填密码"))


class ChangePasswordForm(_Plain, allauth_forms.ChangePasswordForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._name("oldpassword", _("现在的密码"), _("填现在的密码"))
        self._name("password1", _("新密码"), _("填新密码"))
        self._name("password2", _("再输一遍新密码"), _("再输一遍新密码"))
        self.fields["password1"].help_text = _("至少 8 个字符，不能全是数字")


class SetPasswordForm(_Plain, allauth_forms.SetPasswordForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._name("password1", _("密码"), _("填密码"))
        self._name("password2", _("再输一遍密码"), _("再输一遍密码"))
        self.fields["password1"].help_text = _("至少 8 个字符，不能全是数字")


class ReauthenticateForm(_Plain, allauth_forms.ReauthenticateForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._name("password", _("密码"), _("填密码"))


def _answering_422(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A form shown again with errors is a 422 here, as on every other page."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        form = (getattr(response, "context_data", None) or {}).get("form")
        if response.status_code == 200 and form is not None and form.is_bound and form.errors:
            response.status_code = 422
        return response

    return answer


login = _answering_422(allauth_views.login)
logout = allauth_views.logout
inactive = allauth_views.account_inactive
set_password = _answering_422(allauth_views.password_set)
change_password = _answering_422(allauth_views.password_change)
reauthenticate = _answering_422(allauth_views.reauthenticate)
