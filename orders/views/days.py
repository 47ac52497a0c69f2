"""The calendar of merchant days: the group's month, and a shop's own days (O1, G1)."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from groups.access import membership_for, officer_for
from groups.queries.pages import page_of
from groups.views.acts import act_once, press_once
from merchants.access import day_of, vetting_for
from merchants.forms.merchants import ButtonForm
from merchants.services.days import ask_day, decline_day, withdraw_day
from merchants.views.shared import frame
from orders.forms.days import AnswerDayForm, AskDayForm
from orders.forms.summaries import parse_month
from orders.queries.days import days_of_shop, month_of
from orders.services.days import confirm_day
from tuangou.core import clock


@login_required
@require_GET
def index(request: HttpRequest, slug: str) -> HttpResponse:
    """A month: which merchants have a cut-off on which day, and how many places are left."""
    member = membership_for(request.user, slug)
    today = member.group.local(clock.now()).date()
    first = _month(request, today)
    month = month_of(member.group, first, today=today, all_wishes=member.is_officer)
    context = page_of(request, member, "merchants") | {
        "month": month,
        "today": today,
        "ahead": [day for day in month.days if not day.is_past],
        "gone": [day for day in month.days if day.is_past and day.sells],
    }
    return render(request, "orders/days/index.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, slug: str, merchant_day_id: int) -> HttpResponse:
    """Keep a day for a shop, or not, with a word."""
    officer = officer_for(request.user, slug)
    row = day_of(officer.group_id, merchant_day_id)
    form = AnswerDayForm(request.POST if request.method == "POST" else None)
    if form.is_bound and act_once(
        request,
        form,
        group_id=officer.group_id,
        act="orders.day-answer",
        merchant_day_id=row.pk,
        work=lambda: _decide(form, row.pk, officer.pk),
    ):
        kept = form.cleaned_data["choice"] == "keep"
        messages.success(request, _("留好了。") if kept else _("没留，店里会看到为什么。"))
        return redirect(f"{reverse('orders:days', args=[slug])}?month={row.day:%Y-%m}")
    today = officer.group.local(clock.now()).date()
    month = month_of(officer.group, row.day.replace(day=1), today=today)
    context = page_of(request, officer, "console") | {
        "form": form,
        "row": row,
        "day": month.days[row.day.day - 1],
        "state": row.state_on(today),
    }
    return render(request, "orders/days/answer.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def shop(request: HttpRequest, slug: str, merchant_id: int) -> HttpResponse:
    """A shop asks for a day, and sees what became of the others."""
    caller = vetting_for(request.user, slug, merchant_id)
    group = caller.application.group
    form = AskDayForm(request.POST if request.method == "POST" else None)
    if form.is_bound and act_once(
        request,
        form,
        group_id=group.pk,
        act="orders.shop-days",
        merchant_id=merchant_id,
        work=lambda: ask_day(
            group_id=group.pk,
            merchant_id=merchant_id,
            day=form.cleaned_data["day"],
            wish=form.cleaned_data["wish"],
            user_id=caller.user_id,
        ),
    ):
        messages.success(request, _("约了，等团长回。"))
        return redirect("orders:shop-days", slug, merchant_id)
    today = group.local(clock.now()).date()
    first = _month(request, today)
    month = month_of(group, first, today=today, merchant_id=merchant_id)
    context = frame(request, caller) | {
        "form": form,
        "month": month,
        "ahead": [day for day in month.days if not day.is_past],
        "asked": days_of_shop(group, merchant_id, today=today),
    }
    return render(request, "orders/days/shop.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def withdraw(
    request: HttpRequest, slug: str, merchant_id: int, merchant_day_id: int
) -> HttpResponse:
    """The shop wants this day no more."""
    caller = vetting_for(request.user, slug, merchant_id)
    row = day_of(caller.application.group_id, merchant_day_id, merchant_id)
    press_once(
        request,
        ButtonForm(request.POST),
        group_id=row.group_id,
        act="orders.day-withdraw",
        merchant_day_id=row.pk,
        work=lambda: withdraw_day(merchant_day_id=row.pk, user_id=caller.user_id),
    )
    messages.success(request, _("收回了，那天空出来了。"))
    return redirect("orders:shop-days", slug, merchant_id)


def _decide(form: AnswerDayForm, merchant_day_id: int, actor_id: int) -> object:
    said = form.cleaned_data["answer"]
    if form.cleaned_data["choice"] == "keep":
        return confirm_day(merchant_day_id=merchant_day_id, actor_id=actor_id, answer=said)
    return decline_day(merchant_day_id=merchant_day_id, actor_id=actor_id, answer=said)


def _month(request: HttpRequest, today: date) -> date:
    """The month asked for, within two years; nonsense is a missing page."""
    typed = request.GET.get("month", "")
    if not typed:
        return today.replace(day=1)
    first = parse_month(typed)
    if first is None or abs((first - today).days) > 731:
        raise Http404
    return first
