"""Reference pages that are made from the code, so that they cannot disagree with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from tests.house.tree import ROOT

REFERENCE = ROOT / "docs" / "reference"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    head = list(head)
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return lines + ["| " + " | ".join(cell.replace("|", "\\|") or "–" for cell in row) + " |" for row in rows]


def _page(title: str, source: str, *blocks: Iterable[str]) -> str:
    note = f"<!-- Made from {source} by `./run check --write`; change it there. -->"
    return "\n\n".join([f"# {title}", note, *("\n".join(block) for block in blocks)]) + "\n"


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def configuration() -> str:
    """Every setting that can be given from outside."""
    from warmhandoff import settings

    # The default of a key file lies beside the data folder, wherever that is on this machine.
    def default(text: str) -> str:
        return text.replace(str(settings.KEYS), "<WARMHANDOFF_DATA>-keys")

    rows = [(_code(s.name), _code(default(s.default)), s.help) for s in settings.REGISTERED.values()]
    return _page(
        "Configuration", "src/warmhandoff/settings.py",
        ["Everything is set by environment variables. Each has a default that serves one practice on one machine.",
         "An unknown `WARMHANDOFF_` variable, a missing key or a key file that others can read stops the start, with",
         "a line that says what to do. `warmhandoff doctor` checks the rest."],
        _table(("variable", "default", "what it is"), rows),
        ["Variables whose name begins with `WARMHANDOFF_TEST_` belong to the tests; the product does not read them."],
    )


def _due(state: object) -> str:
    from warmhandoff.rules.lifecycle import State

    assert isinstance(state, State)
    if not state.is_open:
        return ""
    count, plural = state.due.count, "s" if state.due.count != 1 else ""
    return {
        "business_days": f"{count} business day{plural}",
        "promise": "the business days the practice's recipients promise",
        "minutes": f"{count} minutes",
        "days": f"the first business day after {count} days",
        "after_session": f"{count} business day{plural} after the session",
        "weeks_named": "the first business day after the weeks that were named (4 if none were)",
    }[state.due.kind]


def _diagram() -> list[str]:
    from warmhandoff.rules.lifecycle import MOVES, NEW, OPEN

    lines = ["```mermaid", "stateDiagram-v2"]
    for move in MOVES.values():
        if move.to is None or OPEN - {"settled", "attended", "queued"} <= move.sources:
            continue  # moves that keep the state, and the one that ends from nearly everywhere, hide the rest
        for source in sorted(move.sources):
            lines.append(f"    {'[*]' if source == NEW else source} --> {move.to}: {move.code}")
    return [*lines, "    closed --> [*]", "```"]


def lifecycle() -> str:
    """States, moves and the diagram of a referral's life."""
    from warmhandoff.rules.lifecycle import ARCS, MOVES, STATES

    states = [
        (_code(s.code), s.label, ARCS[s.arc] if s.is_open else "all six done", s.step,
         s.waiting_on if s.is_open else "", _due(s))
        for s in STATES.values()
    ]
    moves = [
        (_code(m.code), m.label, ", ".join(sorted(m.sources)), m.to or "stays", ", ".join(sorted(m.sides)),
         ", ".join(m.needs), "yes" if m.discloses else "", m.verb, ", ".join(sorted(m.outcomes)))
        for m in MOVES.values()
    ]
    return _page(
        "The life of a referral", "src/warmhandoff/rules/lifecycle.py",
        ["A referral is always in one state. An open one has exactly one next step, with an owner and a due date; a",
         "closed one has an outcome and no step. Staff of the referring practice may record what a client or a",
         "recipient said, so `referrer` stands beside them. A move that discloses is refused without a release that",
         "covers it."],
        ["## States"],
        _table(("state", "label", "open arc", "next step", "waits on", "falls due"), states),
        ["## Moves"],
        _table(("move", "label", "from", "to", "who", "needs", "discloses", "verb", "outcomes"), moves),
        ["## Diagram"],
        ["Without the moves that keep the state, and without `end`, which leads from nearly every open state to",
         "closed."],
        _diagram(),
    )


def permissions() -> str:
    """The table of access: roles, relations, verbs."""
    from warmhandoff.rules.access import ROLES, TABLE, WITHOUT_CLIENTS

    verbs = ("see", "see_clinical", "change", "send", "directory", "policy")
    rows = [
        (role, relation, *("yes" if verb in granted else "" for verb in verbs))
        for role in ROLES
        for (of, relation), granted in TABLE.items()
        if of == role
    ]
    return _page(
        "Permissions", "src/warmhandoff/rules/access.py",
        ["What a role gives depends on how its holder stands to a client. `team`: on the client's care team.",
         "`supervises`: supervises someone who is. `practice`: a member of the client's practice and no more. Rows add",
         "up, and so do the roles of one person. Whatever no row gives is refused; what may not be seen looks as if it",
         "did not exist. Nothing reaches into another practice."],
        _table(("role", "relation", *verbs), rows),
        ["Staff who have not set up a second factor yet hold of their verbs",
         f"only {' and '.join(sorted(WITHOUT_CLIENTS))}. They find people and keep the network; no client is shown to",
         "them, and none can be added, sent or changed."],
        ["Clients and recipients have no role: a link and a code open one client's record or one handoff, and nothing",
         "else can be reached from there."],
    )


PAGES: dict[Path, Callable[[], str]] = {
    REFERENCE / "configuration.md": configuration,
    REFERENCE / "lifecycle.md": lifecycle,
    REFERENCE / "permissions.md": permissions,
}


def stale() -> list[Path]:
    """The pages that differ from what the code says now."""
    return [path for path, make in PAGES.items() if not path.exists() or path.read_text(encoding="utf-8") != make()]


def write() -> list[Path]:
    """Make the stale pages again; which they were."""
    old = stale()
    for path in old:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(PAGES[path](), encoding="utf-8")
    return old
