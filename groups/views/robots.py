"""The settings page of the group's robot: whoever has its address can speak in the chat, so it is
the initiator's, and never shown again."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from groups.access import initiator_for
from groups.forms.robots import RobotForm
from groups.queries.pages import page_of
from groups.queries.robots import robot_of
from groups.services.robots import connect_robot, disconnect_robot
from tuangou.core.errors import DomainError


@login_required
@require_http_methods(["GET", "POST"])
def show(request: HttpRequest, slug: str) -> HttpResponse:
    actor = initiator_for(request.user, slug)
    form = RobotForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        address = form.cleaned_data["address"]
        try:
            connect_robot(group_id=actor.group_id, actor_id=actor.pk, address=address)
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("记住了，群里马上会看到一句话。没看到就换个地址。"))
            return redirect("groups:robot", slug)
    context = page_of(request, actor, "me") | {"form": form, "robot": robot_of(actor.group_id)}
    status = 422 if form.errors else 200
    return render(request, "groups/groups/robot.html", context, status=status)


@login_required
@require_POST
def disconnect(request: HttpRequest, slug: str) -> HttpResponse:
    actor = initiator_for(request.user, slug)
    disconnect_robot(group_id=actor.group_id, actor_id=actor.pk)
    messages.success(request, _("断开了，机器人不再说话。"))
    return redirect("groups:robot", slug)
