"""What happens in the demo practice, in the order of its times: the past is played, not written down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

Act = Callable[[datetime], None]
Progress = Callable[[int, int], None]
AT_ONCE = 40  # acts in one transaction: each commit waits for the disk


@dataclass
class Schedule:
    """Acts with their times. Of two at the same time, the one that was added first comes first."""

    _acts: list[tuple[datetime, int, Act]] = field(default_factory=list)

    def add(self, when: datetime, act: Act) -> None:
        self._acts.append((when, len(self._acts), act))

    def play(self, *, progress: Progress | None = None) -> None:
        """Do everything, oldest first, each act at its own time."""
        acts = sorted(self._acts, key=lambda item: item[:2])
        for start in range(0, len(acts), AT_ONCE):
            with transaction.atomic():
                for when, _, act in acts[start : start + AT_ONCE]:
                    act(when)
            if progress is not None:
                progress(min(start + AT_ONCE, len(acts)), len(acts))
