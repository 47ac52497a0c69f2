"""Rating what was fetched, and reading what others said of it (R1)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from groups.access import initiator_for
from groups.queries.pages import Inbox, page_of
from groups.views.acts import act_once, press_once
from merchants.access import caller_for, staff_of
from merchants.views.shared import frame, page_links
from reputation.access import ratings as access
from reputation.forms.ratings import (
    AnswerForm,
    CommentForm,
    ListForm,
    RateForm,
    UsefulForm,
)
from reputation.queries.comments import comments_of
from reputation.queries.flags import flags_of
from reputation.queries.ratings import RatingsPage, one_rating, rate_page, ratings_page
from reputation.services import ratings as service
from tuangou.core import clock
from tuangou.core.errors import DomainError
from tuangou.core.http import request_id_of


@login_required
@require_http_methods(["GET", "POST"])
def rate(request: HttpRequest, slug: str, order_id: int) -> HttpResponse:
    """All that was fetched with an order, on one page."""
    member, order = access.order_to_rate(request.user, slug, order_id)
    page = rate_page(order, at=clock.now())
    data = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = RateForm(*data, page=page)
    if form.is_bound and form.is_valid():
        try:
            service.rate(
                order_id=order.pk,
                actor_id=member.pk,
                opinions=form.opinions(),
                anonymous=form.cleaned_data["anonymous"],
                request_id=request_id_of(form),
            )
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("评好了，谢谢。24 小时内还能改。"))
            return redirect("reputation:round-said", slug, order.round_id)
    context = page_of(request, member, "mine") | {
        "order": order,
        "round": order.round,
        "page": page,
        "form": form,
    }
    status = 422 if form.errors else 200
    return render(request, "reputation/ratings/rate.html", context, status=status)


@login_required
@require_GET
def of_round(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """What was said of a round: ratings of its goods, and comments under it."""
    reader = access.round_said(request.user, slug, round_id)
    sort, number = ListForm(request.GET).asked()
    page = ratings_page(
        reader.round.group_id, reader.reader, sort=sort, page=number, round_id=round_id
    )
    return render(
        request,
        "reputation/ratings/round.html",
        round_context(request, reader) | list_context(page) | {"form": CommentForm()},
    )


def round_context(request: HttpRequest, reader: access.OfRound) -> dict[str, Any]:
    """The frame of a round's page, its comments and who reads."""
    rnd = reader.round
    base = (
        page_of(request, reader.membership)
        if reader.membership
        else {"group": reader.group, "inbox": Inbox(reverse("notices"))}
    )
    return base | {
        "round": rnd,
        "comments": comments_of(rnd.pk),
        "is_staff": reader.is_staff,
        "is_officer": reader.membership is not None and reader.membership.is_officer,
    }


@login_required
@require_GET
def of_merchant(request: HttpRequest, slug: str, merchant_id: int) -> HttpResponse:
    caller = caller_for(request.user, slug, merchant_id)
    sort, number = ListForm(request.GET).asked()
    reader = access.reader_of(caller.membership, is_staff=caller.is_staff)
    page = ratings_page(
        caller.application.group_id, reader, sort=sort, page=number, merchant_id=merchant_id
    )
    context = frame(request, caller) | list_context(page) | {"is_staff": caller.is_staff}
    return render(request, "reputation/ratings/merchant.html", context)


@login_required
@require_GET
def of_item(request: HttpRequest, slug: str, merchant_id: int, item_id: int) -> HttpResponse:
    caller, item = access.item_said(request.user, slug, merchant_id, item_id)
    sort, number = ListForm(request.GET).asked()
    reader = access.reader_of(caller.membership, is_staff=caller.is_staff)
    page = ratings_page(
        caller.application.group_id, reader, sort=sort, page=number, item_id=item_id
    )
    shown = {"is_staff": caller.is_staff, "item": item}
    context = frame(request, caller) | list_context(page) | shown
    return render(request, "reputation/ratings/merchant.html", context)


def list_context(page: RatingsPage) -> dict[str, Any]:
    words = {"useful": _("有用的在前"), "new": _("新的在前")}
    return {
        "page": page,
        "filters": [
            {
                "label": label,
                "url": "?" + urlencode({"sort": sort}),
                "current": sort == page.sort,
                "count": None,
            }
            for sort, label in words.items()
        ],
        **page_links(page.page, has_more=page.has_more, sort=page.sort),
    }


@login_required
@require_POST
def useful(request: HttpRequest, slug: str, rating_id: int) -> HttpResponse:
    """One tap; another takes it back."""
    member, row = access.rating_for_member(request.user, slug, rating_id)
    form = UsefulForm(request.POST)
    press_once(
        request,
        form,
        group_id=member.group_id,
        act="rating.useful",
        rating_id=row.pk,
        work=lambda: service.find_useful(
            rating_id=row.pk, actor_id=member.pk, useful=form.cleaned_data["useful"] == "1"
        ),
    )
    there = reverse("reputation:item-ratings", args=[slug, row.merchant_id, row.item_id])
    return redirect(f"{there}#rating-{row.pk}")


@login_required
@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, slug: str, merchant_id: int, rating_id: int) -> HttpResponse:
    """The shop answers, once."""
    caller, row = access.rating_for_staff(request.user, slug, merchant_id, rating_id)
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if form.is_bound and act_once(
        request,
        form,
        group_id=row.group_id,
        act="rating.answer",
        rating_id=row.pk,
        work=lambda: service.answer(
            rating_id=row.pk, user_id=caller.user_id, text=form.cleaned_data["text"]
        ),
    ):
        messages.success(request, _("答好了，大家都看得到。"))
        return redirect("reputation:merchant-ratings", slug, merchant_id)
    reader = access.reader_of(caller.membership, is_staff=True)
    context = frame(request, caller) | {"form": form, "row": one_rating(row, reader)}
    status = 422 if form.errors else 200
    return render(request, "reputation/ratings/answer.html", context, status=status)


@login_required
@require_GET
def photo(request: HttpRequest, slug: str, rating_photo_id: int) -> HttpResponseBase:
    """A picture of a rating; the file itself has no public address."""
    picture = access.photo_for(request.user, slug, rating_photo_id)
    response = FileResponse(picture.file.open("rb"), content_type="image/webp")
    response["Cache-Control"] = "private, max-age=86400"
    response["Content-Security-Policy"] = "sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@login_required
@require_GET
def flags(request: HttpRequest, slug: str) -> HttpResponse:
    """What the initiator should look at twice; the ratings stay where they are."""
    initiator = initiator_for(request.user, slug)
    context = page_of(request, initiator, "console") | {
        "flags": flags_of(initiator.group_id, at=clock.now(), shops=staff_of(request.user)),
    }
    return render(request, "reputation/ratings/flags.html", context)
