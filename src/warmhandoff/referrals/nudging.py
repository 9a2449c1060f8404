"""The promise kept in sight: whoever owes an answer is reminded on its last day, and her supervisor once it is late.

The mails say that something waits, and where to look: no name, no word of what it is about.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet

from warmhandoff.core import audit, jobs, outbox
from warmhandoff.core.outbox import Envelope
from warmhandoff.core.queries import practices_with_keys
from warmhandoff.referrals.models import ArrivedPacket, Incoming
from warmhandoff.rules.access import system

BEFORE = timedelta(hours=8)  # the last working day of the promise


@jobs.every_tick("nudge_inbox")
def nudge_inbox(now: datetime) -> None:
    """One reminder to whose it is on the last day, one to her supervisor when the day is over. Safe to run again."""
    if not outbox.mail_works():
        return
    owed = Incoming.objects.filter(practice_id__in=practices_with_keys(), state__in=["waiting", "asked"])
    taken_back = ArrivedPacket.objects.filter(taken_back_at__isnull=False)
    owed = owed.exclude(pk__in=taken_back.values("incoming_id"))  # nobody waits for an answer to these
    for row in _untold(owed.filter(due_at__lt=now + BEFORE), "nudge"):
        _remind(row, "nudge", row.to_member.user.email, now)
    late = owed.filter(due_at__lt=now, to_member__supervisor__isnull=False, to_member__supervisor__left_at=None)
    for row in _untold(late, "escalate"):
        supervisor = row.to_member.supervisor
        if supervisor is not None:
            _remind(row, "escalate", supervisor.user.email, now)


def _key(row: Incoming, kind: str) -> str:
    """Once for each date that was promised: a question asked back sets a new one."""
    return f"{kind}:{row.pk}:{row.due_at:%Y%m%d}"


def _untold(rows: QuerySet[Incoming], kind: str) -> list[Incoming]:
    found = list(rows.select_related("to_member__user", "to_member__supervisor__user"))
    keys = {row.pk: _key(row, kind) for row in found}
    told = outbox.posted(keys.values())
    return [row for row in found if keys[row.pk] not in told]


def _remind(row: Incoming, kind: str, address: str, now: datetime) -> None:
    envelope = Envelope(row.practice_id, None, "inbox", row.pk, address, _key(row, kind))
    template = "inbox_due" if kind == "nudge" else "inbox_late"
    outbox.post(envelope, template, {"link": f"{settings.BASE_URL}/inbox/"}, now=now)
    audit.record(system(row.practice_id), kind, "incoming", row.pk, now=now)
