"""Paper slips: printed, and keyed in one after the other (O4)."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from groups.models import Membership
from groups.queries.pages import page_of
from orders.access import round_for_member, round_for_officer
from orders.forms.orders import ActForm
from orders.forms.slips import NEW, SlipForm
from orders.models import Channel, Round
from orders.queries import slips as queries
from orders.services.orders import cancel_order, place_order
from orders.services.slips import neighbour_at
from orders.views.codes import qr_of
from tuangou.core import clock
from tuangou.core.errors import DomainError, InvalidInput
from tuangou.core.http import request_id_of
from tuangou.core.templatetags.money import yuan

PER_PAGE = ("2", "4")


@login_required
@require_GET
def paper(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """A slip to print, two or four a page, for neighbours without a phone."""
    member, rnd = round_for_member(request.user, slug, round_id)
    chosen = request.GET.get("n")
    many = int(chosen) if chosen in PER_PAGE else 4
    context = page_of(request, member) | {
        "round": rnd,
        "goods": queries.lettered(rnd.pk),
        "many": many,
        "copies": range(many),
        "per_page": [
            {
                "label": _("一页 %(n)s 份") % {"n": n},
                "url": f"?n={n}",
                "current": str(many) == n,
                "count": None,
            }
            for n in PER_PAGE
        ],
        "is_open": rnd.takes_orders(clock.now()),
        "now": clock.now(),
    }
    return render(request, "orders/slips/paper.html", context)


@login_required
@require_GET
def round_qr(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """The round's short link as a picture."""
    _member, rnd = round_for_member(request.user, slug, round_id)
    address = request.build_absolute_uri(reverse("round-code", args=[rnd.code]))
    return qr_of(address)


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """One slip after the other, by keyboard alone; the last ones beside, each to be undone."""
    officer, rnd = round_for_officer(request.user, slug, round_id)
    form = SlipForm(
        request.POST if request.method == "POST" else None,
        goods=queries.lettered(rnd.pk),
        buildings=queries.buildings_of(rnd.group_id),
    )
    if form.is_bound and form.is_valid():
        try:
            _key_in(request, officer, rnd, form)
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            if not form.errors:
                return redirect("orders:slip-new", slug, rnd.pk)
    at = clock.now()
    context = page_of(request, officer, "console") | {
        "round": rnd,
        "form": form,
        "last": queries.last_keyed_in(rnd, at=at),
        "is_open": rnd.takes_orders(at),
    }
    status = 422 if form.errors else 200
    return render(request, "orders/slips/new.html", context, status=status)


def _key_in(request: HttpRequest, officer: Membership, rnd: Round, form: SlipForm) -> None:
    """Place the order, or ask on the form who behind this door is meant."""
    person = _who(officer, form)
    if person is None:
        return
    order = place_order(
        round_id=rnd.pk,
        member_id=person.pk,
        placed_by_id=officer.pk,
        quantities=form.cleaned_data["quantities"],
        note=form.cleaned_data["note"],
        channel=Channel.PAPER,
        request_id=request_id_of(form),
    )
    row = queries.keyed_in_text(order)
    said = _("第%(number)s单：%(door)s %(who)s，%(what)s，%(fen)s。")
    values = {"number": row.number, "door": row.door, "who": row.nickname, "what": row.what}
    messages.success(request, said % (values | {"fen": yuan(row.fen)}))


def _who(officer: Membership, form: SlipForm) -> Membership | None:
    """Whose slip it is: the one behind the door, the one named, or somebody new."""
    where, name = form.cleaned_data["where"], form.cleaned_data["name"].strip()
    people = queries.people_at(officer.group_id, where)
    named = [p for p in people if name in (p.nickname, p.real_name)] if name else people
    chosen = form.data.get("person", "")
    picked = [person for person in people if str(person.pk) == chosen]
    if picked or len(named) == 1:
        return (picked or named)[0]
    if people and not (chosen == NEW and name):
        form.ask_who(people)
        form.add_error("person", _("这户有不止一位，选一位再录入"))
        return None
    if not name:
        form.add_error("name", _("这户还没有人，写上姓名就加进来"))
        return None
    return neighbour_at(
        group_id=officer.group_id,
        actor_id=officer.pk,
        building_id=where.building.pk,
        unit=where.unit,
        room=where.room,
        name=name,
    )


@login_required
@require_POST
def undo(request: HttpRequest, slug: str, round_id: int, slip_id: int) -> HttpResponse:
    """A slip keyed in wrongly: its order is cancelled."""
    officer, rnd = round_for_officer(request.user, slug, round_id)
    order = queries.keyed_in_of(rnd, slip_id)
    form = ActForm(request.POST)
    if not form.is_valid():
        raise InvalidInput(_("这个按钮按得不对。回到上一页，刷新后再按"))
    cancel_order(
        order_id=order.pk,
        actor_id=officer.pk,
        reason=_("纸条录错了"),
        request_id=request_id_of(form),
    )
    messages.success(
        request,
        _("第%(number)s单撤销了：%(door)s。") % {"number": order.number, "door": order.door},
    )
    return redirect("orders:slip-new", slug, rnd.pk)
