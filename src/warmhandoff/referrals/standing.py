"""Where a client stands: who holds her here, whether she is seen elsewhere, or on what ground she was let go.

What has to be so before a referral of hers ends, or a discharge is signed: somebody holds her, or she was let go.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from warmhandoff.clients.treatment import ended_at, who_treats
from warmhandoff.referrals.models import Bridge, Referral
from warmhandoff.rules.refusals import NotNow


def is_seen_elsewhere(state: str, outcome: str) -> bool:
    """Whether a transfer that stands there, or ended so, shows that she is in care elsewhere."""
    return state in ("attended", "settled") or outcome == "attended_fit"


def transfers_since(client_id: UUID) -> QuerySet[Referral]:
    """Her transfers of the time of care that goes on, or ended last: those closed before she was let go are older."""
    rows = Referral.objects.filter(client_id=client_id, kind="transfer")
    times = list(
        Bridge.objects.filter(client_id=client_id, let_go_at__isnull=False).order_by("let_go_at")
        .values_list("let_go_at", flat=True)
    )
    before = times if ended_at(client_id) is None else times[:-1]
    return rows.filter(Q(closed_at=None) | Q(closed_at__gt=before[-1])) if before else rows


@dataclass(frozen=True)
class Standing:
    """holders: the clinicians on her team who are there, while care here goes on. ground: "" before she was let go."""

    holders: tuple[str, ...]
    ended_at: datetime | None
    attended: bool
    ground: str

    @property
    def is_held(self) -> bool:
        """Held here, seen elsewhere, or let go on a ground that is recorded."""
        return bool(self.holders) or self.attended or bool(self.ended_at and self.ground)


def standing_of(client_id: UUID, *, without: UUID | None = None) -> Standing:
    """Where she stands; for a door already open. without: a referral that does not count, since it is ending."""
    over = ended_at(client_id)
    transfers = transfers_since(client_id)
    if without is not None:
        transfers = transfers.exclude(pk=without)
    here = who_treats([client_id]).get(client_id, []) if over is None else []
    ground = ""
    if over is not None:
        rows = Bridge.objects.filter(client_id=client_id, let_go_at__isnull=False).order_by("-let_go_at")
        ground = rows.values_list("ground", flat=True).first() or ""
    attended = any(
        is_seen_elsewhere(state, outcome)
        for state, outcome in transfers.values_list("state", "outcome")
    )
    return Standing(tuple(name for _, name in here), over, attended, ground)


def must_be_held(referral: Referral, outcome: str) -> None:
    """Refuse (NotNow) to end a referral while nobody holds its client; for the caller's transaction."""
    if referral.kind == "transfer" and outcome == "attended_fit":
        return
    if not standing_of(referral.client_id, without=referral.pk).is_held:
        raise NotNow(
            "Nobody holds this client now, so her referral cannot end. Put a clinician on her care team, or say on the "
            "bridge on what ground she was let go.",
            subject=referral.pk,
        )
