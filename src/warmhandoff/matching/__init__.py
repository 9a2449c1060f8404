"""The matching engine: musts decide, wishes rank, and every answer says why. These are its only public names.

Plain Python and NumPy: no framework, no database, no network, no clock, no randomness. The contract of each
function is in docs/reference/matching.md.
"""

from warmhandoff.matching.answer import Answer, Explanation, Option, Possible, Relaxation, Term
from warmhandoff.matching.assign import Panel, assign
from warmhandoff.matching.covering import Alike, alike, options_of
from warmhandoff.matching.driver import driver_name
from warmhandoff.matching.explain import explain
from warmhandoff.matching.files import (
    ListingsRead,
    parse_object,
    read_clients,
    read_listings,
    read_need,
    unreadable,
)
from warmhandoff.matching.listing import parse_listing, unknown_fields
from warmhandoff.matching.musts import MUSTS
from warmhandoff.matching.need import parse_need
from warmhandoff.matching.relax import loosenings
from warmhandoff.matching.schemas import SCHEMAS, schema
from warmhandoff.matching.search import search, stand
from warmhandoff.matching.types import DEFAULT_WEIGHTS, ClientPlace, Listing, Need, Payment, Weights, checked_weights
from warmhandoff.matching.view import Directory

MUST_NAMES = tuple(MUSTS)
"""The names of the musts, in the order of every answer."""

__all__ = [
    "DEFAULT_WEIGHTS",
    "MUST_NAMES",
    "SCHEMAS",
    "Alike",
    "Answer",
    "ClientPlace",
    "Directory",
    "Explanation",
    "Listing",
    "ListingsRead",
    "Need",
    "Option",
    "Panel",
    "Payment",
    "Possible",
    "Relaxation",
    "Term",
    "Weights",
    "alike",
    "assign",
    "checked_weights",
    "driver_name",
    "explain",
    "loosenings",
    "options_of",
    "parse_listing",
    "parse_need",
    "parse_object",
    "read_clients",
    "read_listings",
    "read_need",
    "schema",
    "search",
    "stand",
    "unknown_fields",
    "unreadable",
]
