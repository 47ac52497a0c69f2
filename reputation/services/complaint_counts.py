"""What the approval row keeps of complaints, for pages of lower apps: what waits, until when."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Count, Min, Q

from merchants.models import Application
from reputation.models import Complaint
from reputation.models.complaints import Against, ComplaintStatus


@transaction.atomic
def keep(*, complaint_id: int) -> None:
    """Count a merchant's undecided complaints anew and write it down. The approval is held first,
    so that the last one who counts has seen the most. Nothing of complaints about no shop."""
    complaint = Complaint.objects.get(pk=complaint_id)
    if complaint.against != Against.MERCHANT or complaint.merchant_id is None:
        return
    row = Application.objects.lock(complaint.group_id, complaint.merchant_id)
    waiting = Complaint.objects.undecided().filter(
        group_id=complaint.group_id, merchant_id=row.merchant_id, against=Against.MERCHANT
    )
    to_answer, to_rule = Q(status=ComplaintStatus.OPEN), Q(by_panel=False)
    counted = waiting.aggregate(
        answers=Count("pk", filter=to_answer),
        answer_due=Min("answer_due_at", filter=to_answer),
        rulings=Count("pk", filter=to_rule),
        ruling_due=Min("rule_due_at", filter=to_rule),
    )
    row.complaints_to_answer = counted["answers"]
    row.complaint_answer_due = counted["answer_due"]
    row.complaints_to_rule = counted["rulings"]
    row.complaint_ruling_due = counted["ruling_due"]
    row.save(
        update_fields=[
            "complaints_to_answer",
            "complaint_answer_due",
            "complaints_to_rule",
            "complaint_ruling_due",
        ]
    )
