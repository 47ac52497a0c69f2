"""What becomes of a shop's files when it has left: they go 90 days after (docs/my-data.md).

Rows, numbers and hashes stay, so that a paper used twice is still known; the pictures and PDFs go.
A shop has left when no group has it any more: it went, or was refused, everywhere.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from merchants.models import Application, ApplicationStatus, Document, Merchant, ProcessPhoto
from merchants.services.process_photos import forget_files, take_photos_of
from tuangou.core import clock, events
from tuangou.core.models import Event

KEPT = timedelta(days=90)
GONE = (ApplicationStatus.EXITED, ApplicationStatus.REJECTED)
LEFT = ("application.exited", "application.rejected")


def clear_departed() -> None:
    """Look at every shop that left and still has files. Repeating is harmless."""
    here = Application.objects.filter(merchant_id=OuterRef("pk")).exclude(status__in=GONE)
    files = Document.objects.filter(merchant_id=OuterRef("pk")).exclude(file="")
    pictures = ProcessPhoto.objects.filter(item__merchant_id=OuterRef("pk"))
    gone = Application.objects.filter(merchant_id=OuterRef("pk"), status__in=GONE)
    rows = Merchant.objects.filter(Exists(gone), Exists(files) | Exists(pictures), ~Exists(here))
    for merchant_id in rows.order_by("pk").values_list("pk", flat=True):
        clear_files(merchant_id=merchant_id)


@transaction.atomic
def clear_files(*, merchant_id: int) -> int:
    """The files of one shop's papers, and the pictures of how it works, if it left 90 days
    ago; how many went.

    Under the locks of all its approvals and its own, so that it does not come back meanwhile.
    """
    rows = list(
        Application.objects.filter(merchant_id=merchant_id)
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    )
    Merchant.objects.select_for_update(no_key=True).get(pk=merchant_id)
    at = clock.now()
    if not rows or any(row.status not in GONE for row in rows):
        return 0
    last = (
        Event.objects.filter(kind__in=LEFT, subject_id__in=[row.pk for row in rows])
        .order_by("-happened_at")
        .values_list("happened_at", flat=True)
        .first()
    )
    if last is None or at - last < KEPT:
        return 0
    papers = list(
        Document.objects.filter(merchant_id=merchant_id).exclude(file="").defer("copy_hashes")
    )
    names = [(paper.file.storage, str(paper.file.name)) for paper in papers]
    kept = Document.objects.filter(merchant_id=merchant_id)
    kept.standing().update(withdrawn_at=at)
    kept.exclude(file="").update(file="")
    pictures = take_photos_of(merchant_id)
    events.publish(
        "merchant.files_cleared",
        group_id=None,
        subject_id=merchant_id,
        actor_id=None,
        at=at,
        files=len(names) + len(pictures),
    )
    for storage, name in names:
        storage.delete(name)
    forget_files(pictures)
    return len(names) + len(pictures)
