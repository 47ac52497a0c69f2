"""The link at the end of a text or mail: on to what it told of, or no more of its kind (S2).

Nobody signs in for it: whoever has the message may stop its like. The page says nothing of the
person or the matter, since messages are passed on.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tuangou.core.models import NoticeMute, Outgoing, Topic, Way
from tuangou.core.notices import topic_of
from tuangou.core.wording import id_of

ALL = "all"


@dataclass(frozen=True, slots=True)
class Told:
    """What one message was about."""

    user_id: int
    channel: str
    path: str
    topics: list[Topic]


def told_by(token: str) -> Told | None:
    """Two queries; None where the link was never made, or is older than what is kept."""
    outgoing_id = id_of(token)
    row = Outgoing.objects.select_related("notice").filter(pk=outgoing_id or 0).first()
    if row is None or row.user_id is None or row.notice is None:
        return None
    kinds = [row.kind, *Outgoing.objects.filter(lead=row).values_list("kind", flat=True)]
    found = {topic_of(kind) for kind in kinds}
    topics: list[Topic] = [topic for topic in Topic if topic in found and topic != Topic.ACCOUNT]
    return Told(row.user_id, row.channel, row.notice.path, topics)


def stop(*, user_id: int, channel: str, topics: list[Topic]) -> None:
    """No more of these on this way. Twice is once; her settings bring them back."""
    NoticeMute.objects.bulk_create(
        [NoticeMute(user_id=user_id, channel=channel, topic=topic) for topic in topics],
        ignore_conflicts=True,
    )


@csrf_exempt  # mail programs post here by themselves (RFC 8058); the link is the permission
@never_cache
@require_http_methods(["GET", "POST"])
def page(request: HttpRequest, token: str) -> HttpResponse:
    """On to the page for whoever is signed in as her; else the ways on, and how to stop."""
    told = told_by(token)
    if told is None:
        raise Http404
    stopped = False
    if request.method == "POST":
        wanted = request.POST.get("topic", ALL)
        chosen = [topic for topic in told.topics if wanted in (ALL, topic.value)]
        stop(user_id=told.user_id, channel=told.channel, topics=chosen)
        stopped = True
    elif "stop" not in request.GET and request.user.pk == told.user_id:
        return redirect(told.path)
    context = {"told": told, "way": Way(told.channel), "stopped": stopped}
    response = render(request, "core/told.html", context)
    response["X-Robots-Tag"] = "noindex"
    return response
