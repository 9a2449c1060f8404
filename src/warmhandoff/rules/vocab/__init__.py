"""The vocabularies: codes that are stored and matched, and the words for staff and for clients.

One TOML file each, beside this module. A database, a file and the engine hold codes; only screens, letters
and answers hold words. Codes are never renamed or reused; one that is given up is marked `retired`: it stays
known, so that what was stored can still be read, and is no longer offered.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files
from types import MappingProxyType

from warmhandoff.rules.refusals import BadInput, Problem

LANGUAGES_OF_CLIENTS = ("en", "es")


@dataclass(frozen=True)
class Entry:
    """One code with its words. `more` holds what only this vocabulary has (`members`, `trust`, ...)."""

    code: str
    label: str
    plain: str
    plain_es: str
    parent: str | None = None
    synonyms: tuple[str, ...] = ()
    retired: bool = False
    more: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))


class Vocabulary:
    """The entries of one file, in the file's order. Iterates over `codes`; `in` also knows retired codes."""

    def __init__(self, name: str, entries: tuple[Entry, ...], *, nameless: frozenset[str] = frozenset()) -> None:
        self.name = name
        self.entries: Mapping[str, Entry] = MappingProxyType({entry.code: entry for entry in entries})
        self._nameless = nameless
        self.known = nameless | self.entries.keys()
        """Every code that is understood: on offer, retired, and those without a name."""
        if len(self.entries) != len(entries):
            raise ValueError(f"{name}: a code occurs twice")

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """The codes on offer: all named ones but those retired."""
        return tuple(code for code, entry in self.entries.items() if not entry.retired)

    def __contains__(self, code: object) -> bool:
        return code in self.known

    def __iter__(self) -> Iterator[str]:
        return iter(self.codes)

    def __len__(self) -> int:
        return len(self.codes)

    def entry(self, code: str) -> Entry:
        """Refuses an unknown code with `BadInput` that names vocabulary and code."""
        found = self.entries.get(code)
        if found is not None:
            return found
        if code in self._nameless:
            return Entry(code=code, label=code, plain=code, plain_es=code)
        raise BadInput(Problem(self.unknown(code), field=self.name))

    def label(self, code: str) -> str:
        """The words for staff, in English."""
        return self.entry(code).label

    def plain(self, code: str, language: str = "en") -> str:
        """The words for clients, in `language` (en or es; anything else is refused)."""
        if language not in LANGUAGES_OF_CLIENTS:
            raise BadInput(Problem(f"there are no words for clients in {language!r}", field="language"))
        entry = self.entry(code)
        return entry.plain_es if language == "es" else entry.plain

    def closest(self, code: str) -> str | None:
        """The known code that looks most like this one, or whose label it is; None when none comes near."""
        wanted = code.strip().lower().replace(" ", "_").replace("-", "_")
        spellings: dict[str, str] = {}
        for entry in self.entries.values():
            for spelling in (entry.code, entry.label, *entry.synonyms):
                spellings.setdefault(spelling.lower().replace(" ", "_").replace("-", "_"), entry.code)
        near = difflib.get_close_matches(wanted[:60], spellings, n=1, cutoff=0.7)
        return spellings[near[0]] if near else None

    def unknown(self, code: str) -> str:
        """The sentence about a code that is not known, with a suggestion where one comes near."""
        near = self.closest(code)
        hint = f"; did you mean {near}?" if near else ""
        shown = code[:60].encode("ascii", "backslashreplace").decode("ascii")
        return f"unknown code '{shown}'{hint}"


def _entry(raw: Mapping[str, object]) -> Entry:
    known = {"code", "label", "plain", "plain_es", "parent", "synonyms", "retired"}
    words = {key: str(raw[key]) for key in ("code", "label", "plain", "plain_es")}
    synonyms, parent = raw.get("synonyms", []), raw.get("parent")
    return Entry(
        **words,
        parent=None if parent is None else str(parent),
        synonyms=tuple(map(str, synonyms)) if isinstance(synonyms, list) else (),
        retired=raw.get("retired") is True,
        more=MappingProxyType({key: value for key, value in raw.items() if key not in known}),
    )


def names() -> tuple[str, ...]:
    """Every vocabulary there is, in alphabetical order."""
    folder = files("warmhandoff.rules.vocab")
    return tuple(sorted(path.name[:-5] for path in folder.iterdir() if path.name.endswith(".toml")))


@cache
def vocabulary(name: str) -> Vocabulary:
    """The vocabulary of this name, read once a process. An unknown name is refused with `BadInput`."""
    if name not in names():
        raise BadInput(Problem(f"there is no vocabulary {name!r}", field="vocabulary"))
    folder = files("warmhandoff.rules.vocab")
    raw = tomllib.loads(folder.joinpath(f"{name}.toml").read_text(encoding="utf-8"))
    nameless: frozenset[str] = frozenset()
    if name == "languages":
        nameless = frozenset(folder.joinpath("iso_639_3.txt").read_text(encoding="ascii").split())
    return Vocabulary(name, tuple(_entry(entry) for entry in raw["entry"]), nameless=nameless)


@cache
def compact_members(code: str) -> frozenset[str]:
    """The states whose clients may be seen under this compact, as of the entry's `as_of`."""
    members = vocabulary("compacts").entry(code).more["members"]
    return frozenset(map(str, members)) if isinstance(members, list) else frozenset()


def trust_of(relationship: str) -> float:
    """The trust, 0 to 1, that the engine reads for a relationship (know_well, met, heard_of, unknown)."""
    trust = vocabulary("relationships").entry(relationship).more["trust"]
    return float(str(trust))
