"""Pages and forms of the second factor: allauth's, in our words, counted by core.limits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.base import forms as base_forms
from allauth.mfa.base import views as base_views
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as recovery_views
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.totp import views as totp_views
from allauth.mfa.webauthn import forms as passkey_forms
from allauth.mfa.webauthn import views as passkey_views
from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse_lazy
from django.utils.translation import gettext as _

from tuangou.core import limits
from tuangou.core.accounts import Plain, answering_422
from tuangou.core.errors import TooMany
from tuangou.core.factors import NEXT_KEY, Adapter

PER_PERSON = (
    ("mfa.person", 5, timedelta(minutes=5)),
    ("mfa.person.day", 50, timedelta(days=1)),
)
ONCE_FOR = timedelta(minutes=5)  # longer than a code of the app is good for


def _refused() -> ValidationError:
    return ValidationError(Adapter.error_messages["incorrect_code"], code="incorrect_code")


class _Counted(Plain):
    """Each try is counted for the person; the same digits are taken once, also at one moment."""

    user: Any
    cleaned_data: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._name("code", _("6 位数字"), _("填 6 位数字"))
        self.fields["code"].widget.attrs |= {"inputmode": "numeric", "spellcheck": "false"}
        self.fields["code"].error_messages["required"] = _("填验证器上的 6 位数字")

    def clean_code(self) -> str:
        key = str(self.user.pk)
        for act, most, per in PER_PERSON:
            limits.spend(act, key, most=most, per=per)
        typed = "".join(self.cleaned_data["code"].split())
        self.cleaned_data["code"] = typed
        try:
            limits.spend("mfa.code", f"{key}:{typed}", most=1, per=ONCE_FOR)
        except TooMany as again:
            raise _refused() from again
        code: str = super().clean_code()  # type: ignore[misc]
        for act, _most, _per in PER_PERSON:
            limits.give_back(act, key)
        return code


class AuthenticateForm(_Counted, base_forms.AuthenticateForm):  # type: ignore[misc]
    pass


class ReauthenticateForm(_Counted, base_forms.ReauthenticateForm):  # type: ignore[misc]
    pass


class ActivateForm(_Counted, totp_forms.ActivateTOTPForm):  # type: ignore[misc]
    pass


class _Readable:
    """What a browser hands over as a passkey may be anything: it is refused, never a 500."""

    def clean(self) -> Any:
        try:
            return super().clean()  # type: ignore[misc]
        except (AttributeError, KeyError, TypeError, ValueError, IndexError) as error:
            raise ValidationError(_("没认出这把通行密钥，再试一次")) from error

    def clean_credential(self) -> Any:
        inherited = getattr(super(), "clean_credential", None)
        if inherited is None:
            return self.cleaned_data["credential"]  # type: ignore[attr-defined]
        for act, most, per in PER_PERSON:
            limits.spend(act, str(self.user.pk), most=most, per=per)  # type: ignore[attr-defined]
        try:
            found = inherited()
        except (AttributeError, KeyError, TypeError, ValueError, IndexError) as error:
            raise ValidationError(_("没认出这把通行密钥，再试一次")) from error
        for act, _most, _per in PER_PERSON:
            limits.give_back(act, str(self.user.pk))  # type: ignore[attr-defined]
        return found


class AuthenticatePasskeyForm(
    _Readable,
    Plain,
    passkey_forms.AuthenticateWebAuthnForm,  # type: ignore[misc]
):
    pass


class ReauthenticatePasskeyForm(
    _Readable,
    Plain,
    passkey_forms.ReauthenticateWebAuthnForm,  # type: ignore[misc]
):
    pass


class AddPasskeyForm(_Readable, Plain, passkey_forms.AddWebAuthnForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._name("name", _("叫什么"), _("填个名字"))
        self.fields["name"].widget = forms.TextInput(attrs={"maxlength": 40})
        self.fields["credential"].error_messages["required"] = _("这一步要用浏览器的通行密钥功能")


def _proved(request: HttpRequest, kind: str) -> None:
    """Whoever has just set a factor up has shown it."""
    row = Authenticator.objects.filter(user_id=request.user.pk, type=kind).order_by("-pk").first()
    if row is not None:
        record_authentication(
            request, request.user, "mfa", id=row.pk, type=kind, reauthenticated=True
        )


class ActivateView(totp_views.ActivateTOTPView):  # type: ignore[misc]
    def form_valid(self, form: Any) -> HttpResponse:
        answer: HttpResponse = super().form_valid(form)
        _proved(self.request, Authenticator.Type.TOTP)
        return answer


class AddPasskeyView(passkey_views.AddWebAuthnView):  # type: ignore[misc]
    def form_valid(self, form: Any) -> HttpResponse:
        answer: HttpResponse = super().form_valid(form)
        _proved(self.request, Authenticator.Type.WEBAUTHN)
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the form as it was sent, where allauth would show a fresh one."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | kwargs


class PasskeyProofView(passkey_views.ReauthenticateWebAuthnView):  # type: ignore[misc]
    def form_invalid(self, form: Any) -> HttpResponse:
        answer: HttpResponse = self.render_to_response(self.get_context_data(form=form))
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | kwargs


class RecoveryCodesView(recovery_views.ViewRecoveryCodesView):  # type: ignore[misc]
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        more = {"go_on": self.request.session.pop(NEXT_KEY, "")}
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | more


index = base_views.index
authenticate = answering_422(base_views.authenticate)
reauthenticate = answering_422(base_views.reauthenticate)
activate_totp = answering_422(ActivateView.as_view())
deactivate_totp = totp_views.deactivate_totp
recovery_codes = RecoveryCodesView.as_view()
generate_recovery_codes = recovery_views.generate_recovery_codes
add_passkey = answering_422(AddPasskeyView.as_view())


class RemovePasskeyView(passkey_views.RemoveWebAuthnView):  # type: ignore[misc]
    success_url = reverse_lazy("mfa_index")


remove_passkey = RemovePasskeyView.as_view()
reauthenticate_passkey = answering_422(PasskeyProofView.as_view())
