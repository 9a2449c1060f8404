"""The chains of the audit: every entry carries a keyed hash over its predecessor's, its place and all it says.

One chain for each practice and one for what concerns none. The key comes from the encryption key file, which the
database does not hold, so whoever can rewrite rows cannot make their hashes. What a hash is made over, in this order:

    [hash before, chain, number, id, practice, at, side, membership, verb, subject kind, subject id, outcome, basis,
     name of the key, [clients, sorted]]

as JSON without spaces, non-ASCII escaped; ids as 32 lower-case hex digits, `at` as UTC "2026-11-23 15:00:00.000000",
null for what is not there. It can be checked with any tool that has the key.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db import connection

from warmhandoff.core.models import AuditedClient, AuditEntry, AuditHead
from warmhandoff.core.sealing import derived_key

SERVER = "server"  # the chain of entries without a practice
PURPOSE = "audit chain"
PAGE = 5000
Cells = Sequence[str | None]  # id, practice, at, ..., basis, name of the key: as text, in the order above

_encode = json.JSONEncoder(separators=(",", ":"), default=repr).encode


@dataclass(frozen=True)
class Row:
    """One entry as the database holds it. `cells` in the order of the hash; `clients` sorted, as hex."""

    number: int
    cells: Cells
    clients: list[str]
    mac: str

    @property
    def id(self) -> str:
        return str(self.cells[0])

    @property
    def practice(self) -> str:
        return self.cells[1] or ""

    @property
    def signed_by(self) -> str:
        return self.cells[-1] or ""


def chain_of(practice_id: UUID | None) -> str:
    """The name of a practice's chain."""
    return practice_id.hex if practice_id else SERVER


def mac_of(key: bytes, previous: str, place: tuple[str, int], cells: Cells, clients: Sequence[str]) -> str:
    """The hash (hex) of the entry at `place` (chain, number) that follows the one whose hash is `previous`."""
    return hmac.digest(key, _encode([previous, *place, *cells, clients]).encode(), "sha256").hex()


def _hex(value: UUID | None) -> str | None:
    return value.hex if value else None


def _cells(entry: AuditEntry) -> list[str | None]:
    at: datetime = entry.at.astimezone(UTC)
    return [
        entry.id.hex, _hex(entry.practice_id), at.strftime("%Y-%m-%d %H:%M:%S.%f"), entry.side,
        _hex(entry.membership_id), entry.verb, entry.subject_kind, entry.subject_id, entry.outcome, _hex(entry.basis),
        entry.signed_by,
    ]  # fmt: skip


def _locked_head(chain: str) -> AuditHead:
    """The chain's head, ours until the transaction ends. SQLite has one writer anyway (BEGIN IMMEDIATE)."""
    heads = AuditHead.objects.select_for_update()
    head = heads.filter(pk=chain).first()
    if head is None:
        # Two may begin a chain at once: the second waits for the first here, and then finds its row.
        AuditHead.objects.bulk_create([AuditHead(chain=chain)], ignore_conflicts=True)
        head = heads.get(pk=chain)
    return head


def append(entry: AuditEntry, clients: Iterable[UUID]) -> None:
    """Write the entry at the end of its chain, within the caller's transaction."""
    entry.chain = chain_of(entry.practice_id)
    entry.signed_by, key = derived_key(PURPOSE)
    concerned = sorted(client.hex for client in clients)
    head = _locked_head(entry.chain)
    entry.number = head.number + 1
    entry.mac = mac_of(key, head.mac, (entry.chain, entry.number), _cells(entry), concerned)
    entry.save(force_insert=True)
    AuditedClient.objects.bulk_create([AuditedClient(entry=entry, client_id=UUID(hex=one)) for one in concerned])
    AuditHead.objects.filter(pk=entry.chain).update(number=entry.number, mac=entry.mac)


_COLUMNS = ("id", "practice_id", "at", "side", "membership_id", "verb", "subject_kind", "subject_id", "outcome",
            "basis", "signed_by")  # fmt: skip
_IDS = frozenset({"id", "practice_id", "membership_id", "basis"})


def _as_text(column: str) -> str:
    """SQL that gives a column as the hash takes it."""
    postgresql = connection.vendor == "postgresql"
    if column in _IDS and postgresql:
        return f"replace(e.{column}::text, '-', '')"
    if column == "at":
        if postgresql:
            return "to_char(e.at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"
        return "case when length(e.at) = 19 then e.at || '.000000' else e.at end"  # SQLite leaves zeros away
    return f"e.{column}"


def _page_sql() -> str:
    joined = "string_agg(replace(c.client_id::text, '-', ''), ',')"
    if connection.vendor == "sqlite":
        joined = "group_concat(c.client_id)"
    columns = ", ".join(_as_text(column) for column in _COLUMNS)
    return (
        f"select e.number, {columns}, (select {joined} from core_auditedclient c where c.entry_id = e.id), e.mac "  # noqa: S608 # nosec B608 - no value
        "from core_auditentry e where e.chain = %s and (e.number, e.id) > (%s, %s) order by e.number, e.id limit %s"
    )


def rows(chain: str, after: int = -1) -> Iterator[Row]:
    """The entries of a chain behind number `after`, in order, read page by page as plain text."""
    sql, last = _page_sql(), "f" * 32 if after >= 0 else "0" * 32
    while True:
        with connection.cursor() as cursor:
            cursor.execute(sql, [chain, after, last, PAGE])
            page = cursor.fetchall()
        for number, *cells, clients, mac in page:
            yield Row(number, cells, sorted(clients.split(",")) if clients else [], mac)
        if len(page) < PAGE:
            return
        after, last = page[-1][0], page[-1][1]


def heads() -> dict[str, tuple[int, str]]:
    """Number and hash of the last entry of every chain, as the heads have it."""
    return {chain: (number, mac) for chain, number, mac in AuditHead.objects.values_list("chain", "number", "mac")}


def head_of(chain: str) -> tuple[int, str] | None:
    return AuditHead.objects.filter(pk=chain).values_list("number", "mac").first()


def names_of_chains() -> list[str]:
    """Every chain that has a head or an entry."""
    found = set(AuditHead.objects.values_list("chain", flat=True))
    return sorted(found | set(AuditEntry.objects.values_list("chain", flat=True).distinct()))


def practice_of(name: str) -> UUID | None:
    """The practice whose chain this is; None for the server's."""
    return None if name == SERVER else UUID(hex=name)


def as_document(name: str, row: Row) -> dict[str, object]:
    """An entry as it is exported: all that its hash is made over, and the hash."""
    cells = dict(zip(_COLUMNS, row.cells, strict=True))
    return {"chain": name, "number": row.number, **cells, "clients": row.clients, "mac": row.mac}


def others_with(mac: str, *, but: str) -> list[tuple[str, int]]:
    """Places (chain, number) of other entries with this hash: what a copied entry was copied from."""
    same = AuditEntry.objects.filter(mac=mac).exclude(pk=UUID(hex=but))
    return list(same.values_list("chain", "number").order_by("chain", "number")[:5])
