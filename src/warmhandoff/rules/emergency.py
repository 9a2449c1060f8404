"""Emergency access ("break the glass"): when, for how long, and how often someone may look for it.

Sources, as of November 2026: 45 CFR 164.312(a)(2)(ii) requires a procedure for obtaining the necessary information in
an emergency; 45 CFR 164.308(a)(1)(ii)(D) requires a regular review of who used it. The figures are the product's own.
"""

from __future__ import annotations

from datetime import timedelta

KINDS = {
    "danger": "She, or someone through her, may be in danger now",
    "asked_about": "A hospital, the police or a crisis service asks about her now",
    "unreachable": "She needs someone today and nobody on her care team can be reached",
}
LASTS = timedelta(hours=12)
LEAST_WORDS = 20  # characters: a reason, not a keystroke
SEARCHES = 10  # a member, in
SEARCH_SPAN = timedelta(days=1)
SHOWN_FOR = timedelta(days=7)  # on the page of the day, also after the review
