"""The address that a person's mails go to: typed by her, and hers once the link in a mail to it was
followed. Texts go to her phone."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tuangou.core import clock, events, limits, matrix
from tuangou.core.errors import TooMany
from tuangou.core.http import PlainForm, person_id
from tuangou.core.judging import CONFIRM
from tuangou.core.models import Mailbox, Outgoing, Way
from tuangou.core.wording import CONFIRM_SALT

VALID = timedelta(days=1)
ASKED_MOST, ASKED_PER = 5, timedelta(days=1)


def mailbox_of(user_id: int) -> Mailbox | None:
    return Mailbox.objects.filter(user_id=user_id).first()


@transaction.atomic
def ask(*, user_id: int, address: str) -> None:
    """Keep the address and send the link that shows it is hers; nothing else goes there before."""
    at = clock.now()
    Mailbox.objects.update_or_create(
        user_id=user_id, defaults={"address": address, "asked_at": at, "confirmed_at": None}
    )
    event = events.publish(
        "mailbox.asked", group_id=None, subject_id=user_id, actor_id=user_id, at=at
    )
    Outgoing.objects.create(
        event=event,
        user_id=user_id,
        channel=Way.EMAIL,
        kind=CONFIRM,
        due_at=at,
        created_at=at,
        lapses_at=at + VALID,
    )


def confirm(*, user_id: int, address: str) -> bool:
    """Whoever has the link reads the mail. False where another address was typed since."""
    asked = Mailbox.objects.filter(user_id=user_id, address=address, user__is_active=True)
    return bool(asked.update(confirmed_at=clock.now()))


def forget(*, user_id: int) -> None:
    """No mails any more, and the address is gone."""
    Mailbox.objects.filter(user_id=user_id).delete()


class MailboxForm(PlainForm):
    address = forms.EmailField(
        label=gettext_lazy("邮箱"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
        error_messages={
            "required": gettext_lazy("填邮箱，例如 name@example.com"),
            "invalid": gettext_lazy("邮箱要像 name@example.com 这样"),
        },
    )


@login_required
@require_http_methods(["GET", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Type an address, or let it go."""
    if not matrix.is_offered(Way.EMAIL):
        raise Http404
    user_id = person_id(request)
    known = mailbox_of(user_id)
    if request.method == "POST" and "forget" in request.POST:
        forget(user_id=user_id)
        messages.success(request, _("邮箱删掉了，不再发邮件。"))
        return redirect("mailbox")
    initial = {"address": known.address} if known else {}
    form = MailboxForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        try:
            limits.spend("mailbox", str(user_id), most=ASKED_MOST, per=ASKED_PER)
        except TooMany as refusal:
            form.refuse(refusal)
        else:
            ask(user_id=user_id, address=form.cleaned_data["address"])
            messages.success(request, _("确认信在路上。点开信里的链接，邮箱就通了。"))
            return redirect("mailbox")
    context = {"form": form, "mailbox": known, "from_address": settings.DEFAULT_FROM_EMAIL}
    status = 422 if form.errors else 200
    return render(request, "account/mailbox.html", context, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
def confirm_page(request: HttpRequest, token: str) -> HttpResponse:
    """The link of the mail. It takes a tap: programs that look into mails follow links too."""
    try:
        user_id, address = signing.loads(token, salt=CONFIRM_SALT, max_age=VALID)
    except (signing.BadSignature, ValueError, TypeError):
        raise Http404 from None
    done = False
    if request.method == "POST":
        done = confirm(user_id=user_id, address=address)
        if not done:
            raise Http404
    return render(request, "account/mailbox_confirm.html", {"address": address, "done": done})
