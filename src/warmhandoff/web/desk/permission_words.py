"""The table of access in words: what the printable page says, cell by cell."""

from __future__ import annotations

from warmhandoff.rules.access import ROLES, TABLE, Relation, Verb
from warmhandoff.web.forms.members import ROLE_NAMES

VERB_WORDS: dict[Verb, str] = {
    "see": "see her and her referrals",
    "see_clinical": "read clinical words",
    "change": "change her record",
    "send": "send, chase and book",
    "directory": "keep the network",
    "policy": "set members and policy",
    "reports": "see the figures of the practice",
}
RELATION_WORDS: dict[Relation, str] = {
    "team": "a client whose care team she is on",
    "supervises": "a client of someone she supervises",
    "emergency": "a client she opened in an emergency, for hours",
    "practice": "any client, and the practice itself",
}
_AMONG_COLLEAGUES: tuple[Relation, ...] = ("supervises", "emergency")


def permission_rows(*, solo: bool = False) -> list[tuple[str, str, list[bool]]]:
    """Role, relation, and a yes or no for each verb; solo: without what there is only among colleagues."""
    return [
        (ROLE_NAMES[role], RELATION_WORDS[relation], [verb in TABLE[role, relation] for verb in VERB_WORDS])
        for role in ROLES
        for relation in RELATION_WORDS
        if (role, relation) in TABLE and not (solo and relation in _AMONG_COLLEAGUES)
    ]
