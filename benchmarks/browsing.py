"""How fast a page of the directory is, with a million listings: words, facets and the page itself.

    python -m benchmarks.browsing [--listings 1000000] [--rounds 40] [--keep FOLDER]

Fills a fresh SQLite database with invented listings, then asks for pages as `network/` does, each of the kinds below in
turn, and measures the server's time of the whole query side (`browse`), its queries, and the first page of a process,
which reads every listing's name and facets into memory once. Time of the processor tells more where others use the
machine too. `--keep` fills a folder once and uses it again.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
FIRST = ("Ana", "Ben", "Carla", "Dev", "Elena", "Frank", "Greta", "Hugo", "Inés", "Jonas", "Keiko", "Lena", "Marco")
LAST = ("Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Gorse", "Hazel", "Ivy", "Juniper", "Larch", "Maple")
TOWNS = (("Austin", "TX", "78704"), ("Baltimore", "MD", "21218"), ("Albany", "NY", "12207"), ("Reno", "NV", "89501"))
# What is asked for: a name that is rare, common words, facets alone and together, a deep page.
ASKED: dict[str, dict[str, Any]] = {
    "everyone": {},
    "a rare name": {"words": "quillon 9973"},
    "a name and a town": {"words": "elena birch austin"},
    "a common word": {"words": "austin"},
    "a word of most": {"words": "therapist"},
    "one facet": {"facets": {"languages": "es"}},
    "four facets": {"facets": {"languages": "es", "treats": "trauma", "plans": "aetna", "state": "TX"}},
    "words and facets": {"words": "greta", "facets": {"accepting": "open", "kind": "therapist"}},
    "page 900": {"page": 900},
}


def _facts(random: Random, number: int, codes: dict[str, tuple[str, ...]], today: date) -> dict[str, Any]:
    town, state, zip_code = random.choice(TOWNS)
    rare = "Quillon " if number % 9973 == 0 else ""
    name = f"{random.choice(FIRST)} {random.choice(LAST)}-{random.choice(LAST)} {rare}{number}"
    values: dict[str, Any] = {
        "name": name, "kind": "therapist" if random.random() < 0.6 else random.choice(codes["kinds"]), "city": town,
        "state": state, "zip": zip_code, "phone": "(512) 555-0100", "credentials": "LCSW",
        "accepting": random.choice(("open", "waitlist", "closed")), "formats": ["in_person", "telehealth"],
        "languages": sorted({"en", *random.sample(("es", "zh", "vi", "fr", "ar", "ko"), random.randint(0, 2))}),
        "plans": sorted(random.sample(codes["plans"], random.randint(0, 4))),
        "treats": sorted(random.sample(codes["concerns"], random.randint(2, 6))),
    }  # fmt: skip
    seen = (today - timedelta(days=random.randint(0, 200))).isoformat()
    return {
        field: {"value": value, "seen_on": seen, "verified_on": None, "source": "0" * 32, "person": False}
        for field, value in values.items()
    }


def _rows(count: int, source: Any) -> Iterator[Any]:
    from warmhandoff.directory.models import Listing
    from warmhandoff.directory.words import facets_of, words_of
    from warmhandoff.rules.vocab import vocabulary

    random, today = Random(7), NOW.date()
    codes = {name: tuple(vocabulary(name).codes) for name in ("kinds", "plans", "concerns")}
    for number in range(count):
        facts = _facts(random, number, codes, today)
        names, more = words_of(facts)
        yield Listing(
            source=source, source_key=str(number), name=facts["name"]["value"], kind=facts["kind"]["value"],
            city=facts["city"]["value"], state=facts["state"]["value"], zip=facts["zip"]["value"], facts_now=facts,
            name_words=names, more_words=more, facets=facets_of(facts), changed_at=NOW, changed_in=1,
        )  # fmt: skip


def fill(count: int) -> None:
    from itertools import islice

    from django.db import transaction

    from warmhandoff.directory.models import Listing, Source
    from warmhandoff.directory.writing import raise_version

    begun = time.perf_counter()
    source = Source.objects.create(kind="csv", name="invented", created_at=NOW)
    rows = _rows(count, source)
    while batch := list(islice(rows, 20_000)):
        with transaction.atomic():
            Listing.objects.bulk_create(batch, batch_size=500)
    raise_version()
    print(f"filled with {count:,} listings in {time.perf_counter() - begun:.0f} s")


def ask(rounds: int) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from tests.cast import make_cast
    from warmhandoff.accounts.models import Membership
    from warmhandoff.accounts.queries import actor_of_membership
    from warmhandoff.directory.browsing import Asked, browse

    member = Membership.objects.filter(user__email__startswith="clinician@").first() or make_cast().clinician
    actor, today = actor_of_membership(member), NOW.date()
    begun = time.perf_counter()
    browse(actor, Asked(scope="all"), today=today)
    print(f"first page of a process: {time.perf_counter() - begun:.1f} s")
    everything, busy = [], []
    for name, asked in ASKED.items():
        times = []
        with CaptureQueriesContext(connection) as queries:
            found = browse(actor, Asked(scope="all", **asked), today=today)
        for _round in range(rounds):
            begun, worked = time.perf_counter(), time.process_time()
            browse(actor, Asked(scope="all", **asked), today=today)
            busy.append(1000 * (time.process_time() - worked))
            times.append(1000 * (time.perf_counter() - begun))
        everything += times
        print(f"{name:20} {found.total:9,} found  {len(queries):2} queries  median {statistics.median(times):6.1f} ms"
              f"  p95 {sorted(times)[int(len(times) * 0.95)]:6.1f} ms")  # fmt: skip
    print(json.dumps({
        "p95_ms": round(sorted(everything)[int(len(everything) * 0.95)], 1),
        "p95_ms_of_processor": round(sorted(busy)[int(len(busy) * 0.95)], 1),
        "resident_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }))  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--listings", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = options.keep or Path(folder)
        new = not (home / "data").exists()
        (home / "data").mkdir(parents=True, exist_ok=True)
        sys.path[:0] = [str(ROOT), str(ROOT / "src")]
        from tests.environment import prepare

        keys = prepare() / "data-keys"
        os.environ["WARMHANDOFF_DATA"] = str(home / "data")
        os.environ["WARMHANDOFF_SECRET_KEY_FILE"] = str(keys / "secret.key")
        os.environ["WARMHANDOFF_ENCRYPTION_KEY_FILE"] = str(keys / "encryption.key")
        import django

        django.setup()
        from warmhandoff.core.db import bring_up_to_date

        bring_up_to_date()
        if new:
            fill(options.listings)
        ask(options.rounds)


if __name__ == "__main__":
    main()
