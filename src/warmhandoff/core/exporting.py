"""Taking the audit out: one JSON document a line, with all that its hashes are made over."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from warmhandoff.core import audit, chain


def export_lines(practice_id: UUID | None, *, now: datetime) -> Iterator[str]:
    """Every entry of one practice, or of all chains for None, in the order of the chain; the export is the last one.

    That it was exported is written before the first line is given out.
    """
    names = [chain.chain_of(practice_id)] if practice_id else chain.names_of_chains()
    for name in names:
        audit.record_export(chain.practice_of(name), now=now)
    for name in names:
        for row in chain.rows(name):
            yield json.dumps(chain.as_document(name, row), ensure_ascii=False)
