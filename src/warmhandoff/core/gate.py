"""The gate of the whole server: closed by a restore, opened by a person who has looked at what the backup forgot."""

from __future__ import annotations

from datetime import datetime

from warmhandoff.core.models import Epoch
from warmhandoff.rules.refusals import NotNow

REASON = (
    "This server was restored from a backup. Nothing leaves until whoever runs it has checked what was taken back "
    "since then."
)


def is_closed() -> bool:
    """Whether a restore closed the gate and nobody has opened it. Asked anew each time: another process opens it."""
    return Epoch.objects.filter(gate_opened_at=None).exists()


def open_gate(*, now: datetime) -> None:
    """Let disclosures and messages leave again. NotNow when the gate is not closed."""
    if not Epoch.objects.filter(gate_opened_at=None).update(gate_opened_at=now):
        raise NotNow("The gate is open already: there was no restore, or it was opened before.")
