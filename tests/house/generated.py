"""Reference pages that are made from the code, so that they cannot disagree with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.house import sbom
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
        if move.to is None or OPEN - {"settled", "attended", "mismatched", "queued"} <= move.sources:
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
    from warmhandoff.rules.access import ROLES, SCOPES, TABLE, WITHOUT_CLIENTS

    verbs = ("see", "see_clinical", "change", "send", "directory", "policy", "audit")
    rows = [
        (role, relation, *("yes" if verb in granted else "" for verb in verbs))
        for role in ROLES
        for (of, relation), granted in TABLE.items()
        if of == role
    ]
    return _page(
        "Permissions", "src/warmhandoff/rules/access.py",
        ["What a role gives depends on how its holder stands to a client. `team`: on the client's care team.",
         "`supervises`: supervises someone who is. `emergency`: opened her in an emergency, which lasts twelve hours",
         "and lets her look, not change or send. `practice`: a member of the client's practice and no more. Rows add",
         "up, and so do the roles of one person. Whatever no row gives is refused; what may not be seen looks as if it",
         "did not exist. Nothing reaches into another practice."],
        _table(("role", "relation", *verbs), rows),
        ["Staff who have not set up a second factor yet hold of their verbs",
         f"only {' and '.join(sorted(WITHOUT_CLIENTS))}. They find people and keep the network; no client is shown to",
         "them, and none can be added, sent or changed."],
        ["Clients and recipients have no role: a link and a code open one client's record or one handoff, and nothing",
         "else can be reached from there."],
        ["## Programs"],
        ["A program has scopes in place of roles. Scopes add up, and speak of the practice alone: none of them reaches",
         "a client's record. What each opens is in [the API](api.md)."],
        _table(("scope", "what it opens", "verbs"),
               [(_code(scope), grant.words, ", ".join(sorted(grant.verbs))) for scope, grant in SCOPES.items()]),
    )


def api() -> str:
    """The REST API: endpoints, what they need, take, give and refuse."""
    from warmhandoff.api.page import page_context

    page, rows = page_context(), ("name", "is", "says")
    blocks: list[Iterable[str]] = []
    for section in page["sections"]:
        line = section.line
        refused = ", ".join(f"{kind.status} `{kind.code}`" for kind in section.refusals)
        blocks += [[f"## {line.title}"], [f"`{line.method} {section.address}`"],
                   [f"{line.words} Needs {section.needs}.", *([f"Refusals: {refused}."] if refused else [])]]
        for head, found in (("Parameters", section.parameters), ("Body", section.body), ("Answer", section.answer)):
            if found:
                blocks += [[f"**{head}**"], _table(rows, [(_code(row.name), row.kind, row.words) for row in found])]
    kinds = [(_code(kind.code), str(kind.status), kind.title) for kind in page["kinds"]]
    return _page(
        "The API", "src/warmhandoff/api/table.py",
        [page["about"]],
        ["An administrator makes a token under Members, Programs with access. It is shown once and sent with every",
         "request as `Authorization: Bearer wh_...`. Answers are JSON in UTF-8; times are UTC, ages are days. The",
         "server itself tells the same at `/api/v1/docs`, and as an OpenAPI 3.1 document at `/api/v1/openapi.json`."],
        ["## Scopes"],
        _table(("scope", "opens"), [(_code(scope), grant.words) for scope, grant in page["scopes"]]),
        *blocks,
        ["## Refusals"],
        ["Every refusal is `application/problem+json` (RFC 9457): `type`, `title`, `status`, `detail` and `code`. What",
         "cannot be understood comes with `errors`, each with `field` and `detail`. A token that is missing, unknown,",
         "ended or expired gets the same 401. Too many wrong tokens from one address get 429 until a wait is over;",
         "right ones are let in all the while. A wrong method gets 405 `wrong_method`, a mistake of ours 500 `fault`."],
        _table(("code", "status", "says"), kinds),
    )


def privacy() -> str:
    """The privacy class of every field that is stored."""
    from warmhandoff.rules.privacy import CLASSES, keepings, scrubbings, tables

    kept = [(_code(k.code), k.words, k.source, k.as_of.isoformat()) for k in keepings().values()]
    blocks: list[Iterable[str]] = []
    for label, model in tables().items():
        rows = [
            (_code(f.name), f.privacy, "yes" if f.sealed else "", f.exported, f.held_back, f.kept,
             f.scrubbed + (f": {f.reason}" if f.reason else ""))
            for f in model.fields.values()
        ]
        blocks += [[f"## {label}"], [f"About: {model.about}."],
                   _table(("field", "class", "sealed", "exported as", "held back because", "kept", "scrubbed"), rows)]
    return _page(
        "Privacy classes", "src/warmhandoff/rules/privacy_tables/",
        ["What each stored field is about, whether it is sealed, under which words a client's own export has it, how",
         "long it is kept and how it goes. A new field without a class fails a test that says what to write. The rules",
         "of retention are examples with a source and a date: the practice's counsel decides, and a legal hold stands",
         "above them."],
        ["## Classes"],
        _table(("class", "what it is about"), ((_code(code), words) for code, words in CLASSES.items())),
        ["## Kept"],
        _table(("code", "how long", "source", "as of"), kept),
        ["## Scrubbed"],
        _table(("code", "what it means"), ((_code(code), words) for code, words in scrubbings().items())),
        *blocks,
    )


def record_schema() -> str:
    """The JSON Schema of a client's export."""
    from warmhandoff.rules.record import schema

    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


def packet_schema() -> str:
    """The JSON Schema of a packet as data."""
    from warmhandoff.rules.packet import schema

    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


PAGES: dict[Path, Callable[[], str]] = {
    REFERENCE / "api.md": api,
    REFERENCE / "configuration.md": configuration,
    REFERENCE / "lifecycle.md": lifecycle,
    REFERENCE / "permissions.md": permissions,
    REFERENCE / "privacy.md": privacy,
    REFERENCE / "schemas" / "packet.json": packet_schema,
    REFERENCE / "schemas" / "record.json": record_schema,
    REFERENCE / "sbom.json": sbom.document,
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
