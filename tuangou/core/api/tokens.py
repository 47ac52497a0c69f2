"""The page where a person makes, sees and stops her tokens. A secret is shown once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from tuangou.core import clock, limits, requests, tokens
from tuangou.core.errors import DomainError
from tuangou.core.factors import is_proved
from tuangou.core.http import RequestForm, person_id, request_id_of
from tuangou.core.models import ApiToken, Scope

MADE_A_DAY = 20


class TokenForm(RequestForm):
    name = forms.CharField(
        label=gettext_lazy("叫什么"),
        max_length=40,
        help_text=gettext_lazy("给谁用的，例如 记账脚本"),
        error_messages={"required": gettext_lazy("给令牌起个名字，最多 40 个字")},
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("能做什么"),
        choices=Scope.choices,
        initial=[Scope.READ],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("至少选一种用途")},
    )
    days = forms.TypedChoiceField(
        label=gettext_lazy("用多久"),
        coerce=int,
        choices=[
            (30, gettext_lazy("30 天")),
            (90, gettext_lazy("90 天")),
            (365, gettext_lazy("一年")),
            (0, gettext_lazy("不到期")),
        ],
        initial=90,
        widget=forms.RadioSelect,
    )

    def expires_at(self) -> datetime | None:
        days: int = self.cleaned_data["days"]
        return clock.now() + timedelta(days=days) if days else None


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """Her tokens; POST makes one and shows its secret in this one answer."""
    form = TokenForm(request.POST if request.method == "POST" else None)
    secret = ""
    if form.is_bound and form.is_valid():
        try:
            secret = _make(request, form)
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            if not secret:
                messages.warning(
                    request, _("这个令牌做过了，它只显示一次。没记下就停用，再做一个。")
                )
                return redirect("account_tokens")
            form = TokenForm()
    now = clock.now()
    rows = tokens.tokens_of(person_id(request))
    context: dict[str, Any] = {
        "form": form,
        "secret": secret,
        "living": [row for row in rows if _lives(row, now)],
        "dead": [row for row in rows if not _lives(row, now)],
    }
    status = 422 if form.errors else 200
    return render(request, "account/tokens.html", context, status=status)


def _make(request: HttpRequest, form: TokenForm) -> str:
    """The secret; empty when this form made its token before."""
    user_id = person_id(request)
    limits.spend("token.make", str(user_id), most=MADE_A_DAY, per=timedelta(days=1))
    data = form.cleaned_data
    expires_at = form.expires_at()
    return requests.once(
        group_id=None,
        user_id=user_id,
        key=request_id_of(form),
        act="token.make",
        body={name: data[name] for name in ("name", "scopes", "days")},
        work=lambda: tokens.make_token(
            user_id=user_id,
            name=data["name"],
            scopes=data["scopes"],
            expires_at=expires_at,
            proved=is_proved(request),
        )[1],
        replay=lambda: "",
    )


def _lives(token: ApiToken, now: datetime) -> bool:
    over = token.expires_at is not None and token.expires_at <= now
    return token.revoked_at is None and not over


@login_required
@require_POST
def revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    """Stopped at once. Stopping twice is stopping once."""
    if tokens.revoke_token(user_id=person_id(request), token_id=token_id):
        messages.success(request, _("停用了，用它的程序马上进不来。"))
    return redirect("account_tokens")
