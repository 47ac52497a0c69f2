"""「会少货」: the merchant's staff say it before the goods come, or an officer for them (O9)."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from orders.access import purchase_for
from orders.forms.short_notices import ShortForm
from orders.queries.delivery_pages import offers_with_ordered
from orders.queries.short_notices import said_short, shortages_of
from orders.services.delivery_notices import EXPECTED
from orders.services.short_notices import say_short
from orders.views.deliveries import frame
from tuangou.core.errors import DomainError
from tuangou.core.http import person_id, request_id_of


@login_required
@require_http_methods(["GET", "POST"])
def announce(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """What will be missing of what was ordered. The initiator is told; orders stay as they are."""
    member, rnd = purchase_for(request.user, slug, round_id)
    form = ShortForm(
        request.POST if request.method == "POST" else None,
        ordered=offers_with_ordered(rnd),
        said=said_short(rnd.pk),
    )
    if request.method == "POST" and form.is_valid():
        try:
            say_short(
                round_id=rnd.pk,
                user_id=person_id(request),
                for_merchant=member is not None and member.is_officer,
                short=form.short(),
                note=form.cleaned_data["note"],
                request_id=request_id_of(form),
            )
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("记下了，团长会收到通知。"))
            return redirect("orders:shortage-announce", slug, rnd.pk)
    context = frame(request, member, rnd) | {
        "round": rnd,
        "form": form,
        "rows": form.rows(),
        "said": shortages_of([rnd.pk]),
        "expected": rnd.status in EXPECTED,
    }
    status = 422 if form.errors else 200
    return render(request, "orders/short_notices/form.html", context, status=status)
