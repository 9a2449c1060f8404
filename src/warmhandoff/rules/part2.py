"""Records of substance-use treatment (42 CFR part 2): the notice that travels with them, and what a consent covers.

Sources: 42 CFR 2.32 as amended in 2024 (89 FR 12472; compliance since 16 February 2026), read 2026-11. The first
sentence says what 2.32(a)(2) asks for in few words; the rest puts 2.32(a)(1) plainly. Support for the practice, whose
counsel decides on the words; that they are there is decided here and in rules.packet.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

CLASS = "substance_use"
VERSION = "2026-11"
NOTICE = (
    "42 CFR part 2 prohibits unauthorized use or disclosure of these records. They are about treatment for alcohol or "
    "drug use. These records, and testimony about what is in them, may not be used in a civil, criminal, "
    "administrative or legislative proceeding against the patient without the patient's written consent or a court "
    "order under 42 CFR part 2. They may not be used or shared any further unless the patient's consent, or the rules "
    "that apply to you as a recipient under 42 CFR part 2, allow it."
)


def applies(classes: Collection[str]) -> bool:
    """Whether what is disclosed carries records of substance-use treatment."""
    return CLASS in classes


def attached(classes: Collection[str], scope: str) -> Mapping[str, str] | None:
    """What goes along with such records: the notice, and a clear statement of what the consent covers (2.32(b)).

    None where there are none. scope: in words; ValueError where it is empty although it is needed.
    """
    if not applies(classes):
        return None
    if not scope.strip():
        raise ValueError("records under 42 CFR part 2 need a statement of the scope of the consent")
    return {"notice": NOTICE, "scope": scope, "version": VERSION}
